import { createPublicKey } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { identify, requireScope } from '../graph/access.ts';
import { readBody, readQuery } from '../graph/graph-request.ts';
import { invalidParameter } from '../graph-error.ts';
import type { World } from '../world.ts';
import { numberFor } from './accounts.ts';

/** The Flows key of a number (whatsapp-flows.md section 7): a form field with a PEM; one key, the last one stands. */
export function addEncryptionRoutes(app: FastifyInstance, world: World): void {
  const config = { graphRoute: '/{Version}/{Phone-Number-ID}/whatsapp_business_encryption' };
  type Params = { Params: { id: string } };
  app.post<Params>('/:id/whatsapp_business_encryption', { config }, async (request) => {
    const caller = identify(world, request);
    requireScope(caller, 'whatsapp_business_messaging');
    const { number } = numberFor(world.store, caller, 'POST', request.params.id);
    readQuery(request, {});
    const body = readBody(
      request.graphBody,
      ['form', 'multipart'],
      z.strictObject({ business_public_key: z.string().min(1) }),
    );
    const pem = checkPublicKey(body.business_public_key);
    world.store.run(`update numbers set public_key = ?, key_status = 'VALID' where id = ?`, pem, number.id);
    return { success: true };
  });
  app.get<Params>('/:id/whatsapp_business_encryption', { config }, async (request) => {
    const caller = identify(world, request);
    requireScope(caller, 'whatsapp_business_messaging');
    const { number } = numberFor(world.store, caller, 'GET', request.params.id);
    readQuery(request, { fields: z.string().optional() });
    if (number.public_key === null) return { data: [] };
    return {
      data: [
        {
          business_public_key: number.public_key,
          business_public_key_signature_status: number.key_status ?? 'MISMATCH',
        },
      ],
    };
  });
}

function checkPublicKey(pem: string): string {
  const refusal = invalidParameter('business_public_key must be a 2048-bit RSA public key in PEM format (SPKI)');
  // A private key would parse as well: only what says so is a public one.
  if (!/^-----BEGIN PUBLIC KEY-----\r?\n[\s\S]+-----END PUBLIC KEY-----\s*$/.test(pem.trim())) throw refusal;
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 2_048) throw refusal;
    return key.export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    throw refusal;
  }
}
