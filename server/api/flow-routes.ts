import {
  createFlowRequest,
  decideHeldRequest,
  errorResponse,
  flowDetailSchema,
  flowsResponse,
  previewResponse,
  publicationSchema,
  publishRequest,
  sendSchema,
  takeOverRequest,
  testSendRequest,
  updateFlowRequest,
} from '@flowella/shared/contract/api.ts';
import { z } from 'zod';
import { appendAudit, type AuditEntry } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { decideHeld } from '../delivery/decide-held.ts';
import { giveUpHeld } from '../delivery/give-up-held.ts';
import { createFlow } from '../flows/create-flow.ts';
import { startPublication } from '../flows/publish-flow.ts';
import { openFlow } from '../flows/open-flow.ts';
import { requireFormGone } from '../flows/require-form-gone.ts';
import { takeOverForm } from '../flows/take-over-form.ts';
import { updateFlow } from '../flows/update-flow.ts';
import { listFlows, viewFlow, viewPublication } from '../flows/view-flow.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import { issuePageToken } from '../preview/page-tokens.ts';
import type { Services } from '../services.ts';
import { sendFlow } from '../whatsapp/send-flow.ts';
import type { ApiScope } from './api-routes.ts';
import { heldToRequest, once } from './idempotency.ts';

const tags = ['flows'];
const flowParams = z.object({ flowId: z.string().regex(/^flw_[0-9a-z]{20}$/) });

