import {
  consentRequest,
  contactFlowsResponse,
  deliverySchema,
  errorResponse,
  giveCodeRequest,
  giveCodeResponse,
  replayRequest,
  sendRequest,
  sendSchema,
  submissionsResponse,
} from '@flowella/shared/contract/api.ts';
import { renewCheckRequest, renewCheckResponse } from '@flowella/shared/contract/identity.ts';
import { z } from 'zod';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { replayDelivery } from '../delivery/replay-delivery.ts';
import { renewCheck } from '../identity/renew-check.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import { viewDelivery, viewSubmissions } from '../submissions/view-submissions.ts';
import { contactFlows, recordContactConsent } from '../whatsapp/contact-flows.ts';
import { giveCode, type GivenCode } from '../whatsapp/give-code.ts';
import { sendFlow } from '../whatsapp/send-flow.ts';
import { viewSend } from '../whatsapp/view-send.ts';
import type { ApiScope } from './api-routes.ts';
import { heldToRequest, once } from './idempotency.ts';

const tags = ['cards'];
const consentSchema = contactFlowsResponse.shape.contact.shape.consent;
const contactParams = z.object({ contactId: z.string().regex(/^\d{1,20}$/) });
const sendParams = z.object({ sendId: z.string().regex(/^snd_[0-9a-z]{20}$/) });
const submissionParams = z.object({ submissionId: z.string().regex(/^sub_[0-9a-z]{20}$/) });
const deliveryParams = z.object({ deliveryId: z.string().regex(/^dlv_[0-9a-z]{20}$/) });
const page = z.looseObject({ before: z.string().max(100).optional() });

/** What the two cards on a contact's record call. */
export function contactRoutes(api: ApiScope, services: Services): void {
  submissionRoutes(api, services);
  api.get(
    '/contacts/:contactId/flows',
    {
      schema: {
        tags,
        summary: 'What can be sent to a contact, and what was',
        params: contactParams,
        response: { 200: contactFlowsResponse, default: errorResponse },
      },
    },
    (request) => contactFlows(services, request.hubspot.portalId, request.params.contactId, requestLanguage(request)),
  );

  api.post(
    '/contacts/:contactId/sends',
    {
      schema: {
        tags,
        summary: 'Send a flow',
        params: contactParams,
        body: sendRequest,
        response: { 200: sendSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId, userEmail } = request.hubspot;
      const { contactId } = request.params;
      const { idempotencyKey, flowId, replace } = request.body;
      const language = requestLanguage(request);
      const call = { portalId, route: 'send', key: idempotencyKey, request: { contactId, flowId, replace } };
      return heldToRequest(services, call, () =>
        sendFlow(services, {
          portalId,
          flowId,
          to: { kind: 'contact', contactId },
          channel: 'card',
          sentBy: { userId, email: userEmail },
          idempotencyKey,
          replace,
          language,
        }),
      );
    },
  );

  api.get(
    '/sends/:sendId',
    {
      schema: {
        tags,
        summary: 'How a send is going',
        params: sendParams,
        response: { 200: sendSchema, default: errorResponse },
      },
    },
    (request) => viewSend(services, request.hubspot.portalId, request.params.sendId, requestLanguage(request)),
  );

  api.post(
    '/contacts/:contactId/sends/:sendId/code',
    {
      schema: {
        tags,
        summary: 'A code for a person whom an agent has checked; shown once',
        params: contactParams.extend(sendParams.shape),
        body: giveCodeRequest,
        response: { 200: giveCodeResponse, default: errorResponse },
      },
    },
    async (request, reply) => {
      const { portalId, userId } = request.hubspot;
      const { contactId, sendId } = request.params;
      // Here alone: the key remembers that a code was given, not which.
      let given: GivenCode | null = null;
      const call = { portalId, route: `give-code:${sendId}`, key: request.body.idempotencyKey, request: { contactId } };
      await once(services, call, async () => {
        given = await giveCode(services, { portalId, contactId, sendId, userId, language: requestLanguage(request) });
        return given.codeId;
      });
      return reply.header('cache-control', 'no-store').send(shownOnce(given));
    },
  );

  api.post(
    '/contacts/:contactId/consent',
    {
      schema: {
        tags,
        summary: 'Record what the person said about messages',
        params: contactParams,
        body: consentRequest,
        response: { 200: consentSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { contactId } = request.params;
      const { idempotencyKey, state, note } = request.body;
      const language = requestLanguage(request);
      const call = { portalId, route: 'record-consent', key: idempotencyKey, request: { contactId, state, note } };
      const first: { consent?: z.infer<typeof consentSchema> } = {};
      await once(services, call, async () => {
        first.consent = await recordContactConsent(services, portalId, { contactId, state, note, userId, language });
        await withPortal(services.db, portalId, (tx) =>
          appendAudit(tx, portalId, services.clock.now(), {
            actor: `user:${userId}`,
            action: 'consent.recorded',
            subject: `contact:${contactId}`,
            detail: { state },
          }),
        );
        return 'recorded';
      });
      // A repeat is told what stands there now, which may be a newer word of the person.
      return first.consent ?? (await contactFlows(services, portalId, contactId, language)).contact.consent;
    },
  );

  api.get(
    '/contacts/:contactId/submissions',
    {
      schema: {
        tags,
        summary: 'Submissions of a contact, newest first',
        params: contactParams,
        querystring: page,
        response: { 200: submissionsResponse, default: errorResponse },
      },
    },
    (request) =>
      viewSubmissions(services, {
        portalId: request.hubspot.portalId,
        contactId: request.params.contactId,
        before: request.query.before,
        language: requestLanguage(request),
        appUrl: services.config.hubspot.appUrl,
      }),
  );

  api.post(
    '/deliveries/:deliveryId/replay',
    {
      schema: {
        tags,
        summary: 'Try a delivery again',
        params: deliveryParams,
        body: replayRequest,
        response: { 200: deliverySchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { deliveryId } = request.params;
      await once(
        services,
        { portalId, route: 'replay-delivery', key: request.body.idempotencyKey, request: { deliveryId } },
        async () => {
          await replayDelivery(services, portalId, deliveryId);
          await withPortal(services.db, portalId, (tx) =>
            appendAudit(tx, portalId, services.clock.now(), {
              actor: `user:${userId}`,
              action: 'delivery.replayed',
              subject: deliveryId,
            }),
          );
          return deliveryId;
        },
      );
      return viewDelivery(services, portalId, deliveryId);
    },
  );
}

function submissionRoutes(api: ApiScope, services: Services): void {
  api.post(
    '/contacts/:contactId/submissions/:submissionId/identity-link',
    {
      schema: {
        tags,
        summary: 'Begin an expired identity check anew and send its link',
        params: contactParams.extend(submissionParams.shape),
        body: renewCheckRequest,
        response: { 200: renewCheckResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { contactId, submissionId } = request.params;
      const key = request.body.idempotencyKey;
      const call = { portalId, route: 'renew-check', key, request: { contactId, submissionId } };
      const checkId = await once(services, call, () =>
        renewCheck(services, { portalId, contactId, submissionId, actor: `user:${userId}` }),
      );
      return { checkId };
    },
  );
}

function shownOnce(given: GivenCode | null): z.infer<typeof giveCodeResponse> {
  return { code: given?.code ?? null, expiresAt: given?.expiresAt.toISOString() ?? null };
}
