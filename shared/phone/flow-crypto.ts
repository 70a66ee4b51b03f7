/**
 * The phone's side of the encrypted data exchange (Meta, "Implementing Endpoint for Flows", *Request decryption and
 * encryption*). WebCrypto only, so that the same bytes come from a browser and from Node. The server's cryptography is
 * written apart from this one on purpose.
 */

/** The three texts that travel to the endpoint, each standard base64. */
export type EncryptedExchange = { encrypted_flow_data: string; encrypted_aes_key: string; initial_vector: string };

/** A locked request and the only key that opens its reply. */
export type LockedRequest = { body: EncryptedExchange; openReply(base64: string): Promise<unknown> };

export type RandomBytes = (length: number) => Uint8Array<ArrayBuffer>;

const AES_KEY_BYTES = 16;
const IV_BYTES = 16;
const TAG_BITS = 128;

/** Imports the business public key (PEM, SPKI) as registered on the phone number. */
export async function readPublicKey(pem: string): Promise<CryptoKey> {
  const base64 = pem.replace(/-----(BEGIN|END) PUBLIC KEY-----/g, '').replace(/\s+/g, '');
  return crypto.subtle.importKey('spki', fromBase64(base64), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt']);
}

/**
 * Locks one request: a fresh AES-128 key wrapped by RSA-OAEP (SHA-256 for hash and MGF1), AES-GCM with a 16-byte IV and
 * the tag behind the ciphertext. The reply is opened with the same key and the IV with every bit inverted; it rejects
 * when the reply is not base64, does not decrypt or is not JSON.
 */
export async function lockRequest(
  request: unknown,
  publicKey: CryptoKey,
  randomBytes: RandomBytes,
): Promise<LockedRequest> {
  const rawKey = randomBytes(AES_KEY_BYTES);
  const iv = randomBytes(IV_BYTES);
  const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const plain = new TextEncoder().encode(JSON.stringify(request));
  const [data, wrapped] = await Promise.all([
    crypto.subtle.encrypt({ name: 'AES-GCM', iv, tagLength: TAG_BITS }, key, plain),
    crypto.subtle.encrypt({ name: 'RSA-OAEP' }, publicKey, rawKey),
  ]);
  const body = {
    encrypted_flow_data: toBase64(new Uint8Array(data)),
    encrypted_aes_key: toBase64(new Uint8Array(wrapped)),
    initial_vector: toBase64(iv),
  };
  return { body, openReply: (base64) => openReply(base64, key, iv) };
}

async function openReply(base64: string, key: CryptoKey, iv: Uint8Array<ArrayBuffer>): Promise<unknown> {
  // Meta's clients want plain base64 text: a quoted JSON string is refused there, so it is refused here.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('Response body is not Base64 encoded');
  const inverted = iv.map((byte) => byte ^ 0xff);
  const algorithm = { name: 'AES-GCM', iv: inverted, tagLength: TAG_BITS };
  const plain = await crypto.subtle.decrypt(algorithm, key, fromBase64(base64));
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)) as unknown;
}

/** Standard base64 of any length of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // String.fromCharCode takes its bytes as arguments: 32 kB at a time stays below every engine's limit.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** The bytes of a standard base64 text. Throws when it is none. */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
