import type {
  AlertsResponse,
  ConnectAccountRequest,
  ContactPropertiesResponse,
  DeliveryView,
  FlowDetail,
  FlowMessage,
  FlowsResponse,
  FormsResponse,
  Mapping,
  MeetingLinkResponse,
  MeetingLinksResponse,
  OwnersResponse,
  PreviewResponse,
  Publication,
  Retention,
  SendView,
  SetupResponse,
  WebhookDeliveriesResponse,
  WebhookSecretResponse,
  WebhooksResponse,
  WebhookTestResponse,
  WebhookView,
  WhatsappAccount,
} from '@flowella/shared/contract/api.ts';
import type {
  AddIdentityService,
  ChangeIdentityService,
  IdentityServicesResponse,
  IdentityServiceView,
  IdentityTestResponse,
} from '@flowella/shared/contract/identity.ts';
import type {
  ReplayStoppedResponse,
  StoppedGroupsResponse,
  StoppedKind,
  StoppedListResponse,
} from '@flowella/shared/contract/stopped.ts';
import type { CallServer } from './call-server.ts';

export type FlowChange = {
  name?: string;
  design?: FlowDetail['design'];
  mapping?: Mapping;
  message?: FlowMessage;
  retention?: Retention;
};
export type AccountAccess = Omit<ConnectAccountRequest, 'idempotencyKey'>;
export type WebhookChange = { name?: string; url?: string; state?: 'on' | 'off' };
export type AlertWays = { webhookId: string | null; task: boolean };
export type HeldDecision = 'again' | 'without-removed' | 'give-up';
export type FormChoice = { sourceFormId: string; accountId: string };

/** What the settings page asks of the server (`shared/contract/api.ts`). `key` is the intent's idempotency key. */
export type SettingsApi = {
  setup(): Promise<SetupResponse>;
  connectAccount(access: AccountAccess, key: string): Promise<WhatsappAccount>;
  forms(search: string, after: string | null): Promise<FormsResponse>;
  flows(): Promise<FlowsResponse>;
  createFlow(choice: FormChoice, key: string): Promise<FlowDetail>;
  flow(flowId: string): Promise<FlowDetail>;
  updateFlow(flowId: string, change: FlowChange, key: string): Promise<FlowDetail>;
  takeOver(flowId: string, revision: string, key: string): Promise<FlowDetail>;
  decideHeld(flowId: string, decision: HeldDecision, key: string): Promise<FlowDetail>;
  contactProperties(): Promise<ContactPropertiesResponse>;
  owners(): Promise<OwnersResponse>;
  meetingLinks(): Promise<MeetingLinksResponse>;
  meetingLink(link: string): Promise<MeetingLinkResponse>;
  publish(flowId: string, key: string): Promise<Publication>;
  publication(flowId: string): Promise<Publication>;
  preview(flowId: string): Promise<PreviewResponse>;
  testSend(flowId: string, to: string, key: string): Promise<SendView>;
  webhooks(): Promise<WebhooksResponse>;
  addWebhook(input: { name: string; url: string }, key: string): Promise<WebhookSecretResponse>;
  changeWebhook(webhookId: string, change: WebhookChange, key: string): Promise<WebhookView>;
  rotateWebhook(webhookId: string, key: string): Promise<WebhookSecretResponse>;
  testWebhook(webhookId: string, key: string): Promise<WebhookTestResponse>;
  deleteWebhook(webhookId: string, key: string): Promise<WebhooksResponse>;
  webhookDeliveries(webhookId: string): Promise<WebhookDeliveriesResponse>;
  alerts(): Promise<AlertsResponse>;
  chooseAlertWays(ways: AlertWays, key: string): Promise<AlertsResponse>;
  quietAlert(alertId: string, key: string): Promise<AlertsResponse>;
  identityServices(): Promise<IdentityServicesResponse>;
  addIdentityService(input: Omit<AddIdentityService, 'idempotencyKey'>, key: string): Promise<IdentityServiceView>;
  changeIdentityService(
    serviceId: string,
    change: Omit<ChangeIdentityService, 'idempotencyKey'>,
    key: string,
  ): Promise<IdentityServiceView>;
  testIdentityService(serviceId: string, key: string): Promise<IdentityTestResponse>;
  deleteIdentityService(serviceId: string, key: string): Promise<IdentityServicesResponse>;
  stoppedDeliveries(): Promise<StoppedGroupsResponse>;
  stoppedList(kind: StoppedKind, after: string | null): Promise<StoppedListResponse>;
  /** Null: everything that stopped. */
  replayStopped(kind: StoppedKind | null, key: string): Promise<ReplayStoppedResponse>;
  replayDelivery(deliveryId: string, key: string): Promise<DeliveryView>;
};

