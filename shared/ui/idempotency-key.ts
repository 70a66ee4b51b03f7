const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** 24 of 64 letters are 144 bits; the contract takes 16 to 64 letters. */
const LENGTH = 24;

/**
 * A key that tells one intent of a person from every other, for the server to act on it once. HubSpot's worker does not
 * promise `crypto`: without it the key is made of the time and `Math.random`, which is enough for telling apart (it guards
 * nothing).
 */
export function newIdempotencyKey(): string {
  return [...randomBytes()].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  if (typeof crypto !== 'undefined' && typeof crypto.getRandomValues === 'function')
    return crypto.getRandomValues(bytes);
  const time = Date.now();
  return bytes.map(
    (_, index) => (Math.floor(Math.random() * 256) + (index < 6 ? Math.floor(time / 256 ** index) : 0)) % 256,
  );
}
