/** The webhook fields of a WhatsApp account that this product lives on (whatsapp-flows.md section 10; whatsapp-users.md section 3). */
export const DEFAULT_WEBHOOK_FIELDS = [
  'messages',
  'flows',
  'message_template_status_update',
  'message_template_quality_update',
  'template_category_update',
  'account_update',
  'account_alerts',
  'account_review_update',
  'business_capability_update',
  'phone_number_quality_update',
  'phone_number_name_update',
  'user_preferences',
] as const;

export type WebhookField = (typeof DEFAULT_WEBHOOK_FIELDS)[number];

/**
 * Fields that an account's own callback address receives. All others go to the app's default address whatever the account
 * says (Meta, "Webhook overrides", updated 2026-06-28, table of supported fields).
 */
export const OVERRIDABLE_FIELDS: ReadonlySet<WebhookField> = new Set<WebhookField>(['messages']);
