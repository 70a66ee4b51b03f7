import { fork } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';

/** The endpoint of a vendor's sample in a process of its own, with its key as the samples keep it: PKCS#1 PEM under a passphrase. */
export async function startSample(o: { privateKeyDer: Buffer; appSecret: string }) {
  const passphrase = randomBytes(12).toString('base64url');
  const pem = createPrivateKey({ key: o.privateKeyDer, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs1',
    format: 'pem',
    cipher: 'des-ede3-cbc',
    passphrase,
  });
  const settings = JSON.stringify({ pem, passphrase, appSecret: o.appSecret });
  const child = fork(path.join(import.meta.dirname, 'sample-endpoint.ts'), [settings]);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(z.object({ port: z.number() }).parse(message).port));
    child.once('exit', (code) => reject(new Error(`The sample ended with ${code}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    close: (): void => void child.disconnect(),
  };
}
