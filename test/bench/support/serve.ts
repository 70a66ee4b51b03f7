import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import { runServer } from '../../../server/run-server.ts';
import { createLog } from '../../../server/observe/log.ts';
import type { Config } from '../../../server/config.ts';
import { obeyOrders } from './obey-orders.ts';

/**
 * The real server as a process of its own. Started by `start-server.ts`, which sends the configuration and asks for figures of
 * this process over IPC: load generator and measuring process must not share its event loop.
 */
const orders = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), config: z.custom<Config>(), masterKey: z.string(), background: z.boolean() }),
  z.object({ kind: z.literal('figures') }),
  z.object({ kind: z.literal('close') }),
]);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let close = async (): Promise<void> => {};

obeyOrders(orders, obey);

async function obey(order: z.output<typeof orders>): Promise<object> {
  switch (order.kind) {
    case 'start': {
      const config = { ...order.config, masterKeys: [{ id: 'k1', key: Buffer.from(order.masterKey, 'base64') }] };
      const server = await runServer(config, {
        background: order.background,
        log: createLog({ level: 'error', destination: { write: (line: string) => void process.stderr.write(line) } }),
      });
      close = server.close;
      return { address: server.address };
    }
    case 'figures': {
      const { user, system } = process.cpuUsage();
      const figures = {
        rssMb: process.memoryUsage().rss / 1_048_576,
        cpuMs: (user + system) / 1_000,
        loopP99Ms: delay.percentile(99) / 1e6,
        loopMaxMs: delay.max / 1e6,
      };
      delay.reset();
      return figures;
    }
    case 'close':
      await close();
      setImmediate(() => process.exit(0));
      return {};
  }
}
