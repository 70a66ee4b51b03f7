import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Config } from '../../server/config.ts';
import { runServer } from '../../server/run-server.ts';

/**
 * A server in a process of its own, to be killed: `node serve.ts FILE`, where the file is a `ServeOrder` as JSON. Says `ready` when
 * it listens, and ends with whoever started it, so that nothing is left behind. A line on its standard input is a number: how far its
 * clock is ahead from now on.
 */
export type ServeOrder = {
  config: Omit<Config, 'masterKeys'> & { masterKeys: { id: string; base64: string }[] };
  /** How far its clock is ahead: what waits for a time need not be waited for. */
  clockOffsetMs: number;
};

const order = JSON.parse(readFileSync(String(process.argv[2]), 'utf8')) as ServeOrder; // written by server-process.ts only
const { masterKeys, ...config } = order.config;
await runServer(
  { ...config, masterKeys: masterKeys.map(({ id, base64 }) => ({ id, key: Buffer.from(base64, 'base64') })) },
  { clock: { now: () => new Date(Date.now() + order.clockOffsetMs) } },
);
createInterface({ input: process.stdin })
  .on('line', (line) => (order.clockOffsetMs = Number(line)))
  .on('close', () => process.exit(0));
process.stdout.write('ready\n');
