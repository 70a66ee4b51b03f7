import { expect, test } from 'vitest';
import { z } from 'zod';
import { sayIssue, type RequestPart } from '../../server/api/say-issue.ts';
import { RefusedRequest, refusingValidator } from '../../server/api/refused-request.ts';
import { connectAccountRequest, designSchema, updateFlowRequest } from '../../shared/contract/api.ts';

function said(schema: z.ZodType, value: unknown, part: RequestPart = 'body'): { en: string; de: string } {
  const { error } = schema.safeParse(value, { reportInput: true });
  const all = (language: 'en' | 'de') =>
    (error?.issues ?? []).map((issue) => sayIssue(issue, part, language)).join(' ');
  return { en: all('en'), de: all('de') };
}
const field = (type: z.ZodType) => z.object({ f: type });

test.each<[string, z.ZodType, unknown, string, string]>([
  ['what is missing', z.string(), undefined, '“f” is missing; it must be text.', '„f“ fehlt; es muss Text sein.'],
  ['a type', z.int(), 'x', '“f” must be a number.', '„f“ muss eine Zahl sein.'],
  ['a fraction', z.int(), 1.5, '“f” must be a whole number.', '„f“ muss eine ganze Zahl sein.'],
  ['no number', z.number(), NaN, '“f” must be a number.', '„f“ muss eine Zahl sein.'],
  ['a choice', z.enum(['on', 'off']), 'x', '“f” must be “on” or “off”.', '„f“ muss „on“ oder „off“ sein.'],
  ['one value', z.literal(1), 2, '“f” must be 1.', '„f“ muss 1 sein.'],
  ['an empty text', z.string().min(1), '', '“f” must not be empty.', '„f“ darf nicht leer sein.'],
  [
    'a short text',
    z.string().min(3),
    'x',
    '“f” must have at least 3 characters.',
    '„f“ muss mindestens 3 Zeichen haben.',
  ],
  ['a long text', z.string().max(1), 'xx', '“f” must have at most 1 character.', '„f“ darf höchstens 1 Zeichen haben.'],
  ['a length', z.string().length(2), 'x', '“f” must have exactly 2 characters.', '„f“ muss genau 2 Zeichen haben.'],
  [
    'a short list',
    z.array(z.any()).min(2),
    [1],
    '“f” must have at least 2 entries.',
    '„f“ muss mindestens 2 Einträge haben.',
  ],
  [
    'a long list',
    z.array(z.any()).max(1),
    [1, 2],
    '“f” must have at most 1 entry.',
    '„f“ darf höchstens 1 Eintrag haben.',
  ],
  ['a small number', z.number().min(5), 4, '“f” must be at least 5.', '„f“ muss mindestens 5 sein.'],
  ['a large number', z.number().max(5), 6, '“f” must be at most 5.', '„f“ darf höchstens 5 sein.'],
  [
    'a bound',
    z.number().gt(5).lt(5),
    5,
    '“f” must be more than 5. “f” must be less than 5.',
    '„f“ muss mehr als 5 sein. „f“ muss weniger als 5 sein.',
  ],
  [
    'an early time',
    z.date().min(new Date(0)),
    new Date(-1),
    '“f” must be at least 1970-01-01T00:00:00.000Z.',
    '„f“ muss mindestens 1970-01-01T00:00:00.000Z sein.',
  ],
  ['a multiple', z.number().multipleOf(5), 7, '“f” must be a multiple of 5.', '„f“ muss ein Vielfaches von 5 sein.'],
  [
    'an address',
    z.url(),
    'x',
    '“f” must be an address such as https://example.com.',
    '„f“ muss eine Adresse wie https://example.com sein.',
  ],
  ['a beginning', z.string().startsWith('q'), 'x', '“f” must contain “q”.', '„f“ muss „q“ enthalten.'],
  ['an unknown format', z.ipv4(), 'x', '“f” must have the form ipv4.', '„f“ muss die Form ipv4 haben.'],
  [
    'unknown fields',
    z.strictObject({}),
    { x: 1, y: 2 },
    '“f” does not know these fields: “x” and “y”.',
    '„f“ kennt diese Felder nicht: „x“ und „y“.',
  ],
  [
    'a name',
    z.record(z.string().regex(/^a/), z.number()),
    { b: 1 },
    '“f.b” is not a name that is allowed here.',
    '„f.b“ ist kein hier erlaubter Name.',
  ],
  [
    'an entry of a map',
    z.map(z.any(), z.number()),
    new Map([[{}, 'x']]),
    '“f” has an entry that is not allowed here.',
    '„f“ hat einen Eintrag, der hier nicht erlaubt ist.',
  ],
  [
    'two types',
    z.union([z.string(), z.number()]),
    true,
    '“f” must be text or a number.',
    '„f“ muss Text oder eine Zahl sein.',
  ],
  [
    'a union of which one is meant',
    z.union([z.string(), z.object({ a: z.string() })]),
    {},
    '“f.a” is missing; it must be text.',
    '„f.a“ fehlt; es muss Text sein.',
  ],
  [
    'a union of which none is',
    z.union([z.literal('a'), z.number()]),
    'x',
    '“f” has none of the forms that are allowed here.',
    '„f“ hat keine der hier erlaubten Formen.',
  ],
  [
    'a kind',
    z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
    { k: 'c' },
    '“f.k” must be “a” or “b”.',
    '„f.k“ muss „a“ oder „b“ sein.',
  ],
  ['a rule of ours', z.any().refine(() => false), 1, '“f” is not allowed as it is.', '„f“ ist so nicht erlaubt.'],
])('%s: one sentence that names the field and what is expected, in both languages', (_what, type, value, en, de) => {
  expect(said(field(type), value === undefined ? {} : { f: value })).toEqual({ en, de });
});

