import type { FastifyInstance, FastifyReply } from 'fastify';
import { isId } from '../ids.ts';
import type { EndpointAccounts } from './accounts.ts';
import { decryptRequest } from './decrypt-request.ts';
import { encryptReply } from './encrypt-reply.ts';
import { exchange, type EndpointServices } from './exchange.ts';
import { hasMetaSignature } from './verify-signature.ts';

/** Answers are text; files travel by the media CDN. Nothing honest comes near this. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * `POST /flow/{account id}`: the encrypted data exchange. The steps in the order a request passes them:
 * account → signature (432) → decrypt (421) → exchange → encrypt. Bodies of refusals are empty: nothing is told to a stranger.
 */
export function flowRoute(app: FastifyInstance, services: EndpointServices & { accounts: EndpointAccounts }): void {
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
        const account = isId('account', accountId) ? await services.accounts.get(accountId) : null;
        if (!account) return refuse(reply, 404);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const signature = request.headers['x-hub-signature-256'];
        if (!hasMetaSignature(body, typeof signature === 'string' ? signature : undefined, account.appSecrets))
          return refuse(reply, 432);

        const opened = await decryptRequest(body, account.keys);
        if (opened === 'malformed') return refuse(reply, 400);
        if (opened === 'cannot_decrypt') return refuse(reply, 421);
        if (opened === 'not_a_request') return refuse(reply, 500);

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

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).type('text/plain').send('');
}
