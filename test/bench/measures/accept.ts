import { seedExchanges } from '../support/exchanges.ts';
import { ms, percentile, perSecond, type Measure, type Row } from '../support/measure.ts';
import { startDatabase, startServer } from '../support/start-server.ts';

const CONNECTIONS = [1, 16, 128];
const SECONDS = 3;
/** Half of what was the best of a second is held for this long: a checkpoint or a slow disk must have had its chance. */
const HALF_SECONDS = 6;

/**
 * Submissions accepted by one server process through its endpoint: the last screen, which waits for the durable commit of the
 * submission, its deliveries and their wake-ups. Nobody delivers meanwhile.
 */
export const accept: Measure = {
  name: 'accept',
  deadlineMs: 120_000,
  async run({ say }) {
    const database = await startDatabase();
    const server = await startServer(database);
    const exchanges = await seedExchanges(database, { lastScreens: 16_000 });
    try {
      const load = await exchanges.lastScreen(server.url);
      const rows: Row[] = [];
      let from = 0;
      let best = 0;
      const put = async (connections: number, seconds: number, rate: number | null) => {
        const before = { server: (await server.figures()).cpuMs, postgres: await database.cpuMs() };
        const result = await load.put({ connections, durationMs: seconds * 1_000, rate, repeat: false, from });
        from += result.sent;
        const after = await server.figures();
        const each = (fromMs: number, toMs: number): string =>
          `${Math.round(((toMs - fromMs) * 1_000) / result.sent)} µs`;
        const cost = `server ${each(before.server, after.cpuMs)}, PostgreSQL ${each(before.postgres, await database.cpuMs())} of processor each`;
        const p99 = percentile(result.latenciesMs, 0.99);
        const times = `p50 ${ms(percentile(result.latenciesMs, 0.5))}, p99 ${ms(p99)}`;
        return { sent: result.sent, rate: (result.sent * 1_000) / result.elapsedMs, p99, note: `${times}, ${cost}` };
      };
      await put(16, 1, null);
      await database.analyze();
      for (const connections of CONNECTIONS) {
        say(`${connections} connections`);
        const { rate, note } = await put(connections, SECONDS, null);
        best = Math.max(best, rate);
        const what = `submissions accepted, ${connections} connection${connections === 1 ? '' : 's'}`;
        rows.push({ what, budget: '', measured: perSecond(rate), limit: '', met: null, note });
      }
      const half = await put(64, HALF_SECONDS, best / 2);
      rows.push({
        what: `accepted, p99 at half of its maximum (${perSecond(best / 2)})`,
        budget: '≤ 50 ms',
        measured: ms(half.p99),
        limit: `${half.sent} sent`,
        met: half.p99 <= 50,
        note: half.note,
      });
      return rows;
    } finally {
      await exchanges.close();
      await server.close();
      await database.close();
    }
  },
};
