import type { FastifyInstance, FastifyReply } from 'fastify';
import { isId } from '../ids.ts';
import { callerOf, type Limits } from '../limits.ts';
import type { EndpointAccount, EndpointAccounts } from './accounts.ts';
import { decryptRequest, type Decrypted, type DecryptFailure } from './decrypt-request.ts';
import { encryptReply } from './encrypt-reply.ts';
import { exchange, type EndpointServices } from './exchange.ts';
import { hasMetaSignature } from './verify-signature.ts';

/** Answers are text; files travel by the media CDN. Nothing honest comes near this. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * `POST /flow/{account id}`: the encrypted data exchange. The steps in the order a request passes them:
 * account → signature (432) → decrypt (421) → exchange → encrypt. Bodies of refusals are empty: nothing is told to a stranger.
 */
export function flowRoute(
  app: FastifyInstance,
  services: EndpointServices & { accounts: EndpointAccounts; limits?: Limits },
): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, parsed) =>
      parsed(null, body),
    );

    scope.post<{ Params: { accountId: string } }>(
      '/flow/:accountId',
      { schema: { summary: 'Encrypted data exchange of WhatsApp Flows', tags: ['meta'] } },
      async (request, reply) => {
        const { accountId } = request.params;
        const { limits } = services;
        const refuseCounted = (status: number): FastifyReply =>
          refuse(reply, limits === undefined || limits.refusals.take(callerOf(request.ip)) ? status : 429);
        const known = isId('account', accountId) ? await services.accounts.get(accountId) : null;
        if (!known) return refuseCounted(404);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const signature = request.headers['x-hub-signature-256'];
        const signer = await signerOf(services.accounts, known, body, signature);
        if (!signer) return refuseCounted(432);
        if (limits?.account.take(accountId) === false) return refuse(reply, 429);

        const { opened, account } = await openWith(services.accounts, signer, body);
        if (opened === 'malformed' || opened === 'not_a_request') return refuse(reply, 400);
        if (opened === 'cannot_decrypt') return refuse(reply, 421);
        services.accounts.noteUse(account, opened.keyId);

        const { flow_token: token } = opened.request;
        if (token !== '' && limits?.flowToken.take(token.slice(0, 200)) === false) return refuse(reply, 429);

        const answer = await exchange(services, account, opened.request);
        if (answer.kind === 'nothing') return refuse(reply, 500);
        const status = answer.kind === 'token-over' ? 427 : 200;
        return reply
          .code(status)
          .type('text/plain')
          .send(encryptReply(answer.body, opened.aesKey, opened.iv));
      },
    );
    done();
  });
}

/** The account whose secret signed the body: as known, or as a rotation elsewhere has made it. Null for a 432. */
async function signerOf(
  accounts: EndpointAccounts,
  known: EndpointAccount,
  body: Buffer,
  header: string | string[] | undefined,
): Promise<EndpointAccount | null> {
  const signature = typeof header === 'string' ? header : undefined;
  if (hasMetaSignature(body, signature, known.appSecrets)) return known;
  const fresh = await accounts.reload(known);
  return fresh && hasMetaSignature(body, signature, fresh.appSecrets) ? fresh : null;
}

/** Opens the body with the keys as known, then as a rotation elsewhere has made them: a 421 costs the phone its only retry. */
async function openWith(
  accounts: EndpointAccounts,
  known: EndpointAccount,
  body: Buffer,
): Promise<{ opened: Decrypted | DecryptFailure; account: EndpointAccount }> {
  const opened = await decryptRequest(body, known.keys);
  if (opened !== 'cannot_decrypt') return { opened, account: known };
  const fresh = await accounts.reload(known);
  return fresh ? { opened: await decryptRequest(body, fresh.keys), account: fresh } : { opened, account: known };
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).type('text/plain').send('');
}
