import { randomBytes } from 'node:crypto';

/** Every id says what it is. The prefix never changes once released. */
export const ID_PREFIXES = {
  account: 'wac',
  form: 'frm',
  flow: 'flw',
  version: 'ver',
  template: 'tpl',
  person: 'psn',
  send: 'snd',
  session: 'ses',
  submission: 'sub',
  delivery: 'dlv',
  attempt: 'att',
  key: 'key',
  inbox: 'inb',
  webhook: 'whk',
  webhookTest: 'wht',
  code: 'cod',
  flowEvent: 'fev',
  alert: 'alr',
  notice: 'ntc',
  identityService: 'ids',
  identityCheck: 'idc',
  timeOffer: 'tof',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id such as `snd_3f…`: 100 random bits in Crockford's base 32, so it cannot be guessed. */
export function newId(kind: IdKind): string {
  const bytes = randomBytes(20);
  let text = '';
  for (const byte of bytes) text += ALPHABET[byte & 31];
  return `${ID_PREFIXES[kind]}_${text}`;
}

/** True for a well-formed id of that kind; says nothing about whether it exists. */
export function isId(kind: IdKind, value: unknown): value is string {
  return typeof value === 'string' && new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{20}$`).test(value);
}
