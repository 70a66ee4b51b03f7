import { z } from 'zod';
import { until } from '../../support/until.ts';
import { HUBSPOT_FORM } from '../support/hubspot-form.ts';
import { percentile, type Measure } from '../support/measure.ts';
import { acceptFrom, seedConnected, whyStopped } from '../support/seed-accounts.ts';
import { startHubSpot } from '../support/start-hubspot.ts';
import { startDatabase, startServer } from '../support/start-server.ts';

const PORTAL = 7_001;
const SUBMISSIONS = 1_000;
const BUDGET_S = 180;

const progressRow = z.object({ done: z.coerce.number(), left: z.coerce.number(), stopped: z.coerce.number() });
const timeRow = z.object({ destination: z.string(), seconds: z.array(z.coerce.number()) });

/** 1,000 submissions at once into one account, HubSpot's limits on: waits for real for what the form host lets through. */
export const burst: Measure = {
  name: 'burst',
  deadlineMs: 360_000,
  async run({ say }) {
    const database = await startDatabase();
    const account = { portalId: PORTAL, contacts: SUBMISSIONS };
    const hubspot = await startHubSpot([account], HUBSPOT_FORM);
    const servers = [await startServer(database, { background: true, hubspot: hubspot.config })];
    servers.push(await startServer(database, { background: true, hubspot: hubspot.config }));
    try {
      const [connected] = await seedConnected(database, hubspot, [account]);
      if (!connected) throw new Error('No account');
      const started = performance.now();
      await acceptFrom(database, connected, { from: 0, to: SUBMISSIONS });
      const acceptedS = (performance.now() - started) / 1_000;
      let said = 0;
      await until(async () => {
        const [row] = await database.rows(`
          select count(*) filter (where state = 'delivered') as done, count(*) filter (where state in ('waiting', 'delivering')) as left,
                 count(*) filter (where state not in ('waiting', 'delivering', 'delivered')) as stopped from deliveries`);
        const { done, left, stopped } = progressRow.parse(row);
        if (stopped > 0) throw new Error(`${stopped} deliveries stopped: ${await whyStopped(database)}`);
        if (performance.now() - said > 20_000) {
          said = performance.now();
          say(`${done} delivered`);
        }
        return left === 0;
      }, 300_000);
      const times = z.array(timeRow).parse(
        await database.rows(`
          select d.destination, array_agg(extract(epoch from d.delivered_at - (select min(accepted_at) from submissions))) as seconds
          from deliveries d group by 1 order by 1`),
      );
      const allS = Math.max(...times.flatMap(({ seconds }) => seconds));
      const statuses = await hubspot.statuses();
      const parts = times.map(
        ({ destination, seconds }) =>
          `${destination} p50 ${s(percentile(seconds, 0.5))}, last ${s(Math.max(...seconds))}`,
      );
      return [
        {
          what: `${SUBMISSIONS.toLocaleString('en')} submissions at once into one account, 2 processes`,
          budget: `≤ ${BUDGET_S} s`,
          measured: s(allS),
          limit: '100 form submissions in 10 s, 110 calls in 10 s',
          met: allS <= BUDGET_S,
          note: `accepted within ${s(acceptedS)}; ${parts.join('; ')}`,
        },
        {
          what: 'refused by HubSpot for want of room (429)',
          budget: '0',
          measured: String(statuses['429'] ?? 0),
          limit: JSON.stringify(statuses).replaceAll('"', ''),
          met: !statuses['429'],
        },
      ];
    } finally {
      await Promise.all(servers.map((server) => server.close()));
      hubspot.close();
      await database.close();
    }
  },
};

const s = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
