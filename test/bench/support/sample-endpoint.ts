import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  privateDecrypt,
  timingSafeEqual,
} from 'node:crypto';
import { createServer } from 'node:http';
import { z } from 'zod';

/**
 * What the product is compared with: an endpoint as vendors' samples show it, and nothing else. A handler on the event loop; the PEM with
 * its passphrase parsed for each request; `privateDecrypt`; AES-GCM there and back; a constant next screen; no session, no checks. A
 * process of its own: started with the settings as JSON, says its port.
 */
const settings = z.object({ pem: z.string(), passphrase: z.string(), appSecret: z.string() });
const { pem, passphrase, appSecret } = settings.parse(JSON.parse(String(process.argv[2])));
const payloadSchema = z.looseObject({ action: z.string() });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const raw = Buffer.concat(chunks);
    const given = Buffer.from(String(request.headers['x-hub-signature-256']).replace('sha256=', ''), 'hex');
    const expected = createHmac('sha256', appSecret).update(raw).digest();
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return void response.writeHead(432).end();
    const { aesKey, iv, action } = open(JSON.parse(raw.toString('utf8')) as Record<string, string>);
    const reply = action === 'ping' ? { data: { status: 'active' } } : { screen: 'NEXT', data: { title: 'Next' } };
    response.writeHead(200, { 'content-type': 'text/plain' }).end(seal(reply, aesKey, iv));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
process.on('disconnect', () => process.exit(0));

function open(body: Record<string, string>): { aesKey: Buffer; iv: Buffer; action: string } {
  const aesKey = privateDecrypt(
    { key: createPrivateKey({ key: pem, passphrase }), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(body.encrypted_aes_key ?? '', 'base64'),
  );
  const data = Buffer.from(body.encrypted_flow_data ?? '', 'base64');
  const iv = Buffer.from(body.initial_vector ?? '', 'base64');
  const decipher = createDecipheriv('aes-128-gcm', aesKey, iv);
  decipher.setAuthTag(data.subarray(-16));
  const text = Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()]).toString('utf8');
  return { aesKey, iv, action: payloadSchema.parse(JSON.parse(text)).action };
}

function seal(reply: object, aesKey: Buffer, iv: Buffer): string {
  const cipher = createCipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => ~byte)));
  return Buffer.concat([cipher.update(JSON.stringify(reply), 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}
