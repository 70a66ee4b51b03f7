import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { encryptedLink, type EndpointLink, type RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import { z } from 'zod';
import type { DrillMessage, DrillWorld } from './drill-world.ts';

export type Tally = {
  requests: number;
  /** Answered at the first try. */
  answered: number;
  /** Answered at the one retry that Meta makes after a 421, with the key fetched again. */
  mended: number;
  /** Not answered even so, by what the phone would report. */
  failed: Record<string, number>;
};

export type Phones = {
  tally(): Tally;
  /** Phones that have opened the flow once and keep the key they fetched then. */
  keepers: number;
  /** How many of them have been mended since the last call of `watchKeepers`. */
  mendedKeepers(): number;
  watchKeepers(): void;
  latenciesMs(): number[];
  stop(): Promise<void>;
};

/** Between two requests of one phone: bounds the load on a small machine, and keeps the phones apart. */
const PAUSE_MS = 10;
/** Far more than a drill makes; the figures after it would not change the picture. */
const MAX_LATENCIES = 100_000;

const CANNOT_DECRYPT = 421;
const keySchema = z.object({ publicKeyPem: z.string().nullable() });
const rawReply: z.ZodType<RawReply> = z.union([
  z.object({ status: z.literal(0), clientError: z.enum(['timeout_error', 'no_http_response_error']) }),
  z.object({ status: z.number(), body: z.string() }),
]);

type Phone = { link: EndpointLink; saw421: boolean };

/**
 * Opens the flow again and again on every person's phone, through Meta's relay with its signature: by turns on a phone that keeps
 * the key it fetched first and on one that has just fetched it.
 */
export function startPhones(world: DrillWorld): Phones {
  const tally: Tally = { requests: 0, answered: 0, mended: 0, failed: {} };
  const latencies: number[] = [];
  const mended = new Set<number>();
  let stopped = false;

  const ask = async (phone: Phone, message: DrillMessage): Promise<'answered' | 'mended' | 'failed'> => {
    phone.saw421 = false;
    const startedAt = performance.now();
    const outcome = await phone.link({ version: '3.0', action: 'INIT', flow_token: message.flowToken });
    if (latencies.length < MAX_LATENCIES) latencies.push(performance.now() - startedAt);
    tally.requests += 1;
    if (outcome.kind === 'reply') {
      tally[phone.saw421 ? 'mended' : 'answered'] += 1;
      return phone.saw421 ? 'mended' : 'answered';
    }
    const reason = outcome.kind === 'failed' ? outcome.error : outcome.kind;
    tally.failed[reason] = (tally.failed[reason] ?? 0) + 1;
    return 'failed';
  };

  const useInTurns = async (message: DrillMessage, index: number): Promise<void> => {
    const keeper = phoneOf(world, message);
    while (!stopped) {
      if ((await ask(keeper, message)) === 'mended') mended.add(index);
      await pause(PAUSE_MS);
      await ask(phoneOf(world, message), message);
      await pause(PAUSE_MS);
    }
  };

  const running = Promise.all(world.messages.map(useInTurns));
  running.catch(() => undefined);
  return {
    tally: () => structuredClone(tally),
    keepers: world.messages.length,
    mendedKeepers: () => mended.size,
    watchKeepers: () => mended.clear(),
    latenciesMs: () => [...latencies],
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function phoneOf(world: DrillWorld, message: DrillMessage): Phone {
  const phone: Phone = {
    saw421: false,
    link: encryptedLink({
      publicKey: async () => {
        const answer = await fetch(`${world.controlUrl}/numbers/${world.phoneNumberId}/public-key`);
        return keySchema.parse(await answer.json()).publicKeyPem;
      },
      exchange: async (body) => {
        const answer = await fetch(`${world.controlUrl}/exchange`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ messageId: message.messageId, body }),
        });
        const raw = rawReply.parse(await answer.json());
        if (raw.status === CANNOT_DECRYPT) phone.saw421 = true;
        return raw;
      },
      timer: (delayMs, fire) => {
        const timer = setTimeout(fire, delayMs);
        return () => clearTimeout(timer);
      },
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    }),
  };
  return phone;
}