test('every code of zod is said in words', () => {
  // Those of zod 4.6; a new one fails the type check of the switch.
  const codes = [
    'invalid_type',
    'too_big',
    'too_small',
    'invalid_format',
    'not_multiple_of',
    'unrecognized_keys',
    'invalid_union',
    'invalid_key',
    'invalid_element',
    'invalid_value',
    'custom',
  ] satisfies z.core.$ZodIssue['code'][];
  for (const code of codes) {
    const bare = {
      code,
      path: ['f'],
      message: 'Invalid input',
      errors: [],
      keys: [],
      values: [],
      origin: 'number',
      minimum: 1,
      maximum: 1,
      divisor: 1,
      expected: 'string',
      format: 'email',
      issues: [],
      input: 1,
    };
    for (const language of ['en', 'de'] as const) {
      const sentence = sayIssue(bare as unknown as z.core.$ZodIssue, 'body', language);
      expect(sentence).toMatch(/^[“„]f.+\.$/);
      expect(sentence).not.toMatch(/Invalid|undefined|null/);
    }
  }
});

test('a field of the address and the body itself are named as what they are', () => {
  const id = z.object({ flowId: z.string().regex(/^flw_[0-9a-z]{20}$/) });
  expect(said(id, { flowId: 'nope' }, 'params')).toEqual({
    en: '“flowId” in the address must be an id: flw_ and 20 small letters or digits.',
    de: '„flowId“ in der Adresse muss eine Kennung: flw_ und 20 Kleinbuchstaben oder Ziffern sein.',
  });
  expect(said(id, undefined)).toEqual({
    en: 'The body of the request is missing; it must be a JSON object.',
    de: 'Der Body der Anfrage fehlt; er muss ein JSON-Objekt sein.',
  });
  expect(said(id, []).de).toBe('Der Body der Anfrage muss ein JSON-Objekt sein.');
});

test('values are never repeated, and what was sent as a name is cut', () => {
  const secret = {
    idempotencyKey: 'Planted secret',
    appId: 'Planted secret',
    accessToken: 'Planted',
    appSecret: 'Planted',
  };
  expect(JSON.stringify(said(connectAccountRequest, secret))).not.toContain('Planted');
  const long = said(z.strictObject({}), { ['x'.repeat(5_000)]: 1 });
  expect(long.en.length).toBeLessThan(300);
});

test('of many faults the first five are said, with how many there are besides', () => {
  const check = refusingValidator({ schema: updateFlowRequest, method: '', url: '' });
  const { error } = check({ design: { appointment: {} }, mapping: {} }) as { error: RefusedRequest };
  expect(error).toBeInstanceOf(RefusedRequest);
  expect(error.messageIn('en').match(/is missing/g)).toHaveLength(5);
  expect(error.messageIn('en')).toMatch(/ And \d+ more\.$/);
  expect(error.messageIn('de')).toMatch(/ Dazu kommen \d+ weitere Fehler\.$/);
});

test('a time zone is expected by an example', () => {
  const appointment = {
    link: 'a',
    name: 'n',
    minutes: 30,
    timeZone: 'Mars',
    zone: 'account',
    label: 'l',
    wishLabel: 'w',
    noTimes: 'n',
  };
  expect(said(designSchema, { appointment })).toEqual({
    en: '“appointment.timeZone” must be a time zone such as Europe/Berlin.',
    de: '„appointment.timeZone“ muss eine Zeitzone wie Europe/Berlin sein.',
  });
});
