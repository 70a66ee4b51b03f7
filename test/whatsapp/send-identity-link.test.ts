import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { claimMessage } from '../../server/destinations/identity-check/checks.ts';
import type { SendLink } from '../../server/destinations/identity-check/send-link.ts';
import { newId } from '../../server/ids.ts';
import { applyLinkStatuses } from '../../server/whatsapp/apply-link-statuses.ts';
import { recordConsent } from '../../server/whatsapp/consents.ts';
import { meetPerson, noteInbound } from '../../server/whatsapp/persons.ts';
import { createSendLink } from '../../server/whatsapp/send-identity-link.ts';
import type { WebhookStatus } from '../../server/whatsapp/webhook-body.ts';
import { draftFlow, flowBench, publish, type FlowBench } from '../flows/support.ts';
import { metaError } from './fake-graph.ts';
import { NUMBER_ID } from './support.ts';

const MESSAGES = `POST /${NUMBER_ID}/messages`;
const PHONE = '+4915112345678';
const LINK = 'https://withpersona.com/verify?inquiry-id=inq_1&code=abc';

let b: FlowBench;
let portalId: number;
let flowId: string;
let personId: string;
let claims: number;

beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  b.graph.on(MESSAGES, () => ({
    json: { messaging_product: 'whatsapp', contacts: [], messages: [{ id: 'wamid.1' }] },
  }));
  b.meta.state.templateStatus = 'APPROVED';
  ({ flowId } = await draftFlow(b, portalId));
  await publish(b, portalId, flowId);
  b.graph.calls.splice(0);
  claims = 0;
  personId = await withPortal(b.t.db, portalId, async (tx) => {
    const person = await meetPerson(tx, b.services, portalId, {
      phone: PHONE,
      portfolioId: '7777',
      phoneSource: 'inbound',
      at: b.clock.now(),
    });
    return person?.personId ?? '';
  });
});
afterEach(() => b.close());

const send = (change: Partial<Parameters<SendLink>[0]> = {}) =>
  createSendLink(b.services)({
    portalId,
    flowId,
    personId,
    checkId: 'idc_00000000000000000001',
    link: LINK,
    message: { body: 'Please confirm your identity.', button: 'Confirm identity' },
    template: null,
    acceptedAt: new Date(b.clock.now().getTime() - 3_600_000),
    claim: async () => {
      claims += 1;
      return true;
    },
    ...change,
  });
const openWindow = () =>
  withPortal(b.t.db, portalId, (tx) =>
    noteInbound(tx, portalId, { personId, phoneNumberId: NUMBER_ID, at: b.clock.now() }),
  );
const sent = () => b.graph.to(MESSAGES).map((call) => JSON.parse(call.body) as Record<string, unknown>);

test('inside the window the link goes out as a button, with the check’s id to know its statuses by', async () => {
  await openWindow();
  expect(await send()).toEqual({ kind: 'accepted' });
  expect(sent()).toEqual([
    {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '4915112345678',
      biz_opaque_callback_data: 'idc_00000000000000000001',
      type: 'interactive',
      interactive: {
        type: 'cta_url',
        body: { text: 'Please confirm your identity.' },
        action: { name: 'cta_url', parameters: { display_text: 'Confirm identity', url: LINK } },
      },
    },
  ]);
});

test('outside the window the customer’s template carries it, and without one the rep does', async () => {
  expect(await send()).toEqual({ kind: 'by_rep', code: 'window-closed' });
  expect(claims).toBe(0);
  expect(await send({ template: { name: 'identity_link', language: 'de' } })).toEqual({ kind: 'accepted' });
  expect(sent()).toMatchObject([
    {
      type: 'template',
      template: {
        name: 'identity_link',
        language: { code: 'de' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: LINK }] }],
      },
    },
  ]);
});

test('right after the submission the reply is waited for that opens the window', async () => {
  expect(await send({ acceptedAt: b.clock.now() })).toMatchObject({ kind: 'later' });
  await openWindow();
  expect(await send({ acceptedAt: b.clock.now() })).toEqual({ kind: 'accepted' });
});

test('nobody who opted out gets it, and whoever was faster has sent it', async () => {
  await openWindow();
  expect(await send({ claim: async () => false })).toEqual({ kind: 'taken' });
  await withPortal(b.t.db, portalId, (tx) =>
    recordConsent(tx, b.services, portalId, {
      who: { phone: PHONE },
      state: 'opted_out',
      source: 'stop-word',
      at: b.clock.now(),
    }),
  );
  expect(await send()).toEqual({ kind: 'by_rep', code: 'opted-out' });
  expect(sent()).toEqual([]);
});

test('what Meta refuses is failed; an answer that is lost is unknown and asked for once', async () => {
  await openWindow();
  b.graph.on(MESSAGES, () => metaError(131026));
  expect(await send()).toMatchObject({ kind: 'failed', code: 'meta:131026' });
  b.graph.calls.splice(0);
  b.graph.on(MESSAGES, () => ({ status: 502, json: 'gateway' }));
  expect(await send()).toEqual({ kind: 'unknown' });
  expect(b.graph.to(MESSAGES)).toHaveLength(1);
});

test('statuses move a link on, whatever their order, and say that one arrived whose answer was lost', async () => {
  const submissionId = newId('submission');
  const checkId = newId('identityCheck');
  const now = b.clock.now();
  await withPortal(b.t.db, portalId, async (tx) => {
    const portal_id = portalId;
    await tx
      .insertInto('submissions')
      .values({
        portal_id,
        submission_id: submissionId,
        send_id: newId('send'),
        flow_id: flowId,
        version_id: 'ver',
        form_id: 'frm',
        form_revision: 'r',
        person_id: personId,
        accepted_from: 'endpoint',
        answers_hash: Buffer.alloc(0),
        question_count: 0,
        finished_at: now,
        accepted_at: now,
      })
      .execute();
    const times = { state_at: now, created_at: now, updated_at: now };
    await tx
      .insertInto('identity_checks')
      .values({
        portal_id,
        check_id: checkId,
        submission_id: submissionId,
        service_id: 's',
        vendor: 'persona',
        ...times,
      })
      .execute();
  });
  const where = { portalId, db: b.t.db, clock: b.clock };
  expect(await claimMessage(where, checkId)).toBe(true);
  expect(await claimMessage(where, checkId)).toBe(false);
  const apply = (status: string, code?: number) =>
    withPortal(b.t.db, portalId, (tx) =>
      applyLinkStatuses(tx, portalId, [
        {
          id: 'wamid.1',
          status,
          timestamp: now,
          biz_opaque_callback_data: checkId,
          ...(code ? { errors: [{ code }] } : {}),
        } as WebhookStatus,
      ]),
    );
  const check = () =>
    withPortal(b.t.db, portalId, (tx) => tx.selectFrom('identity_checks').selectAll().executeTakeFirstOrThrow());
  await apply('failed', 131047);
  expect(await check()).toMatchObject({ state: 'requested', message_state: 'failed', message_code: 'meta:131047' });
  await apply('delivered');
  await apply('sent');
  await apply('failed', 131026);
  expect(await check()).toMatchObject({ state: 'link_sent', message_state: 'delivered', message_code: null });
});
