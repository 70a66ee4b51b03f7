import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { z } from 'zod';
import { runSandbox } from '../../../server/run-sandbox.ts';
import {
  control,
  expectFromCard,
  flowMessages,
  openOnPhone,
  plausibleAnswer,
  type World,
} from '../../support/outside.ts';
import { ms, percentile, type Measure } from '../support/measure.ts';

/** HubSpot's answers take this long. */
const DELAY_MS = 50;
const PEOPLE = [
  { contactId: '101', waId: '4915123456789' },
  { contactId: '102', waId: '905321234567' },
  { contactId: '105', waId: '5511987654321' },
];
const ROUNDS = 4;
const PLACES = 4;

const facts = z.looseObject({
  server: z.looseObject({ url: z.string(), flowId: z.string() }),
  meta: z.looseObject({ controlUrl: z.string(), phoneNumberIds: z.array(z.string()) }),
  hubspot: z.looseObject({ controlUrl: z.string(), portalId: z.number(), userId: z.number() }),
});
const page = z.looseObject({
  submissions: z.array(
    z.looseObject({
      acceptedAt: z.string(),
      deliveries: z.array(z.looseObject({ deliveredAt: z.string().nullable() })),
    }),
  ),
});

/** From the last screen to all four places at HubSpot, one submission after the other in an idle account. */
export const delivery: Measure = {
  name: 'delivery',
  deadlineMs: 180_000,
  async run({ say }) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'flowella-bench-'));
    await chmod(dataDir, 0o755);
    const sandbox = await runSandbox({ dataDir, quiet: true });
    try {
      const { server, meta, hubspot } = facts.parse(JSON.parse(await readFile(sandbox.sandboxFile, 'utf8')));
      const world: World = {
        serverUrl: server.url,
        metaControlUrl: meta.controlUrl,
        hubspotControlUrl: hubspot.controlUrl,
        phoneNumberId: meta.phoneNumberIds[0] ?? '',
        portalId: hubspot.portalId,
        userId: hubspot.userId,
      };
      await control(`${hubspot.controlUrl}/faults`, {
        route: '(/crm/|/submissions/|/form-integrations/)',
        times: 100_000,
        kind: 'delay',
        delayMs: DELAY_MS,
      });
      const taken: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const person of PEOPLE) taken.push(await submitOnce(world, server.flowId, person));
        say(`${taken.length} of ${ROUNDS * PEOPLE.length}`);
        // WhatsApp takes one message to a person in six seconds: its clock moves on instead of ours waiting.
        await control(`${meta.controlUrl}/clock`, { offsetMs: (round + 1) * 30_000 });
      }
      const p95 = percentile(taken, 0.95);
      return [
        {
          what: 'accepted → all four places, idle account',
          budget: 'p95 ≤ 2 s',
          measured: ms(p95),
          limit: `HubSpot answers in ${DELAY_MS} ms`,
          met: p95 <= 2_000,
          note: `p50 ${ms(percentile(taken, 0.5))}, ${taken.length} submissions`,
        },
      ];
    } finally {
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

async function submitOnce(world: World, flowId: string, person: { contactId: string; waId: string }): Promise<number> {
  await expectFromCard(world, 'POST', `/api/contacts/${person.contactId}/sends`, { flowId, replace: true });
  const message = (await flowMessages(world, person.waId)).at(-1);
  if (!message) throw new Error('The message did not arrive');
  const phone = await openOnPhone(world, message);
  await walkFlow(phone, plausibleAnswer);
  for (let tries = 0; tries < 300; tries += 1) {
    const [latest] = page.parse(
      await expectFromCard(world, 'GET', `/api/contacts/${person.contactId}/submissions`),
    ).submissions;
    const done = latest?.deliveries.flatMap((one) => one.deliveredAt ?? []) ?? [];
    if (latest && done.length === PLACES)
      return Math.max(...done.map((at) => Date.parse(at))) - Date.parse(latest.acceptedAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The submission was not delivered in time');
}
