import { ms, type Measure } from '../support/measure.ts';
import { startDatabase, startServer } from '../support/start-server.ts';

/** A server process with its database ready: from spawning it to the first answer, and what it takes of memory. */
export const start: Measure = {
  name: 'start',
  deadlineMs: 60_000,
  async run() {
    const database = await startDatabase();
    try {
      const at = performance.now();
      const server = await startServer(database);
      const ready = await fetch(`${server.url}/readyz`);
      const took = performance.now() - at;
      const { rssMb } = await server.figures();
      await server.close();
      if (!ready.ok) throw new Error(`/readyz answered ${ready.status}`);
      return [
        {
          what: 'start of the server, database ready',
          budget: '≤ 2 s',
          measured: ms(took),
          limit: `${rssMb.toFixed(0)} MB at rest`,
          met: took <= 2_000,
        },
      ];
    } finally {
      await database.close();
    }
  },
};
