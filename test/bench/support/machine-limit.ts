import { execFile } from 'node:child_process';
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { importRsaKey } from '../../../server/endpoint/rsa-keys.ts';

const run = promisify(execFile);

/** One core's RSA-2048 private-key operations a second by `openssl speed`, or null where there is no openssl. */
export async function opensslRate(): Promise<number | null> {
  try {
    const { stdout } = await run('openssl', ['speed', '-seconds', '2', '-mr', 'rsa2048'], { timeout: 30_000 });
    // "+F2:<index>:<bits>:<seconds per private operation>:<seconds per public operation>"
    const each = Number(/^\+F2:\d+:2048:([\d.e-]+):/m.exec(stdout)?.[1]);
    return each > 0 ? (each < 1 ? 1 / each : each) : null;
  } catch {
    return null;
  }
}

/** What the server's own cached keys do in a bare loop, `inFlight` operations at a time. */
export async function cachedKeyRate(privateKeyDer: Buffer, publicKeyPem: string, inFlight: number): Promise<number> {
  const key = await importRsaKey('bench', privateKeyDer);
  const ciphertext = publicEncrypt(
    { key: publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    randomBytes(16),
  );
  const started = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - started < 2_000) {
        await key.decrypt(ciphertext);
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - started);
}
