import { setTimeout as sleep } from 'node:timers/promises';
import { benchForm } from '../support/bench-form.ts';
import { encryptRequest } from '../support/encrypt-request.ts';
import { firstScreen } from '../support/exchanges.ts';
import { perSecond, type Measure } from '../support/measure.ts';
import { prepareLoad } from '../support/put-load.ts';
import { makeFlowKey, seedFlow, seedPortal, seedSends } from '../support/seed-portal.ts';
import { startDatabase, startServer } from '../support/start-server.ts';

const PORTALS = 1_000;
const SENDS_EACH = 3;
const KEY_PAIRS = 20;
/** Connections that a bench has for seeding. */
const AT_ONCE = 3;
const BUDGET_MB = 400;
const IDLE_MS = 15_000;

/**
 * A server process with its workers for 1,000 accounts of HubSpot, each with a WhatsApp account, key, flow and people who answer: its memory
 * when all of them have been served, and what it costs while nothing happens.
 */
export const memory: Measure = {
  name: 'memory',
  deadlineMs: 600_000,
  async run({ say }) {
    const database = await startDatabase();
    const server = await startServer(database, { background: true });
    try {
      say('seeding');
      const atRest = (await server.figures()).rssMb;
      const pairs = Array.from({ length: KEY_PAIRS }, makeFlowKey);
      const requests: Buffer[][] = [];
      const seedOne = async (index: number): Promise<Buffer[]> => {
        const portal = await seedPortal(database, 20_001 + index, pairs[index % KEY_PAIRS]);
        const flow = await seedFlow(database, portal, benchForm(20));
        const tokens = await seedSends(database, portal, flow, SENDS_EACH);
        return tokens.map((token) => encryptRequest(server.url, portal, firstScreen(flow, token)));
      };
      for (let index = 0; index < PORTALS; index += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, PORTALS - index) }, (_, at) => seedOne(index + at));
        requests.push(...(await Promise.all(some)));
      }
      await database.analyze();
      const load = await prepareLoad(server.url, requests.flat());
      say('serving');
      const served = await load.put({ connections: 16, durationMs: 60_000, rate: null, repeat: false });
      const again = await load.put({ connections: 16, durationMs: 10_000, rate: null, repeat: true });
      await load.close();
      if (Object.keys({ ...served.statuses, ...again.statuses }).some((status) => status !== '200' && status !== '421'))
        throw new Error(JSON.stringify([served.statuses, again.statuses]));
      const { rssMb, cpuMs } = await server.figures();
      say('idle');
      const before = await database.cpuMs();
      await sleep(IDLE_MS);
      const idle = await server.figures();
      const share = (ms: number): string => `${((ms * 100) / IDLE_MS).toFixed(1)} %`;
      return [
        {
          what: `memory at ${PORTALS.toLocaleString('en')} accounts of HubSpot, all of them served`,
          budget: `≤ ${BUDGET_MB} MB`,
          measured: `${Math.round(rssMb)} MB`,
          limit: `${Math.round(atRest)} MB at rest`,
          met: rssMb <= BUDGET_MB,
          note: `${served.sent.toLocaleString('en')} first exchanges at ${perSecond((served.sent * 1_000) / served.elapsedMs)}, the same again at ${perSecond((again.sent * 1_000) / again.elapsedMs)}`,
        },
        {
          what: 'the same accounts while nothing happens, of one core',
          budget: '',
          measured: share(idle.cpuMs - cpuMs),
          limit: `PostgreSQL ${share((await database.cpuMs()) - before)}, server ${Math.round(idle.rssMb)} MB`,
          met: null,
        },
      ];
    } finally {
      await server.close();
      await database.close();
    }
  },
};
