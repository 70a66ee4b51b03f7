import { expect, test } from 'vitest';
import { AppError } from '../../server/app-error.ts';
import { createLog } from '../../server/observe/log.ts';

/** Values that must not stand in any line, each in a shape in which it really comes. */
const PLANTED = {
  email: 'canarina.plantowska@atelier-dubois.test',
  phone: '+4915799912345',
  spacedPhone: '+49 157 999 12345',
  waId: '4915799912345',
  flowToken: 'fl1.k1.2g8va9.snd_vfmsnxheacj46bt7yyfx.tpfjmf.DwObJNMByrv5NVtUXPw_g8u4mP6RNz4d',
  metaToken: `EAAG${'x7'.repeat(20)}`,
  hubspotToken: 'pat-eu1-0123456789abcdef-0123456789abcdef',
  bearer: 'Bearer CLvKx1234567890',
  hex: 'a1b2c3d4'.repeat(4),
  webhookSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  databaseUrl: 'postgres://flowella_app:planted-pass-Qx@db.internal/flowella',
  pem: '-----BEGIN PRIVATE KEY-----\nMIIEvplantedkey\n-----END PRIVATE KEY-----',
} as const;

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let out = '';
  write(createLog({ level: 'trace', destination: { write: (line: string) => void (out += line) } }));
  return out;
}
const SECRETS = [
  // Of the database's address the password alone is secret, and of a bearer token what stands behind the word.
  ...Object.entries(PLANTED).flatMap(([what, value]) => (what === 'databaseUrl' || what === 'bearer' ? [] : [value])),
  'planted-pass-Qx',
  'MIIEvplantedkey',
  'CLvKx1234567890',
];
function expectClean(out: string): void {
  expect(out.length).toBeGreaterThan(20);
  for (const secret of SECRETS) expect(out).not.toContain(secret);
}

test.each(Object.entries(PLANTED))('%s is taken out of messages, errors, nested values and lists', (_what, value) => {
  const places = [
    logged((log) => log.warn(`it was ${value} that came`)),
    logged((log) => log.error({ err: new Error(`invalid input: "${value}"`) }, 'failed')),
    logged((log) => log.error({ err: new AppError('x', { message: value, context: { value } }) }, 'failed')),
    logged((log) => log.info({ a: { b: { c: { d: { e: value } } } } }, 'deep')),
    logged((log) => log.info({ list: ['x', value, { inner: value }] }, 'list')),
    logged((log) => log.info({ problem: new Error(value) }, 'an error under another name')),
    logged((log) => log.error(new Error(value))),
    logged((log) => log.child({ about: value }).info('child')),
  ];
  for (const out of places) expectClean(out);
});

test.each(['name', 'token', 'Authorization', 'answers', 'body', 'set-cookie', 'password'])(
  'whatever stands under %s is taken out, at any depth',
  (key) => {
    const out = logged((log) => log.info({ a: [{ b: { [key]: 'Plain-words-Qx' } }], [key]: 'Plain-words-Qx' }, 'x'));
    expect(out).not.toContain('Plain-words-Qx');
  },
);

test('what an operator needs stays: ids, codes, times, places in the source', () => {
  const at = new Date('2026-11-23T10:00:00Z');
  const err = Object.assign(new Error('duplicate key'), { code: '23505' });
  const out = logged((log) =>
    log.warn({ err, portalId: 146425101, sendId: 'snd_vfmsnxheacj46bt7yyfx', at, day: '2026-11-23' }, 'a send failed'),
  );
  const line = JSON.parse(out) as { err: { stack: string; code: string }; portalId: number };
  expect(line).toMatchObject({
    portalId: 146425101,
    sendId: 'snd_vfmsnxheacj46bt7yyfx',
    day: '2026-11-23',
    at: '2026-11-23T10:00:00.000Z',
    msg: 'a send failed',
  });
  expect(line.err).toMatchObject({ code: '23505', message: 'duplicate key' });
  expect(line.err.stack).toMatch(/log\.test\.ts:\d+:\d+/);
});

test('the correlation id of a call to HubSpot stays whole; numbers beside it, in it and like it do not', () => {
  const id = '8eaf6f0e-1234-4123-9012-345678901234';
  const kept = logged((log) => log.warn({ correlationId: id, err: new Error(`HubSpot answered 400 (${id})`) }, id));
  expect(kept.split(id)).toHaveLength(5);
  for (const beside of [
    `${id} +49 157 999 12345`,
    `+49 157 999 12345 ${id}`,
    `+4915799912345-${id}`,
    `${id}-4915799912345`,
    `${id}4915799912345`,
    `${id}@atelier-dubois.test 4915799912345`,
    // Digits alone may be a number that somebody cut into pieces.
    '49157999-1234-4123-9012-345678901234',
    '49157999-12345',
  ]) {
    const out = logged((log) => log.warn(beside));
    expect(out, beside).not.toMatch(/15799912345|157 999 12345|49157999|atelier/);
  }
});

test('a line break or a forged line in a value stays inside its own line', () => {
  const out = logged((log) => log.info({ screen: 'A"}\n{"level":60,"msg":"forged"' }, 'x\n{"level":60}'));
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(out)).toMatchObject({ level: 30 });
});

test('a huge or circular value does not break the log', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(() => logged((log) => log.info({ circle, list: Array(10_000).fill('x') }, 'x'))).not.toThrow();
  const started = performance.now();
  logged((log) =>
    log.info({ text: `https://x?${'1'.repeat(200_000)}`, more: '+'.repeat(100_000), at: 'a@'.repeat(50_000) }, 'x'),
  );
  expect(performance.now() - started).toBeLessThan(5_000);
});
