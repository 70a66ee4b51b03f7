import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../server/clock.ts';
import { SANDBOX_PORTALS } from '../../../server/sandbox/hubspot/sandbox-seed.ts';
import type { EndpointLink } from '../../../shared/phone/endpoint-link.ts';
import type { Phone } from '../../../shared/phone/run-flow.ts';
import { walkFlow } from '../../../shared/phone/walk-flow.ts';
import { eraseContact } from '../../../server/whatsapp/erase-contact.ts';
import { startReceiver, type Receiver } from '../../destinations/webhook/support/receiver.ts';
import { fillAnything } from '../../security/support/fill-anything.ts';
import {
  PORTAL_A,
  PORTAL_B,
  startProduct,
  untilDelivered,
  withOwner,
  type Answer,
  type Json,
  type Product,
} from '../../security/support/product.ts';
import { until } from '../../support/until.ts';

/** The whole product with its stand-ins: what a person, an attacker, an agent and the customer's system see of a confirmation. */
const CONTACTS = SANDBOX_PORTALS[0]?.contacts ?? [];
const AMELIE = { id: '101', waId: '4915123456789', surname: 'Dubois' };
const YUSUF = { id: '102', waId: '905321234567', surname: 'Öztürk' };
const WANG = { id: '103', waId: '8613123456789', surname: '王' };

let product: Product;
let receiver: Receiver;
/** Of the flow as it was published before anybody had to confirm. */
let unconfirmedVersion: string;
let versionId: string;

beforeAll(async () => {
  [product, receiver] = await Promise.all([startProduct(), startReceiver(systemClock)]);
  const added = await call('POST', '/api/webhooks', { name: 'Mailer', url: receiver.hook('mail') });
  await receiver.knows('mail', [added.json.secret]);
  unconfirmedVersion = await liveVersion();
  await publish({ mode: 'connected', confirmIdentity: { channel: 'email', webhookId: added.json.webhook.webhookId } });
  versionId = await liveVersion();
}, 180_000);
afterAll(async () => {
  await product?.close();
  await receiver?.close();
});

const call = (method: string, path: string, body?: Record<string, unknown>, portal = PORTAL_A): Promise<Answer> =>
  product.api(portal, method, path, body && { idempotencyKey: randomBytes(12).toString('hex'), ...body });

async function publish(design: object): Promise<void> {
  const saved = await call('PATCH', `/api/flows/${product.flowId}`, { design });
  expect(saved.status, saved.text).toBe(200);
  expect(saved.json.mappingProblems).toEqual([]);
  expect((await call('POST', `/api/flows/${product.flowId}/publish`, {})).status).toBe(202);
  await until(async () => {
    const { json } = await call('GET', `/api/flows/${product.flowId}/publication`);
    if (json.state === 'failed') throw new Error(JSON.stringify(json));
    const isLive = json.state === 'published' && json.template?.state === 'APPROVED';
    return isLive && (await newestIsLive());
  }, 60_000);
}

const query = (text: string, values: unknown[] = []): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => (await client.query(text, values)).rows);
const liveVersion = async (): Promise<string> =>
  (await query('select live_version_id as id from flowella.flows where flow_id = $1', [product.flowId]))[0].id;
const newestIsLive = async (): Promise<boolean> => {
  const [row] = await query(
    'select version_id = (select live_version_id from flowella.flows f where f.flow_id = v.flow_id) as live from flowella.flow_versions v where flow_id = $1 order by number desc limit 1',
    [product.flowId],
  );
  return row.live;
};

type Opened = { sendId: string; phone: Phone; link: EndpointLink; token: string; message: Json };

async function openFor(who: { id: string; waId: string }): Promise<Opened> {
  const { sendId, message } = await product.send(who.id, who.waId);
  const { phone, link } = await product.open(message);
  await phone.settled();
  return { sendId, phone, link, message, token: message.flow.flowToken };
}

/** The newest code that the customer's system was told for this message. */
async function mailedCode(sendId: string): Promise<string> {
  await until(() => eventsOf(sendId).length > 0);
  return eventsOf(sendId).at(-1)?.code ?? '';
}
const eventsOf = (sendId: string): Json[] =>
  receiver
    .taken()
    .map(({ body }) => body as Json)
    .filter((body) => body.type === 'identity.code.requested' && body.data.send_id === sendId)
    .map((body) => body.data);

