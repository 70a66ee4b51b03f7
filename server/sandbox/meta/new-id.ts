import { randomBytes, randomInt } from 'node:crypto';

/** A Graph object id: sixteen digits that a JSON number holds exactly, since some webhooks carry it as one. */
export function newGraphId(): string {
  return `${randomInt(1, 9)}${String(randomInt(0, 10 ** 9)).padStart(9, '0')}${String(randomInt(0, 10 ** 6)).padStart(6, '0')}`;
}

/** A message id as WhatsApp writes it; opaque to everyone, and safe in a path. */
export function newMessageId(): string {
  return `wamid.HBgL${randomBytes(30).toString('base64').replace(/[+/]/g, 'A')}`;
}
