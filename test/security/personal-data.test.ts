import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import type { FieldValue, InputView } from '../../shared/phone/screen-view.ts';
import { until } from '../support/until.ts';
import {
  call,
  askForDocumentNumber,
  CONTACT,
  PORTAL_A,
  startProduct,
  untilDelivered,
  type Json,
  type Product,
} from './support/product.ts';

/** Values that stand nowhere else, so that finding one anywhere means that it leaked there. */
const PLANTED = {
  firstName: 'Canarina-Wq',
  lastName: 'Plantowska-Zx',
  email: 'canarina.plantowska@atelier-dubois.test',
  street: 'Leckstellenweg-Qv',
  city: 'Verratshausen-Jk',
  documentNumber: 'CQX8817264093',
  unknownNumber: '+4915799912345',
  notANumber: 'Zzqx-keine-Nummer',
  strangerName: 'Fremdelina-Kq',
  strangerAnswer: 'Stolperdraht-Vx',
} as const;
const WA_ID = '4915123456789';

let product: Product;
let message: Json;

beforeAll(async () => {
  product = await startProduct({ prepare: askForDocumentNumber });
  const sent = await product.send(CONTACT?.id ?? '', WA_ID);
  message = sent.message;
  const walk = await product.fillIn(message, answer);
  expect(walk.stuck).toBeNull();
  await untilDelivered(product);
  await takeTheUnhappyPaths();
  for (const path of [`/api/contacts/${CONTACT?.id}/flows`, `/api/contacts/${CONTACT?.id}/submissions`])
    expect((await product.api(PORTAL_A, 'GET', path)).status).toBe(200);
}, 120_000);
afterAll(() => product?.close());

/** What goes wrong is logged and explained: a number Meta does not know, no number at all, a stranger's reply, broken vendors. */
async function takeTheUnhappyPaths(): Promise<void> {
  for (const to of [PLANTED.unknownNumber, PLANTED.notANumber])
    await product.api(PORTAL_A, 'POST', `/api/flows/${product.flowId}/test-sends`, {
      to,
      idempotencyKey: randomBytes(12).toString('hex'),
    });
  const values = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: SANDBOX_WABAS[0].wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              metadata: { phone_number_id: SANDBOX_WABAS[0].phoneNumberId },
              contacts: [{ wa_id: '4915799912399', profile: { name: PLANTED.strangerName } }],
              messages: [
                {
                  id: 'wamid.stranger',
                  from: '4915799912399',
                  timestamp: String(Math.floor(Date.now() / 1_000)),
                  type: 'interactive',
                  context: { id: message.id },
                  interactive: {
                    type: 'nfm_reply',
                    nfm_reply: { response_json: JSON.stringify({ note: PLANTED.strangerAnswer }) },
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  });
  const signature = createHmac('sha256', product.secrets.metaAppSecret).update(values).digest('hex');
  const stored = await call(product.url, {
    method: 'POST',
    target: `/webhooks/whatsapp/${product.accountId}`,
    body: values,
    headers: { 'x-hub-signature-256': `sha256=${signature}` },
  });
  expect(stored.status).toBe(200);
  await until(async () =>
    (await product.dump()).some(({ place, bytes }) => place === 'inbox.problem' && bytes.length > 0),
  );
}

function answer(input: InputView): FieldValue | undefined {
  const label = input.label ?? '';
  if (input.kind === 'date') return '1990-05-17';
  if (input.kind === 'opt-in') return true;
  if ('options' in input && input.options) {
    const id = input.options[0]?.id ?? '';
    return input.kind === 'checkboxes' || input.kind === 'chips' ? [id] : id;
  }
  if (/first name/i.test(label)) return PLANTED.firstName;
  if (/last name/i.test(label)) return PLANTED.lastName;
  if (/e-?mail/i.test(label)) return PLANTED.email;
  if (/street/i.test(label)) return PLANTED.street;
  if (/city/i.test(label)) return PLANTED.city;
  if (/document number/i.test(label)) return PLANTED.documentNumber;
  if (/postal/i.test(label)) return '20457';
  return '12';
}

test('the walk really delivered: HubSpot has the name that was typed on the phone', async () => {
  const journal = await hubSpotBodies();
  expect(journal).toContain(PLANTED.lastName);
});

test('no answer, number, address, name, token or secret stands anywhere in the database in clear', async () => {
  const cells = await product.dump();
  const leaks = Object.entries(secretsAndData()).flatMap(([what, value]) =>
    cells.filter(({ bytes }) => holds(bytes, value)).map(({ place }) => `${what} in ${place}`),
  );
  expect([...new Set(leaks)]).toEqual([]);
});

test('no answer, number, address, name, token or secret stands in a log, even at level trace', () => {
  const log = Buffer.from(product.logged());
  expect(log.length).toBeGreaterThan(0);
  expect(Object.entries(secretsAndData()).filter(([, value]) => holds(log, value))).toEqual([]);
});

test('a full document number never reaches HubSpot, only its last four characters', async () => {
  const bodies = await hubSpotBodies();
  expect(bodies).not.toContain(PLANTED.documentNumber);
  expect(bodies).toContain(PLANTED.documentNumber.slice(-4));
});

test('the card shows answers, but never a full document number', async () => {
  const shown = await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`);
  expect(shown.text).toContain(PLANTED.lastName);
  expect(shown.text).not.toContain(PLANTED.documentNumber);
});

test('what is sent to Meta carries no value of the contact: they wait sealed at the endpoint', async () => {
  expect(JSON.stringify(message)).not.toContain(String(CONTACT?.properties.email));
});

test('the public API description holds nothing of anybody', async () => {
  const text = Buffer.from(await (await fetch(`${product.url}/api/openapi.json`)).text());
  expect(Object.entries(secretsAndData()).filter(([, value]) => holds(text, value))).toEqual([]);
});

function secretsAndData(): Record<string, string> {
  const { properties } = CONTACT ?? { properties: {} };
  const token = String(message.flow.flowToken);
  return {
    ...PLANTED,
    unknownNumberDigits: PLANTED.unknownNumber.slice(1),
    contactEmail: String((properties as Json).email),
    contactLastName: String((properties as Json).lastname),
    whatsappNumber: WA_ID,
    repEmail: 'planted.rep',
    flowToken: token,
    flowTokenMac: token.split('.').at(-1) ?? '',
    hubspotClientSecret: product.secrets.hubspotClientSecret,
    metaAppSecret: product.secrets.metaAppSecret,
    metaToken: product.secrets.metaToken,
  };
}

/** Also as hex and base64, and without regard to case: an encoded value is not a sealed one. */
function holds(bytes: Buffer, value: string): boolean {
  const text = bytes.toString('latin1').toLowerCase();
  const utf8 = Buffer.from(value);
  const shapes = [
    utf8.toString('latin1'),
    utf8.toString('hex'),
    utf8.toString('base64').replace(/=+$/, '').slice(0, -1),
  ];
  return shapes.some((shape) => text.includes(shape.toLowerCase()));
}

async function hubSpotBodies(): Promise<string> {
  const journal = await (await fetch(`${product.standIns.hubspot.apiUrl}/_standin/journal`)).json();
  return JSON.stringify((journal as Json).entries.map((entry: Json) => [entry.path, entry.query, entry.body]));
}
