import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { withPortal } from '../../server/db/db.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { createFormSubmissionDestination } from '../../server/destinations/form-submission/form-submission-destination.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import {
  CONTACT_ID,
  deliveryItem,
  EVERY_ANSWER,
  FORM_ID,
  mapping,
  PUBLIC_URL,
  rawForm,
  startPortal,
  type Portal,
} from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
const form = createFormSubmissionDestination();
type Field = { name: string; label: string; fieldType: string; options?: { value: string }[] };
const SUBMIT = 'POST /submissions/v3/integration/secure/submit';

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
});
afterEach(() => portal.close());

const item = (overrides: Partial<DeliveryItem> = {}) => deliveryItem(portal, overrides);
const deliver = (...items: DeliveryItem[]) => form.deliver(portal.context, items);

async function submissions() {
  const answer = await portal.client.call(portal.portalId, {
    method: 'GET',
    path: `/form-integrations/v1/submissions/forms/${FORM_ID}`,
    query: { limit: 50 },
    schema: z.object({
      results: z.array(
        z.object({
          pageUrl: z.string(),
          submittedAt: z.number(),
          values: z.array(z.object({ name: z.string(), value: z.string() })),
        }),
      ),
    }),
    priority: 'card',
    idempotent: true,
  });
  return answer.results;
}

