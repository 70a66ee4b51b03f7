import { createHmac } from 'node:crypto';

/** What HubSpot decodes in an address before it signs; every other escape stays (hubspot-platform.md section 3.3, point 3). */
const DECODED: ReadonlyMap<string, string> = new Map([
  ['3A', ':'],
  ['2F', '/'],
  ['3F', '?'],
  ['40', '@'],
  ['21', '!'],
  ['24', '$'],
  ['27', "'"],
  ['28', '('],
  ['29', ')'],
  ['2A', '*'],
  ['2C', ','],
  ['3B', ';'],
]);

/** The two headers of HubSpot's version 3 signature over method, decoded address, body and time in milliseconds. */
export function signRequest(
  clientSecret: string,
  request: { method: string; url: string; body: string; timestamp: number },
): Record<string, string> {
  const uri = request.url.replace(
    /%([0-9A-Fa-f]{2})/g,
    (escape, hex: string) => DECODED.get(hex.toUpperCase()) ?? escape,
  );
  const source = [request.method.toUpperCase(), uri, request.body, String(request.timestamp)].join('');
  return {
    'x-hubspot-signature-v3': createHmac('sha256', clientSecret).update(source, 'utf8').digest('base64'),
    'x-hubspot-request-timestamp': String(request.timestamp),
  };
}
