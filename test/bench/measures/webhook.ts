import type { Measure } from '../support/measure.ts';
import { ms, percentile, perSecond } from '../support/measure.ts';
import { signature } from '../support/encrypt-request.ts';
import { httpPost, prepareLoad } from '../support/put-load.ts';
import { seedPortal } from '../support/seed-portal.ts';
import { startDatabase, startServer } from '../support/start-server.ts';

const RATE = 500;
const SECONDS = 6;

/** Meta's statuses at 500 a second: each signed, sealed and stored before it is answered. */
export const webhook: Measure = {
  name: 'webhook',
  deadlineMs: 60_000,
  async run() {
    const database = await startDatabase();
    const server = await startServer(database);
    try {
      const portal = await seedPortal(database, 5_001);
      const requests = Array.from({ length: RATE * (SECONDS + 4) * 2 }, (_, index) => {
        const body = Buffer.from(JSON.stringify(statusWebhook(portal.wabaId, index)));
        return httpPost(`${server.url}/webhooks/whatsapp/${portal.accountId}`, signature(portal.appSecret, body), body);
      });
      const load = await prepareLoad(server.url, requests);
      const warm = await load.put({ connections: 16, durationMs: 1_000, rate: RATE, repeat: false });
      await server.figures();
      const result = await load.put({
        connections: 32,
        durationMs: SECONDS * 1_000,
        rate: RATE,
        repeat: false,
        from: warm.sent,
      });
      const figures = await server.figures();
      const most = await load.put({
        connections: 32,
        durationMs: 2_000,
        rate: null,
        repeat: false,
        from: warm.sent + result.sent,
      });
      await load.close();
      if (Object.keys(result.statuses).join() !== '200') throw new Error(JSON.stringify(result.statuses));
      const p99 = percentile(result.latenciesMs, 0.99);
      return [
        {
          what: `WhatsApp webhook, p99 at ${RATE}/s`,
          budget: '≤ 50 ms',
          measured: ms(p99),
          limit: `most: ${perSecond((most.sent * 1_000) / most.elapsedMs)}`,
          met: p99 <= 50,
          note: `p50 ${ms(percentile(result.latenciesMs, 0.5))}, ${result.sent} stored, event loop p99 ${ms(figures.loopP99Ms)}`,
        },
      ];
    } finally {
      await server.close();
      await database.close();
    }
  },
};

function statusWebhook(wabaId: string, index: number): object {
  return {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550001', phone_number_id: '1' },
              statuses: [
                { id: `wamid.${index}`, status: 'delivered', timestamp: '1790000000', recipient_id: '4915123456789' },
              ],
            },
          },
        ],
      },
    ],
  };
}