/** An earlier attempt whose answer was lost, as the delivery room records it. */
async function lostAttempt(one: DeliveryItem): Promise<void> {
  const now = portal.clock.now();
  const portal_id = String(portal.portalId);
  const base = { portal_id, flow_id: one.flowId, version_id: one.versionId };
  await withPortal(database.db, portal.portalId, async (tx) => {
    await tx
      .insertInto('submissions')
      .values({
        ...base,
        submission_id: one.submissionId,
        send_id: one.submissionId,
        form_id: 'frm',
        form_revision: '1',
        person_id: one.person.personId,
        accepted_from: 'endpoint',
        answers_hash: Buffer.alloc(1),
        question_count: 1,
        finished_at: now,
        accepted_at: now,
      })
      .execute();
    await tx
      .insertInto('deliveries')
      .values({
        portal_id,
        delivery_id: one.deliveryId,
        submission_id: one.submissionId,
        destination: 'form-submission',
        state: 'waiting',
        due_at: now,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('attempts')
      .values({
        portal_id,
        attempt_id: one.deliveryId,
        delivery_id: one.deliveryId,
        number: 1,
        started_at: now,
        finished_at: now,
        outcome: 'unknown',
      })
      .execute();
  });
}

describe('a submission of the form', () => {
  test('carries every answer, hidden defaults, our id in pageUri and the time of finishing', async () => {
    const one = item();
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered' }]);
    const [submission] = await submissions();
    expect(submission?.pageUrl).toBe(`${PUBLIC_URL}/wa/${one.flowId}?sid=${one.submissionId}`);
    expect(submission?.submittedAt).toBe(one.finishedAt.getTime());
    const values = Object.fromEntries((submission?.values ?? []).map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      email: 'ada@acme.test',
      firstname: 'Ada <b>',
      hs_lead_status: 'OPEN',
      source_note: 'whatsapp',
    });
  });

  test('leaves out a full document number unless the customer allowed it', async () => {
    await deliver(item());
    await deliver(item({ allowDocumentNumber: ['0-1/passport_number'] }));
    const names = (await submissions()).map(({ values }) => values.some(({ name }) => name === 'passport_number'));
    expect(names.toSorted()).toEqual([false, true]);
  });

  test('hangs on the contact that answered, and makes no second one', async () => {
    await deliver(item());
    const { timeline } = await portal.contact(CONTACT_ID);
    expect(JSON.stringify(timeline)).toContain('WhatsApp: Know your customer');
    expect(await portal.contacts()).toHaveLength(3);
  });

  test('that finished too long ago for HubSpot is submitted with the present time', async () => {
    const one = item({ finishedAt: new Date(portal.clock.now().getTime() - 40 * 86_400_000) });
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered' }]);
    expect((await submissions())[0]?.submittedAt).toBeGreaterThan(one.finishedAt.getTime());
  });

  test('without a required answer is refused with the field and what to do', async () => {
    const { '0-1/email': _left, ...answers } = EVERY_ANSWER;
    expect(await deliver(item({ answers }))).toMatchObject([
      { kind: 'dead', code: 'form_refused', reason: expect.stringContaining('"email"') },
    ]);
  });

  test('to a form that was archived or deleted is held, and taken once it is there again', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/forms`, { form: rawForm, archived: true });
    const one = item();
    expect(await deliver(one)).toMatchObject([{ kind: 'held', code: 'form_gone' }]);
    await portal.control('POST', `/portals/${portal.portalId}/forms`, { form: rawForm });
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered' }]);
  });

  const changedForm = (change: (field: Field) => Field[]) =>
    portal.control('POST', `/portals/${portal.portalId}/forms`, {
      form: {
        ...rawForm,
        fieldGroups: rawForm.fieldGroups.map((one) => ({ ...one, fields: (one.fields as Field[]).flatMap(change) })),
      },
    });

  test.each<[string, (field: Field) => Field[], string]>([
    ['lost a field', (field) => (field.name === 'lastname' ? [] : [field]), 'lastname'],
    [
      'lost a choice',
      (field) => [field.options ? { ...field, options: field.options.filter(({ value }) => value !== 'OPEN') } : field],
      'hs_lead_status',
    ],
  ])(
    'to a form that %s is held whole, and submitted without it only when the customer decides',
    async (_w, change, name) => {
      await changedForm(change);
      const one = item();
      expect(await deliver(one)).toMatchObject([
        { kind: 'held', code: 'form_changed', reason: expect.stringContaining(`"${name}"`) },
      ]);
      expect(await submissions()).toEqual([]);
      expect(await deliver({ ...one, leaveOutRemoved: true })).toMatchObject([
        { kind: 'delivered', detail: { leftOut: 1 } },
      ]);
      const [submission] = await submissions();
      const names = submission?.values.map((value) => value.name);
      expect(names).toEqual(expect.arrayContaining(['email', 'firstname', 'source_note']));
      expect(names).not.toContain(name);
    },
  );

  test('to a form that asks for something new is held, since no decision of ours can answer it', async () => {
    await changedForm((field) =>
      field.name === 'email'
        ? [field, { ...field, name: 'city', label: 'City', fieldType: 'single_line_text' }]
        : [field],
    );
    const one = item();
    expect(await deliver(one)).toMatchObject([{ kind: 'held', code: 'form_changed' }]);
    expect(await deliver({ ...one, leaveOutRemoved: true })).toMatchObject([{ kind: 'held', code: 'form_changed' }]);
    expect(await submissions()).toEqual([]);
  });

  test('to a form that got a captcha since is a dead letter that says so', async () => {
    const captcha = { ...rawForm, configuration: { ...rawForm.configuration, recaptchaEnabled: true } };
    await portal.control('POST', `/portals/${portal.portalId}/forms`, { form: captcha });
    expect(await deliver(item())).toMatchObject([{ kind: 'dead', code: 'form_has_captcha' }]);
  });
});

describe("the form's e-mail address", () => {
  const withEmail = (contactId: string, email: string) =>
    item({ contactId, answers: { ...EVERY_ANSWER, '0-1/email': { kind: 'email', value: email } } });

  test('that is not the one of this contact is a conflict for a person, and nothing is submitted', async () => {
    expect(await deliver(withEmail(CONTACT_ID, 'other@acme.test'))).toMatchObject([
      { kind: 'dead', code: 'form_email_conflict' },
    ]);
    expect(await submissions()).toEqual([]);
  });

  test('is compared without regard to capitals', async () => {
    expect(await deliver(withEmail(CONTACT_ID, 'ADA@acme.test'))).toMatchObject([{ kind: 'delivered' }]);
  });

  test('becomes the address of a contact that has none, so that no second contact is made', async () => {
    expect(await deliver(withEmail('503', 'fresh@acme.test'))).toMatchObject([{ kind: 'delivered' }]);
    expect((await portal.contact('503')).properties.email).toBe('fresh@acme.test');
    expect(await portal.contacts()).toHaveLength(3);
  });

  test('of another contact is never taken from it', async () => {
    expect(await deliver(withEmail('503', 'bob@acme.test'))).toMatchObject([
      { kind: 'dead', code: 'email_of_other_contact' },
    ]);
    expect((await portal.contact('503')).properties.email).toBeUndefined();
  });
});

describe('an answer that was lost', () => {
  test('is unknown, found again by our id, and not submitted twice', async () => {
    const one = item();
    await portal.fault({ route: SUBMIT, kind: 'timeout-after-success' });
    // The stand-in never answers, so the call ends at its own deadline.
    expect(await deliver(one)).toMatchObject([{ kind: 'unknown' }]);
    expect(await form.readBack?.(portal.context, one)).toMatchObject({
      kind: 'delivered',
      remoteId: expect.stringMatching(/.+/),
    });
    expect(await submissions()).toHaveLength(1);
  }, 20_000);

  test('and is not in the list yet stays unknown; only after half a minute it certainly did not arrive', async () => {
    const one = item({ attempt: 2 });
    await lostAttempt(one);
    await portal.fault({ route: SUBMIT, kind: 'drop' });
    expect(await deliver(one)).toMatchObject([{ kind: 'unknown' }]);
    expect(await form.readBack?.(portal.context, one)).toMatchObject({ kind: 'unknown', code: 'not_listed_yet' });
    portal.clock.advance(30_000);
    expect(await form.readBack?.(portal.context, one)).toBeNull();
  });

  test('stays unknown while HubSpot cannot be asked', async () => {
    await portal.fault({ route: 'GET /form-integrations', kind: '500', times: 3 });
    expect(await form.readBack?.(portal.context, item())).toMatchObject({
      kind: 'unknown',
      code: 'hubspot_unavailable',
    });
  });

  test('is found among many others', async () => {
    const one = item();
    await deliver(one);
    for (let n = 0; n < 5; n += 1) await deliver(...Array.from({ length: 12 }, () => item()));
    expect(await form.readBack?.(portal.context, one)).toMatchObject({ kind: 'delivered' });
  });
});

describe('before publishing', () => {
  const check = (map = mapping(), design: Design = {}) => form.check(portal.context, toForm(rawForm), map, design);
  const change = (changes: object) =>
    portal.control('POST', `/portals/${portal.portalId}/forms`, { form: { ...rawForm, ...changes } });

  test('a form that can be written has no problems', async () => {
    expect(await check()).toEqual([]);
  });

  test('a form with a captcha is refused with the reason', async () => {
    await change({ configuration: { ...rawForm.configuration, recaptchaEnabled: true } });
    expect(await check()).toMatchObject([
      { code: 'form_cannot_be_written', message: expect.stringContaining('captcha') },
    ]);
  });

  test('what the form requires of everybody cannot be left out, made optional or asked only sometimes', async () => {
    const required = toForm(rawForm)
      .pages.flatMap((page) => page.items)
      .find((one) => one.kind !== 'statement' && one.required);
    const id = required?.id ?? '';
    const when = { match: 'all' as const, parts: [{ question: 'other', is: 'answered' as const }] };
    const refused: Design[] = [{ omitted: [id] }, { required: { [id]: false } }, { shownWhen: { [id]: when } }];
    for (const design of refused)
      expect(await check(mapping(), design)).toMatchObject([{ question: id, code: 'form_requires_answer' }]);
    expect(await check(mapping(), { required: { [id]: true }, shownWhen: { [id]: null } })).toEqual([]);
  });

  test('a captured form is refused with the reason', async () => {
    await change({ formType: 'captured' });
    expect(await check()).toMatchObject([{ code: 'form_cannot_be_written' }]);
  });

  test('a form that is gone is refused with the reason, and none is asked for when it is not wanted', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/forms`, { form: rawForm, archived: true });
    const [problem] = await check();
    expect(problem?.code).toBe('form_gone');
    // Nothing is delivered yet, so nothing can be delivered again.
    expect(problem?.message).toMatch(/Restore it there, or turn off writing back/);
    expect(problem?.message).not.toMatch(/deliver/i);
    expect(await check(mapping({ formSubmission: { enabled: false } }))).toEqual([]);
  });
});