/** What a phone, or whoever pretends to be one, gets for its own request. */
async function exchange(o: Opened, action: 'INIT' | 'BACK' | 'data_exchange', screen = '', data: Json = {}) {
  const outcome = await o.link({ version: '3.0', action, screen, data, flow_token: o.token });
  if (outcome.kind !== 'reply') throw new Error(JSON.stringify(outcome));
  return outcome.reply as Json;
}
const guess = (o: Opened, surname: string, code: string): Promise<Json> =>
  exchange(o, 'data_exchange', 'CONFIRM', { v: versionId, s: 'CONFIRM', surname, code });
const wrongOf = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Everything HubSpot knows of a contact that could be shown to the wrong person. */
function personal(id: string): string[] {
  const { properties } = CONTACTS.find((one) => one.id === id) ?? { properties: {} };
  const { firstname, lastname, email, city, company } = properties as Record<string, string>;
  return [firstname, lastname, email, city, company].filter((one): one is string => Boolean(one));
}
function expectNothingOf(id: string, reply: unknown): void {
  const text = JSON.stringify(reply);
  expect(personal(id).filter((value) => text.includes(value))).toEqual([]);
}

async function enter(phone: Phone, surname: string, code: string): Promise<void> {
  await phone.setValue('surname', surname);
  await phone.setValue('code', code);
  const view = phone.view();
  if (view.kind !== 'screen' || !view.screen.footer) throw new Error(view.kind);
  await phone.press(view.screen.footer.id);
}

describe('a person', () => {
  test('gets a code mailed on opening, enters it with the surname, and only then sees what is known', async () => {
    const opened = await openFor(AMELIE);
    expectNothingOf(AMELIE.id, opened.message);
    expectNothingOf(AMELIE.id, opened.phone.view());
    const code = await mailedCode(opened.sendId);
    expect(eventsOf(opened.sendId)[0]).toMatchObject({
      email: 'amelie.dubois@atelier-dubois.test',
      person: { hubspot_contact_id: AMELIE.id },
      flow: { id: product.flowId, version_id: versionId },
    });
    await enter(opened.phone, 'dUbOiS', code);
    const view = opened.phone.view();
    expect(view).toMatchObject({ kind: 'screen', screen: { id: 'SCREEN_A' } });
    expect(JSON.stringify(view)).toContain('Amélie');
    const walk = await walkFlow(opened.phone, fillAnything);
    expect(walk.stuck).toBeNull();
    expect(walk.view).toMatchObject({ kind: 'closed', outcome: { kind: 'submitted' } });
    await untilDelivered(product);
  });

  test('who goes on later is asked no second time, and sees nothing of theirs before pressing the button', async () => {
    const opened = await openFor(AMELIE);
    await enter(opened.phone, AMELIE.surname, await mailedCode(opened.sendId));
    const later = await product.open(opened.message);
    await later.phone.settled();
    expectNothingOf(AMELIE.id, later.phone.view());
    const view = later.phone.view();
    if (view.kind !== 'screen' || !view.screen.footer) throw new Error(view.kind);
    expect(view.screen.components.some((one) => 'value' in one)).toBe(false);
    await later.phone.press(view.screen.footer.id);
    expect(JSON.stringify(later.phone.view())).toContain('Amélie');
    expect(eventsOf(opened.sendId)).toHaveLength(1);
  });

  test('two presses for another code make no second message at once, and say so', async () => {
    const opened = await openFor(YUSUF);
    await mailedCode(opened.sendId);
    const again = () => exchange(opened, 'data_exchange', 'CONFIRM', { v: versionId, s: 'CONFIRM', again: 'yes' });
    const replies = await Promise.all([again(), again()]);
    for (const reply of replies) expect(reply.data.text).toContain('No further code');
    expect(eventsOf(opened.sendId)).toHaveLength(1);
  });
});

