import type { AddIdentityService, ChangeIdentityService, LinkTemplate } from '@flowella/shared/contract/identity.ts';
import type { IdentityInput } from './IdentityForm.tsx';

/** What is typed, as the server takes it for a new service. */
export function toNewService(input: IdentityInput): Omit<AddIdentityService, 'idempotencyKey'> {
  return {
    vendor: input.vendor,
    name: input.name.trim(),
    region: textOrNull(input.region),
    apiKey: input.apiKey.trim(),
    webhookSecret: textOrNull(input.webhookSecret),
    linkTemplate: templateOf(input),
  };
}

/** The same for a change: a key that was not typed stays as it is. */
export function toServiceChange(input: IdentityInput): Omit<ChangeIdentityService, 'idempotencyKey'> {
  const [apiKey, webhookSecret] = [textOrNull(input.apiKey), textOrNull(input.webhookSecret)];
  return {
    name: input.name.trim(),
    linkTemplate: templateOf(input),
    ...(apiKey === null ? {} : { apiKey }),
    ...(webhookSecret === null ? {} : { webhookSecret }),
  };
}

function templateOf({ templateName, templateLanguage }: IdentityInput): LinkTemplate | null {
  const name = textOrNull(templateName);
  return name === null ? null : { name, language: templateLanguage.trim() };
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
