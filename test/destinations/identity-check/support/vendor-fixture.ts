import type { IdentityMapping, IdentityVendor } from '@flowella/shared/contract/identity.ts';
import { randomBytes } from 'node:crypto';
import { withPortal } from '../../../../server/db/db.ts';
import type { DeliveryItem } from '../../../../server/destinations/destination.ts';
import { createIdentityCheckDestination } from '../../../../server/destinations/identity-check/identity-check-destination.ts';
import { createIdentityResultDestination } from '../../../../server/destinations/identity-check/identity-result-destination.ts';
import { findCheck } from '../../../../server/destinations/identity-check/checks.ts';
import type { LinkSent, SendLink } from '../../../../server/destinations/identity-check/send-link.ts';
import { addIdentityService, type IdentityServices } from '../../../../server/destinations/identity-check/services.ts';
import { createSafeFetch } from '../../../../server/safe-fetch/safe-fetch.ts';
import { startIdentityStandIn } from '../../../../server/sandbox/identity/start-identity-stand-in.ts';
import { SAMPLE_TEMPLATES } from '../../../../server/sandbox/identity/world.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { deliveryItem, mapping, type Portal } from '../../support/hubspot-portal.ts';

const ALL_FIELDS: IdentityMapping['fields'] = {
  firstName: ['0-1/firstname'],
  lastName: ['0-1/lastname'],
  birthDate: ['0-1/birthday'],
  email: ['0-1/email'],
};

/** The strict vendors beside a portal, an account at one of them, and both destinations between. */
export async function startVendors(database: TestDatabase, portal: Portal) {
  const standIn = await startIdentityStandIn({ port: 0, clock: portal.clock });
  const services: IdentityServices = {
    db: database.db,
    keys: database.keys,
    clock: portal.clock,
    standInUrl: standIn.url,
  };
  const sent: Parameters<SendLink>[0][] = [];
  let answers: LinkSent[] = [];
  const sendLink: SendLink = async (o) => {
    const answer = answers.shift() ?? { kind: 'accepted' };
    if (answer.kind === 'later' || answer.kind === 'by_rep') return answer;
    if (!(await o.claim())) return { kind: 'taken' };
    sent.push(o);
    return answer;
  };
  const tools = {
    keys: database.keys,
    safeFetch: createSafeFetch({ allowLoopback: true }),
    standInUrl: standIn.url,
    sendLink,
    countryOf: (text: string) => (text === 'Germany' ? 'DE' : null),
  };
  const [start, result] = [createIdentityCheckDestination(tools), createIdentityResultDestination(tools)];

  async function control(method: string, path: string, body: object): Promise<void> {
    const response = await fetch(`${standIn.url}/_standin${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  return {
    standIn,
    services,
    tools,
    start,
    result,
    sent,
    /** What the next messages come to. */
    messagesWill: (...next: LinkSent[]) => void (answers = next),
    fault: (fault: { route: string; kind: string; status?: number; times?: number; retryAfter?: string }) =>
      control('POST', '/faults', fault),
    decide: (id: string, decision: object) => control('POST', `/sessions/${id}`, decision),
    async add(vendor: IdentityVendor, change: { apiKey?: string; webhookSecret?: string | null } = {}) {
      const account = standIn.account(vendor);
      const input = {
        vendor,
        name: vendor,
        region: vendor === 'onfido' ? 'eu' : null,
        apiKey: account.apiKey,
        webhookSecret: account.webhookSecret,
        linkTemplate: null,
        ...change,
      };
      return addIdentityService(services, portal.portalId, input, 'en');
    },
    /** A submission that is really there, since a check hangs on one. */
    async item(
      vendor: IdentityVendor,
      serviceId: string,
      overrides: Partial<DeliveryItem> = {},
      more: Partial<IdentityMapping> = {},
    ) {
      const identityCheck: IdentityMapping = {
        enabled: true,
        serviceId,
        template: vendor === 'stripe' ? '' : SAMPLE_TEMPLATES[vendor],
        fields: ALL_FIELDS,
        riskWhen: ['declined', 'needs_review', 'expired', 'name_mismatch', 'birth_date_mismatch'],
        ...more,
      };
      const item = deliveryItem(portal, { mapping: mapping({ identityCheck }), ...overrides });
      await withPortal(database.db, portal.portalId, (tx) =>
        tx
          .insertInto('submissions')
          .values({
            portal_id: portal.portalId,
            submission_id: item.submissionId,
            send_id: `snd_${randomBytes(10).toString('hex')}`,
            flow_id: item.flowId,
            version_id: item.versionId,
            form_id: 'frm_1',
            form_revision: 'r1',
            contact_id: item.contactId,
            person_id: item.person.personId,
            accepted_from: 'endpoint',
            answers_key_wrapped: Buffer.from('a key'),
            answers_hash: Buffer.alloc(0),
            question_count: 1,
            finished_at: item.finishedAt,
            accepted_at: item.acceptedAt,
          })
          .execute(),
      );
      return item;
    },
    check: async (item: DeliveryItem) => {
      const check = await findCheck(portal.context, item.submissionId);
      if (!check) throw new Error('there is no check');
      return check;
    },
    session: (vendor: IdentityVendor) => {
      const [newest] = standIn.sessions(vendor);
      if (!newest) throw new Error(`${vendor} has no session`);
      return newest;
    },
    close: () => standIn.close(),
  };
}
export type Vendors = Awaited<ReturnType<typeof startVendors>>;