describe('an attacker with the phone', () => {
  test('sees nothing of the person on any screen they claim to be on, by any version they claim to have', async () => {
    const opened = await openFor(YUSUF);
    await mailedCode(opened.sendId);
    const ids = (await query('select program from flowella.flow_versions where version_id = $1', [versionId]))[0]
      .program.screens as { id: string }[];
    for (const v of [versionId, unconfirmedVersion, undefined, 'ver_00000000000000000000'])
      for (const screen of ['CONFIRM', ...ids.map(({ id }) => id), 'NOTICE', 'SUCCESS', '']) {
        for (const action of ['data_exchange', 'BACK', 'INIT'] as const) {
          if (screen === 'CONFIRM' && action === 'data_exchange') continue;
          const data = { ...(v ? { v } : {}), s: screen };
          const outcome = await opened.link({ version: '3.0', action, screen, data, flow_token: opened.token });
          expectNothingOf(YUSUF.id, outcome);
          // A version that never was has no screen to say so on: an empty answer.
          const shown = outcome.kind === 'reply' ? (outcome.reply as Json).screen : 'NOTICE';
          expect(['CONFIRM', 'NOTICE', 'SUCCESS']).toContain(shown);
        }
      }
    const [session] = await query('select finished_at from flowella.sessions where send_id = $1', [opened.sendId]);
    expect(session.finished_at).toBeNull();
    expect(await query('select 1 from flowella.submissions where send_id = $1', [opened.sendId])).toEqual([]);
  });

  test('has five tries with thirty guesses at once, hears the same whatever is wrong, then whom to ask; the right one is too late', async () => {
    const opened = await openFor(WANG);
    const code = await mailedCode(opened.sendId);
    const wrongSurname = await guess(opened, 'Li', code);
    const wrongCode = await guess(opened, WANG.surname, wrongOf(code));
    expect(wrongSurname).toEqual(wrongCode);
    expect(wrongCode).toMatchObject({ screen: 'CONFIRM', data: { ask: true } });
    const replies = await Promise.all(Array.from({ length: 30 }, () => guess(opened, WANG.surname, wrongOf(code))));
    expect(replies.filter((reply) => reply.screen === 'CONFIRM')).toHaveLength(2);
    const over = replies.filter((reply) => reply.screen === 'NOTICE');
    expect(over).toHaveLength(28);
    expect(over[0]?.data.text).toContain('contact us');
    expect((await guess(opened, WANG.surname, code)).screen).toBe('NOTICE');
    const again = await exchange(opened, 'INIT');
    expect(again).toMatchObject({ screen: 'CONFIRM', data: { ask: false } });
    expectNothingOf(WANG.id, [wrongCode, ...replies, again]);
    const [row] = await query('select tries, confirmed_at from flowella.confirmations where send_id = $1', [
      opened.sendId,
    ]);
    expect(row).toEqual({ tries: 5, confirmed_at: null });
  });

  test('cannot use the code that another message of the same person was given', async () => {
    const first = await openFor(AMELIE);
    const code = await mailedCode(first.sendId);
    const second = await openFor(AMELIE);
    await mailedCode(second.sendId);
    expect((await guess(second, AMELIE.surname, code)).screen).toBe('CONFIRM');
  });
});

test('a try whose session another request was faster to save is answered anew and counted once', async () => {
  const opened = await openFor(YUSUF);
  const { runs } = product.server.services;
  const save = runs.save.bind(runs);
  let saves = 0;
  runs.save = async (...of) => {
    saves += 1;
    return saves > 2 ? save(...of) : false;
  };
  const reply = await guess(opened, 'x', '000000').finally(() => (runs.save = save));
  expect(reply).toMatchObject({ screen: 'CONFIRM', data: { ask: true } });
  expect(saves).toBe(3);
  const [row] = await query('select tries from flowella.confirmations where send_id = $1', [opened.sendId]);
  expect(row).toEqual({ tries: 1 });
});

