import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { until } from '../../support/until.ts';
import { HUBSPOT_FORM } from '../support/hubspot-form.ts';
import { perSecond, type Measure, type Row } from '../support/measure.ts';
import {
  acceptFrom,
  DESTINATIONS,
  seedConnected,
  whyStopped,
  type ConnectedAccount,
} from '../support/seed-accounts.ts';
import { startHubSpot, type HubSpotProcess } from '../support/start-hubspot.ts';
import { startDatabase, startServer, type BenchDatabase } from '../support/start-server.ts';

/** So many that no account comes near its limits, which would otherwise be what is measured. */
const ACCOUNTS = 40;
/** HubSpot's form host lets us send 20 at once for one account. */
const EACH = 18;
const DEADLINE_MS = 240_000;
/** Each look counts all deliveries over a connection of its own: more of them would be a load beside the one that is measured. */
const ASK_EVERY_MS = 500;

const doneRow = z.object({
  left: z.coerce.number(),
  stopped: z.coerce.number(),
  seconds: z.coerce.number().nullable(),
});

/** A backlog in many accounts worked off by one server process, then another one by two. HubSpot's stand-in answers at once. */
export const deliver: Measure = {
  name: 'deliver',
  deadlineMs: 600_000,
  async run({ say }) {
    const database = await startDatabase();
    const ids = Array.from({ length: ACCOUNTS * 2 }, (_, index) => ({ portalId: 6_001 + index, contacts: EACH }));
    const hubspot = await startHubSpot(ids, HUBSPOT_FORM);
    try {
      say('seeding');
      const accounts = await seedConnected(database, hubspot, ids);
      const rows: Row[] = [];
      for (const processes of [1, 2]) {
        say(`${processes} process${processes === 1 ? '' : 'es'}`);
        const own = accounts.slice((processes - 1) * ACCOUNTS, processes * ACCOUNTS);
        rows.push(await workOff(database, hubspot, own, processes));
      }
      const statuses = await hubspot.statuses();
      rows.push({
        what: 'refused by HubSpot for want of room (429)',
        budget: '0',
        measured: String(statuses['429'] ?? 0),
        limit: JSON.stringify(statuses).replaceAll('"', ''),
        met: !statuses['429'],
      });
      return rows;
    } finally {
      hubspot.close();
      await database.close();
    }
  },
};

async function workOff(
  database: BenchDatabase,
  hubspot: HubSpotProcess,
  accounts: readonly ConnectedAccount[],
  processes: number,
): Promise<Row> {
  for (const account of accounts) await acceptFrom(database, account, { from: 0, to: EACH });
  await database.analyze();
  const before = { postgres: await database.cpuMs(), hubspot: await hubspot.cpuMs() };
  const servers = await Promise.all(
    Array.from({ length: processes }, () => startServer(database, { background: true, hubspot: hubspot.config })),
  );
  const portals = accounts.map(({ portalId }) => portalId);
  try {
    await until(async () => {
      await sleep(ASK_EVERY_MS);
      return (await progress(database, portals)).left === 0;
    }, DEADLINE_MS);
    const { seconds, stopped } = await progress(database, portals);
    if (stopped > 0) throw new Error(`${stopped} deliveries stopped: ${await whyStopped(database)}`);
    const count = portals.length * EACH * DESTINATIONS.length;
    const figures = await Promise.all(servers.map((server) => server.figures()));
    const cpu = figures.reduce((sum, one) => sum + one.cpuMs, 0);
    const each = (ms: number): string => `${Math.round((ms * 1_000) / count)} µs`;
    const hubspotMs = (await hubspot.cpuMs()) - before.hubspot;
    return {
      what: `deliveries a second, ${processes} process${processes === 1 ? '' : 'es'}`,
      budget: '',
      measured: perSecond(count / (seconds ?? 1)),
      limit: `${count} in ${(seconds ?? 0).toFixed(1)} s`,
      met: null,
      note: `processor each: servers ${each(cpu)} with their start, PostgreSQL ${each((await database.cpuMs()) - before.postgres)}, HubSpot's stand-in ${each(hubspotMs)}`,
    };
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

/** From the first attempt to the last delivery, by the servers' own clocks. */
async function progress(database: BenchDatabase, portals: readonly number[]): Promise<z.output<typeof doneRow>> {
  const [row] = await database.rows(
    `select count(*) filter (where state in ('waiting', 'delivering')) as left,
            count(*) filter (where state not in ('waiting', 'delivering', 'delivered')) as stopped,
            extract(epoch from max(delivered_at) - (select min(started_at) from attempts where portal_id = any ($1))) as seconds
     from deliveries where portal_id = any ($1)`,
    [portals],
  );
  return doneRow.parse(row);
}
