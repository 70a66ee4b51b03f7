import type {
  ContactFlowsResponse,
  DeliveryView,
  GiveCodeResponse,
  SendView,
  SubmissionsResponse,
} from '@flowella/shared/contract/api.ts';
import type { RenewedCheck } from '@flowella/shared/contract/identity.ts';
import type { CallServer } from './call-server.ts';

/** What the contact's cards ask of the server (`shared/contract/api.ts`). `key` is the intent's idempotency key. */
export type ContactApi = {
  flows(contactId: string): Promise<ContactFlowsResponse>;
  send(contactId: string, input: { flowId: string; replace: boolean }, key: string): Promise<SendView>;
  giveCode(contactId: string, sendId: string, key: string): Promise<GiveCodeResponse>;
  recordConsent(
    contactId: string,
    input: { state: 'opted_in' | 'opted_out'; note: string },
    key: string,
  ): Promise<ContactFlowsResponse['contact']['consent']>;
  submissions(contactId: string, before: string | null): Promise<SubmissionsResponse>;
  replay(deliveryId: string, key: string): Promise<DeliveryView>;
  renewCheck(contactId: string, submissionId: string, key: string): Promise<RenewedCheck>;
};

export function createContactApi(call: CallServer): ContactApi {
  const contact = (contactId: string) => `/api/contacts/${encodeURIComponent(contactId)}`;
  return {
    flows: (contactId) => call({ path: `${contact(contactId)}/flows` }),
    send: (contactId, input, key) =>
      call({ method: 'POST', path: `${contact(contactId)}/sends`, body: { ...input, idempotencyKey: key } }),
    giveCode: (contactId, sendId, key) =>
      call({
        method: 'POST',
        path: `${contact(contactId)}/sends/${encodeURIComponent(sendId)}/code`,
        body: { idempotencyKey: key },
      }),
    recordConsent: (contactId, input, key) =>
      call({ method: 'POST', path: `${contact(contactId)}/consent`, body: { ...input, idempotencyKey: key } }),
    submissions: (contactId, before) =>
      call({ path: `${contact(contactId)}/submissions`, query: { before: before ?? undefined } }),
    replay: (deliveryId, key) =>
      call({
        method: 'POST',
        path: `/api/deliveries/${encodeURIComponent(deliveryId)}/replay`,
        body: { idempotencyKey: key },
      }),
    renewCheck: (contactId, submissionId, key) =>
      call({
        method: 'POST',
        path: `${contact(contactId)}/submissions/${encodeURIComponent(submissionId)}/identity-link`,
        body: { idempotencyKey: key },
      }),
  };
}
