import { createHmac } from 'node:crypto';

/** `X-Hub-Signature-256` over exactly these bytes with the app's secret (whatsapp-flows.md sections 6.1 and 10). */
export function signBody(body: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(Buffer.from(body, 'utf8')).digest('hex')}`;
}

/**
 * JSON as Meta puts it on the wire: everything beyond ASCII as \\uXXXX in lower case and slashes escaped. A receiver that
 * parses and serialises again before it checks the signature fails here as it would in production.
 */
export function toWireJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
