import pino from 'pino';
import { describeError, redact, scrub } from './redact.ts';

export type Log = pino.Logger;

/**
 * Structured logs on standard output; pretty is left to the reader's tools. Errors keep code, message and place, not their cause's
 * data; personal data and secrets are taken out by key, at any depth, and by shape from every text.
 */
export function createLog(options: { level: string; destination?: pino.DestinationStream }): Log {
  const log = pino(
    {
      level: options.level,
      formatters: { log: (line) => withoutSecrets(line) },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          // pino would take an error's own message for the line's.
          const said = first instanceof Error && rest.length === 0 ? [{ err: first }, first.message] : [first, ...rest];
          const clean = said.map((arg) => (typeof arg === 'string' ? scrub(arg) : arg));
          method.apply(this, clean as typeof args);
        },
      },
      serializers: {
        err: describeError,
        // The query of a card's call holds the user's address: the path alone is logged.
        req: (req: { method?: string; url?: string }) => ({ method: req.method, path: req.url?.split('?')[0] }),
      },
    },
    options.destination ?? pino.destination(1),
  );
  // What a child always carries is written out when it is made, past the formatter; children of children inherit this.
  const { child } = log;
  log.child = function redacted(this: Log, bindings, more) {
    return child.call(this, redact(bindings) as pino.Bindings, more) as never;
  };
  return log;
}

/** `err` and `req` are left to their serializers, which see the whole thing. */
function withoutSecrets(line: Record<string, unknown>): Record<string, unknown> {
  const { err, req, res, ...rest } = line;
  return {
    ...(redact(rest) as Record<string, unknown>),
    ...(err === undefined ? {} : { err }),
    ...(req === undefined ? {} : { req }),
    ...(res === undefined ? {} : { res: CENSORED_RESPONSE }),
  };
}

const CENSORED_RESPONSE = '[response]';
