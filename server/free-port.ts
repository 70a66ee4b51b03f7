import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below 32,768, where systems begin to give ports to outgoing connections: one of those could be taken between this look and
 * the listening.
 */
const RANGE = { from: 10_240, to: 32_000 };
const TRIES = 100;

/** A port of this machine's loopback that nobody listens on: `wanted` where it is free, else any. */
export async function freePort(wanted?: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = tries === 0 && wanted !== undefined ? wanted : randomInt(RANGE.from, RANGE.to);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error('There is no free port on this machine');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