test('code and typed surname stand nowhere: not in the database, not in a log, in no submission and no delivery', async () => {
  const places: string[][] = [];
  for (const who of [AMELIE, YUSUF]) {
    const opened = await openFor(who);
    const code = await mailedCode(opened.sendId);
    const odd = `${who.surname[0]?.toLowerCase()}-${who.surname.slice(1).toUpperCase()}`;
    await guess(opened, odd, wrongOf(code));
    await guess(opened, `${odd}x`, code);
    const early = await product.dump();
    await enter(opened.phone, odd, code);
    expect((await walkFlow(opened.phone, fillAnything)).stuck).toBeNull();
    await untilDelivered(product);
    const cells = [...early, ...(await product.dump())];
    expect(cells.filter(({ bytes }) => bytes.includes(odd)).map(({ place }) => place)).toEqual([]);
    expect(product.logged()).not.toContain(odd);
    // A number of six digits stands by itself: longer ones may contain it by chance.
    const number = new RegExp(`(?<!\\d)${code}(?!\\d)`);
    expect(product.logged()).not.toMatch(number);
    places.push(cells.filter(({ bytes }) => number.test(bytes.toString('latin1'))).map(({ place }) => place));
    const delivered = receiver.calls().filter(({ body }) => (body as Json).type === 'submission.accepted');
    expect(JSON.stringify(delivered)).not.toMatch(number);
    const hubSpot = await (await fetch(`${product.standIns.hubspot.apiUrl}/_standin/journal`)).text();
    expect(hubSpot).not.toContain(odd);
  }
  // By chance one code may stand in some other number of the database; in the same place twice it would be stored.
  expect(places[0]?.filter((place) => places[1]?.includes(place))).toEqual([]);
});

describe('an agent', () => {
  let opened: Opened;
  let mailedVersion: string;
  const give = (o: { contact?: string; send?: string; portal?: number; key?: string } = {}): Promise<Answer> =>
    call(
      'POST',
      `/api/contacts/${o.contact ?? YUSUF.id}/sends/${o.send ?? opened.sendId}/code`,
      o.key ? { idempotencyKey: o.key } : {},
      o.portal,
    );
  const cardOf = async (contact: string) =>
    (await call('GET', `/api/contacts/${contact}/flows`)).json.sends.find((one: Json) => one.sendId === opened.sendId);

  beforeAll(async () => {
    opened = await openFor(YUSUF);
    await mailedCode(opened.sendId);
  });

  test('gives no code where the customer chose e-mail', async () => {
    expect((await give()).json.error.code).toBe('code_not_wanted');
    expect((await cardOf(YUSUF.id)).confirmation).toEqual({ channel: 'email', state: 'waiting', problem: null });
  });

  test('sees a code once, for a message of this contact alone, and the log keeps that it was given', async () => {
    await publish({ mode: 'connected', confirmIdentity: { channel: 'agent' } });
    mailedVersion = versionId;
    versionId = await liveVersion();
    opened = await openFor(YUSUF);
    expect(JSON.stringify(opened.phone.view())).toContain('on the phone');
    const key = randomBytes(12).toString('hex');
    const given = await give({ key });
    expect(given.json).toEqual({ code: expect.stringMatching(/^\d{6}$/), expiresAt: expect.any(String) });
    expect(given.headers.get('cache-control')).toBe('no-store');
    expect((await give({ key })).json).toEqual({ code: null, expiresAt: null });
    expect((await give({ contact: AMELIE.id })).status).toBe(404);
    expect((await give({ portal: PORTAL_B })).status).toBe(404);
    const [entry] = await query(
      "select actor, subject, detail from flowella.audit_log where action = 'confirmation.code-given'",
    );
    expect(entry).toEqual({ actor: 'user:7001', subject: opened.sendId, detail: { contact: YUSUF.id } });
    expect(JSON.stringify(await query('select response from flowella.idempotency_keys'))).not.toContain(
      given.json.code,
    );
    await enter(opened.phone, 'OEZTUERK', given.json.code);
    expect(JSON.stringify(opened.phone.view())).toContain('Yusuf');
    expect((await cardOf(YUSUF.id)).confirmation).toMatchObject({ channel: 'agent', state: 'confirmed' });
    expect((await give()).json.error.code).toBe('code_not_wanted');
  });

  test('is not gone round by a version that mailed the codes: none is sent', async () => {
    opened = await openFor(WANG);
    const before = receiver.calls().length;
    for (const data of [{ v: mailedVersion }, { v: mailedVersion, s: 'CONFIRM', again: 'yes' }]) {
      const reply = await exchange(opened, data.s ? 'data_exchange' : 'INIT', data.s ?? '', data);
      expect(reply.screen).toBe('NOTICE');
    }
    expect(await query('select 1 from flowella.confirmation_codes where send_id = $1', [opened.sendId])).toEqual([]);
    expect(receiver.calls()).toHaveLength(before);
  });

  test('frees a message whose tries are used up', async () => {
    opened = await openFor(AMELIE);
    for (let tries = 0; tries < 5; tries += 1) await guess(opened, 'x', '000000');
    expect((await cardOf(AMELIE.id)).confirmation.state).toBe('locked');
    const { code } = (await give({ contact: AMELIE.id })).json;
    expect((await guess(opened, AMELIE.surname, code)).screen).toBe('SCREEN_A');
  });
});

