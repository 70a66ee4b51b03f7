import { z } from 'zod';
import type { HubSpotSeed } from '../../../server/sandbox/hubspot/seed.ts';
import { startHubSpotStandIn } from '../../../server/sandbox/hubspot/start-hubspot-stand-in.ts';
import { obeyOrders } from './obey-orders.ts';

/** HubSpot's stand-in in a process of its own, so that what it costs is not taken for the server's. Started by `start-hubspot.ts`. */
const orders = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), seed: z.custom<HubSpotSeed>() }),
  z.object({ kind: z.literal('cpu') }),
]);

obeyOrders(orders, obey);

async function obey(order: z.output<typeof orders>): Promise<object> {
  if (order.kind === 'cpu') {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1_000 };
  }
  const { apiUrl, formsUrl, seed } = await startHubSpotStandIn({ apiPort: 0, formsPort: 0, databaseFile: ':memory:' });
  seed(order.seed);
  return { apiUrl, formsUrl };
}
