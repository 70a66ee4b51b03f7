import type { FastifyInstance } from 'fastify';
import { AppError } from '../app-error.ts';

/** What a client may well try at an address; anything else is answered as an address that does not exist. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * Answers 405 with the methods that an address does take (RFC 9110, section 15.5.6), before a body is read or a signature looked
 * at. To be called on a scope before its routes; what it answers is to be called once all of them stand.
 */
export function refuseOtherMethods(scope: FastifyInstance): () => Promise<void> {
  const taken = new Map<string, string[]>();
  scope.addHook('onRoute', ({ url, method }) => void taken.set(url, [...(taken.get(url) ?? []), ...[method].flat()]));
  return async () => {
    const routes = new Map([...taken].map(([url, methods]) => [url, [...new Set(methods)].toSorted()]));
    await scope.register(async (others) => {
      others.addHook('preParsing', (request, reply, _body, done) => {
        const allowed = routes.get(request.routeOptions.url ?? '') ?? [];
        void reply.header('allow', allowed.join(', '));
        done(methodNotAllowed(request.method, allowed));
      });
      for (const [url, methods] of routes) {
        const method = METHODS.filter((one) => !methods.includes(one));
        // The hook has answered before any handler.
        if (method.length > 0) others.route({ method, url, schema: { hide: true }, handler: () => null });
      }
    });
  };
}

function methodNotAllowed(method: string, allowed: readonly string[]): AppError {
  const listed = (language: string): string => new Intl.ListFormat(language).format(allowed);
  return new AppError('method_not_allowed', {
    status: 405,
    userMessage: {
      en: `This address does not take ${method}; it takes ${listed('en')}.`,
      de: `Diese Adresse nimmt ${method} nicht an, sondern ${listed('de')}.`,
    },
  });
}