/** Flows as the settings page makes, checks, maps, publishes and tries them. */
export function flowRoutes(api: ApiScope, services: Services): void {
  const audit = (
    portalId: number,
    userId: number | null,
    action: string,
    subject: string,
    detail: AuditEntry['detail'] = {},
  ): Promise<void> =>
    withPortal(services.db, portalId, (tx) =>
      appendAudit(tx, portalId, services.clock.now(), { actor: `user:${userId}`, action, subject, detail }),
    );

  api.get(
    '/flows',
    { schema: { tags, summary: 'All flows', response: { 200: flowsResponse, default: errorResponse } } },
    async (request) => ({
      flows: await listFlows(services, request.hubspot.portalId),
    }),
  );

  api.post(
    '/flows',
    {
      schema: {
        tags,
        summary: 'Make a flow of a form',
        body: createFlowRequest,
        response: { 200: flowDetailSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { idempotencyKey, ...input } = request.body;
      const language = requestLanguage(request);
      const flowId = await once(
        services,
        { portalId, route: 'create-flow', key: idempotencyKey, request: input },
        async () => {
          const flow = await createFlow(services, portalId, { ...input, createdBy: userId }, language);
          await audit(portalId, userId, 'flow.created', flow.flowId);
          return flow.flowId;
        },
      );
      return viewFlow(services, portalId, flowId, language);
    },
  );

  api.get(
    '/flows/:flowId',
    {
      schema: {
        tags,
        summary: 'One flow',
        params: flowParams,
        response: { 200: flowDetailSchema, default: errorResponse },
      },
    },
    (request) => openFlow(services, request.hubspot.portalId, request.params.flowId, requestLanguage(request)),
  );

  api.post(
    '/flows/:flowId/take-over',
    {
      schema: {
        tags,
        summary: 'Take the changed form over into a draft',
        params: flowParams,
        body: takeOverRequest,
        response: { 200: flowDetailSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { flowId } = request.params;
      const { idempotencyKey, revision } = request.body;
      const language = requestLanguage(request);
      await once(
        services,
        { portalId, route: `take-over:${flowId}`, key: idempotencyKey, request: { revision } },
        async () => {
          await takeOverForm(services, portalId, flowId, revision, language);
          await audit(portalId, userId, 'flow.form-taken-over', flowId);
          return flowId;
        },
      );
      return viewFlow(services, portalId, flowId, language);
    },
  );

  api.patch(
    '/flows/:flowId',
    {
      schema: {
        tags,
        summary: 'Change design, mapping, message or name',
        params: flowParams,
        body: updateFlowRequest,
        response: { 200: flowDetailSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { flowId } = request.params;
      const { idempotencyKey, ...change } = request.body;
      const language = requestLanguage(request);
      await once(
        services,
        { portalId, route: `update-flow:${flowId}`, key: idempotencyKey, request: change },
        async () => {
          await updateFlow(services, portalId, flowId, change, language);
          await audit(portalId, userId, `flow.changed: ${Object.keys(change).join(', ')}`, flowId, detailOf(change));
          return flowId;
        },
      );
      return viewFlow(services, portalId, flowId, language);
    },
  );

  api.post(
    '/flows/:flowId/held-submissions',
    {
      schema: {
        tags,
        summary: 'Decide about submissions that the changed form does not take, or that it is gone for',
        params: flowParams,
        body: decideHeldRequest,
        response: { 200: flowDetailSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { flowId } = request.params;
      const { idempotencyKey, decision } = request.body;
      const language = requestLanguage(request);
      await once(
        services,
        { portalId, route: `held-submissions:${flowId}`, key: idempotencyKey, request: { decision } },
        async () => {
          await viewPublication(services, portalId, flowId, language);
          if (decision === 'give-up') {
            await requireFormGone(services, portalId, flowId, language);
            await giveUpHeld(services, portalId, flowId, `user:${userId}`);
          } else {
            await decideHeld(services, portalId, flowId, decision);
            await audit(portalId, userId, `flow.held-submissions-decided: ${decision}`, flowId);
          }
          return flowId;
        },
      );
      return viewFlow(services, portalId, flowId, language);
    },
  );

  api.post(
    '/flows/:flowId/publish',
    {
      schema: {
        tags,
        summary: 'Publish in the background',
        params: flowParams,
        body: publishRequest,
        response: { 202: publicationSchema, default: errorResponse },
      },
    },
    async (request, reply) => {
      const { portalId, userId } = request.hubspot;
      const { flowId } = request.params;
      const language = requestLanguage(request);
      await once(
        services,
        { portalId, route: `publish-flow:${flowId}`, key: request.body.idempotencyKey, request: {} },
        async () => {
          await startPublication(services, portalId, flowId, language);
          await audit(portalId, userId, 'flow.publication-started', flowId);
          return flowId;
        },
      );
      return reply.code(202).send(await viewPublication(services, portalId, flowId, language));
    },
  );

  api.get(
    '/flows/:flowId/publication',
    {
      schema: {
        tags,
        summary: 'How a publication is going',
        params: flowParams,
        response: { 200: publicationSchema, default: errorResponse },
      },
    },
    (request) => viewPublication(services, request.hubspot.portalId, request.params.flowId, requestLanguage(request)),
  );

  api.post(
    '/flows/:flowId/test-sends',
    {
      schema: {
        tags,
        summary: 'Send a published flow to a number of the admin',
        params: flowParams,
        body: testSendRequest,
        response: { 200: sendSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId, userEmail } = request.hubspot;
      const { flowId } = request.params;
      const { idempotencyKey, to } = request.body;
      const language = requestLanguage(request);
      // A number is found again from a plain hash of it: what is kept with the key is hashed with the portal's.
      const number = (await services.keys.hash(portalId, 'test send', to)).toString('base64');
      const call = { portalId, route: 'test-send', key: idempotencyKey, request: { flowId, number } };
      return heldToRequest(services, call, () =>
        sendFlow(services, {
          portalId,
          flowId,
          to: { kind: 'number', number: to },
          channel: 'test',
          sentBy: { userId, email: userEmail },
          idempotencyKey,
          replace: true,
          language,
        }),
      );
    },
  );

  api.post(
    '/flows/:flowId/preview',
    {
      schema: {
        tags,
        summary: 'A page with the phone, for an iframe',
        params: flowParams,
        response: { 200: previewResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { flowId } = request.params;
      const language = requestLanguage(request);
      await viewPublication(services, portalId, flowId, language);
      await audit(portalId, userId, 'flow.previewed', flowId);
      const { token, expiresAt } = await issuePageToken(services, portalId, `preview:${flowId}:${language}`);
      return { url: `${services.publicUrl}/preview/${token}`, expiresAt: expiresAt.toISOString() };
    },
  );
}

/** Longer mappings are cut: who looks into the log wants to see what was meant, and the versions hold it all. */
const MAX_DETAIL = 4_000;

/** Where answers go and how long they stay, as they were set; texts of the customer's own are not repeated in the log. */
function detailOf(change: { mapping?: unknown; retention?: unknown }): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ mapping: change.mapping, retention: change.retention }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, JSON.stringify(value).slice(0, MAX_DETAIL)]],
    ),
  );
}
