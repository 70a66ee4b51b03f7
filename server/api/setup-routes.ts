import {
  connectAccountRequest,
  contactPropertiesResponse,
  errorResponse,
  formsResponse,
  setupResponse,
  whatsappAccountSchema,
  type SetupResponse,
} from '@flowella/shared/contract/api.ts';
import { z } from 'zod';
import { countAlerts } from '../alerts/view-alerts.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { listFlows } from '../flows/view-flow.ts';
import { isWritable, listProperties } from '../hubspot/properties.ts';
import { viewWriteBack } from '../sources/view-write-back.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import { listAccounts, viewAccount } from '../whatsapp/accounts.ts';
import { connectAccount } from '../whatsapp/connect-account.ts';
import type { ApiScope } from './api-routes.ts';
import { once } from './idempotency.ts';

const tags = ['settings'];

/** What the settings page asks before a flow exists: where the set-up stands, WhatsApp accounts, forms, properties. */
export function setupRoutes(api: ApiScope, services: Services): void {
  api.get(
    '/setup',
    { schema: { tags, summary: 'Where the set-up stands', response: { 200: setupResponse, default: errorResponse } } },
    (request) => viewSetup(services, request.hubspot.portalId),
  );

  api.post(
    '/whatsapp/accounts',
    {
      schema: {
        tags,
        summary: 'Connect a WhatsApp account, or repair it',
        body: connectAccountRequest,
        response: { 200: whatsappAccountSchema, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { idempotencyKey, ...input } = request.body;
      const language = requestLanguage(request);
      const accountId = await once(
        services,
        { portalId, route: 'connect-account', key: idempotencyKey, request: input },
        async () => {
          const account = await connectAccount(services, portalId, input, language);
          services.accounts.forget(account.accountId);
          await withPortal(services.db, portalId, (tx) =>
            appendAudit(tx, portalId, services.clock.now(), {
              actor: `user:${userId}`,
              action: 'whatsapp-account.connected',
              subject: account.accountId,
              detail: { state: account.state },
            }),
          );
          return account.accountId;
        },
      );
      return viewAccount(services, portalId, accountId);
    },
  );

  api.get(
    '/forms',
    {
      schema: {
        tags,
        summary: 'Forms that can become flows',
        querystring: z.looseObject({ search: z.string().max(100).optional(), after: z.string().max(200).optional() }),
        response: { 200: formsResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { search, after } = request.query;
      const [source] = services.sources;
      if (!source) return { forms: [], after: null };
      const found = await source.listForms(request.hubspot.portalId, { search, after });
      const language = requestLanguage(request);
      return {
        ...found,
        forms: found.forms.map((form) => ({ ...form, writeBack: viewWriteBack(form.writeBack, language) })),
      };
    },
  );

  api.get(
    '/contact-properties',
    {
      schema: {
        tags,
        summary: 'Contact properties that answers can go to',
        response: { 200: contactPropertiesResponse, default: errorResponse },
      },
    },
    async (request) => {
      const found = await listProperties(services.hubspot, request.hubspot.portalId, 'contacts', 'card');
      const properties = [...found.values()]
        .filter((property) => isWritable(property) && !property.hidden)
        .map(({ name, label, type, fieldType }) => ({ name, label, type, fieldType }))
        .toSorted((a, b) => a.label.localeCompare(b.label));
      return { properties };
    },
  );
}

async function viewSetup(services: Services, portalId: number): Promise<SetupResponse> {
  const [accounts, flows, facts, alerts] = await Promise.all([
    listAccounts(services, portalId),
    listFlows(services, portalId),
    readFacts(services, portalId),
    countAlerts(services, portalId),
  ]);
  const published = flows.filter((flow) => flow.state === 'published').length;
  const connected = accounts.some((account) => account.state === 'connected');
  const draft = flows.length - published;
  const nextStep = !connected
    ? 'connect-whatsapp'
    : flows.length === 0
      ? 'choose-form'
      : published === 0
        ? 'check-flow'
        : facts.sends === 0
          ? 'test'
          : 'done';
  return { portalId, hubDomain: facts.hubDomain, accounts, flows: { draft, published }, alerts, nextStep };
}

async function readFacts(services: Services, portalId: number): Promise<{ hubDomain: string | null; sends: number }> {
  return withPortal(services.db, portalId, async (tx) => {
    const portal = await tx
      .selectFrom('portals')
      .select('hub_domain')
      .where('portal_id', '=', String(portalId))
      .executeTakeFirst();
    const send = await tx
      .selectFrom('sends')
      .select('send_id')
      .where('portal_id', '=', String(portalId))
      .limit(1)
      .executeTakeFirst();
    return { hubDomain: portal?.hub_domain ?? null, sends: send ? 1 : 0 };
  });
}