export function createSettingsApi(call: CallServer): SettingsApi {
  const flow = (flowId: string) => `/api/flows/${encodeURIComponent(flowId)}`;
  const webhook = (webhookId: string) => `/api/webhooks/${encodeURIComponent(webhookId)}`;
  const identity = (serviceId: string) => `/api/identity-services/${encodeURIComponent(serviceId)}`;
  const post = <Answer>(path: string, body: Record<string, unknown>) => call<Answer>({ method: 'POST', path, body });
  return {
    setup: () => call({ path: '/api/setup' }),
    connectAccount: (access, key) => post('/api/whatsapp/accounts', { ...access, idempotencyKey: key }),
    forms: (search, after) => call({ path: '/api/forms', query: { search, after: after ?? undefined } }),
    flows: () => call({ path: '/api/flows' }),
    createFlow: (choice, key) => post('/api/flows', { source: 'hubspot-forms', ...choice, idempotencyKey: key }),
    flow: (flowId) => call({ path: flow(flowId) }),
    updateFlow: (flowId, change, key) =>
      call({ method: 'PATCH', path: flow(flowId), body: { ...change, idempotencyKey: key } }),
    takeOver: (flowId, revision, key) => post(`${flow(flowId)}/take-over`, { revision, idempotencyKey: key }),
    decideHeld: (flowId, decision, key) => post(`${flow(flowId)}/held-submissions`, { decision, idempotencyKey: key }),
    contactProperties: () => call({ path: '/api/contact-properties' }),
    owners: () => call({ path: '/api/owners' }),
    meetingLinks: () => call({ path: '/api/meeting-links' }),
    meetingLink: (link) => call({ path: '/api/meeting-link', query: { link } }),
    publish: (flowId, key) => post(`${flow(flowId)}/publish`, { idempotencyKey: key }),
    publication: (flowId) => call({ path: `${flow(flowId)}/publication` }),
    preview: (flowId) => post(`${flow(flowId)}/preview`, {}),
    testSend: (flowId, to, key) => post(`${flow(flowId)}/test-sends`, { to, idempotencyKey: key }),
    webhooks: () => call({ path: '/api/webhooks' }),
    addWebhook: (input, key) => post('/api/webhooks', { ...input, idempotencyKey: key }),
    changeWebhook: (webhookId, change, key) =>
      call({ method: 'PATCH', path: webhook(webhookId), body: { ...change, idempotencyKey: key } }),
    rotateWebhook: (webhookId, key) => post(`${webhook(webhookId)}/rotate`, { idempotencyKey: key }),
    testWebhook: (webhookId, key) => post(`${webhook(webhookId)}/test`, { idempotencyKey: key }),
    deleteWebhook: (webhookId, key) => post(`${webhook(webhookId)}/delete`, { idempotencyKey: key }),
    webhookDeliveries: (webhookId) => call({ path: `${webhook(webhookId)}/deliveries` }),
    alerts: () => call({ path: '/api/alerts' }),
    chooseAlertWays: (ways, key) => post('/api/alerts/ways', { ...ways, idempotencyKey: key }),
    quietAlert: (alertId, key) => post(`/api/alerts/${encodeURIComponent(alertId)}/quiet`, { idempotencyKey: key }),
    identityServices: () => call({ path: '/api/identity-services' }),
    addIdentityService: (input, key) => post('/api/identity-services', { ...input, idempotencyKey: key }),
    changeIdentityService: (serviceId, change, key) =>
      call({ method: 'PATCH', path: identity(serviceId), body: { ...change, idempotencyKey: key } }),
    testIdentityService: (serviceId, key) => post(`${identity(serviceId)}/test`, { idempotencyKey: key }),
    deleteIdentityService: (serviceId, key) => post(`${identity(serviceId)}/delete`, { idempotencyKey: key }),
    stoppedDeliveries: () => call({ path: '/api/stopped-deliveries' }),
    stoppedList: (kind, after) =>
      call({
        path: `/api/stopped-deliveries/${kind.destination}/${encodeURIComponent(kind.code)}`,
        query: { after: after ?? undefined },
      }),
    replayStopped: (kind, key) =>
      post('/api/stopped-deliveries/replay', { ...(kind ? { kind } : {}), idempotencyKey: key }),
    replayDelivery: (deliveryId, key) =>
      post(`/api/deliveries/${encodeURIComponent(deliveryId)}/replay`, { idempotencyKey: key }),
  };
}