test('erasing a contact takes with it what they would be confirmed by', async () => {
  const opened = await openFor(WANG);
  const held = () =>
    query(
      'select (select count(*)::int from flowella.confirmations where send_id = $1) + (select count(*)::int from flowella.confirmation_codes where send_id = $1) as n',
      [opened.sendId],
    );
  expect((await call('POST', `/api/contacts/${WANG.id}/sends/${opened.sendId}/code`, {})).status).toBe(200);
  expect(await held()).toEqual([{ n: 2 }]);
  await eraseContact(product.server.services, PORTAL_A, WANG.id);
  expect(await held()).toEqual([{ n: 0 }]);
});

test('the preview in the settings confirms nobody and sends no code: whatever is entered leads on', async () => {
  const before = await query('select count(*)::int as n from flowella.confirmation_codes');
  const { url } = (await call('POST', `/api/flows/${product.flowId}/preview`)).json;
  const view = await fetch(url);
  const ask = async (action: string, screen: string, data: Json): Promise<Json> =>
    (
      await fetch(new URL('./exchange', view.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ version: '3.0', action, screen, data, flow_token: 'preview' }),
      })
    ).json();
  expect(await ask('INIT', '', {})).toMatchObject({ screen: 'CONFIRM', data: { ask: true } });
  const typed = { s: 'CONFIRM', surname: 'anybody', code: '000000' };
  expect(await ask('data_exchange', 'CONFIRM', typed)).toMatchObject({ screen: 'SCREEN_A', data: { init: {} } });
  expect(await query('select count(*)::int as n from flowella.confirmation_codes')).toEqual(before);
});

describe('what cannot be sent or published', () => {
  test('a test to a bare number is refused with the reason: nobody could be confirmed', async () => {
    const sent = await call('POST', `/api/flows/${product.flowId}/test-sends`, { to: '+4915112345678' });
    expect(sent.status).toBe(409);
    expect(sent.json.error.message).toContain('can only be sent to a contact');
  });

  test('a webhook that mails codes cannot be deleted', async () => {
    const [{ webhookId }] = (await call('GET', '/api/webhooks')).json.webhooks.filter(
      (one: Json) => one.name === 'Mailer',
    );
    const design = { mode: 'connected', confirmIdentity: { channel: 'email', webhookId } };
    await call('PATCH', `/api/flows/${product.flowId}`, { design });
    expect((await call('POST', `/api/webhooks/${webhookId}/delete`, {})).json.error.code).toBe('webhook_in_use');
    await call('PATCH', `/api/webhooks/${webhookId}`, { state: 'off' });
    const off = await call('GET', `/api/flows/${product.flowId}`);
    expect(off.json.mappingProblems).toMatchObject([{ destination: 'webhook', code: 'webhook_off' }]);
  });

  test('a flow on the phone alone is not published while it should confirm: the report says why', async () => {
    const design = { mode: 'light', confirmIdentity: { channel: 'agent' } };
    const saved = await call('PATCH', `/api/flows/${product.flowId}`, { design });
    expect(saved.json.report).toContainEqual(expect.objectContaining({ code: 'confirmation_needs_connected' }));
    await call('POST', `/api/flows/${product.flowId}/publish`, {});
    await until(async () => {
      const { json } = await call('GET', `/api/flows/${product.flowId}/publication`);
      return json.steps[0].state === 'failed' && /confirmed first/.test(json.reason);
    }, 20_000);
  });
});
