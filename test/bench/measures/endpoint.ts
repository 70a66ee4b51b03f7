import type { BenchOptions, Measure, Row } from '../support/measure.ts';
import { ms, percentile, perSecond } from '../support/measure.ts';
import { benchForm } from '../support/bench-form.ts';
import { encryptRequest } from '../support/encrypt-request.ts';
import { cachedKeyRate, opensslRate } from '../support/machine-limit.ts';
import { prepareLoad, type Load } from '../support/put-load.ts';
import { seedFlow, seedPortal, seedSends, type SeededFlow } from '../support/seed-portal.ts';
import { startDatabase, startServer, type ServerProcess } from '../support/start-server.ts';

const CONNECTIONS = [1, 16, 128];
const SECONDS = 3;
const MID_FLOW_SESSIONS = 4_000;
/** Each is accepted once: enough for three loads. */
const LAST_SCREEN_SESSIONS = 9_000;

type Kind = { name: 'ping' | 'mid-flow' | 'last screen'; share: number | null; load: Load; repeat: boolean };
type Limit = { core: number; text: string };

/** The endpoint as Meta calls it, at its maximum and at half of it. */
export const endpoint: Measure = { name: 'endpoint', deadlineMs: 180_000, run: measure };

async function measure(options: BenchOptions): Promise<Row[]> {
  const database = await startDatabase();
  const server = await startServer(database);
  const loads: Load[] = [];
  try {
    const portal = await seedPortal(database, 5_001);
    const many = await seedFlow(database, portal, benchForm(60));
    const one = await seedFlow(database, portal, { ...benchForm(3), sourceFormId: 'bench-last' });
    const limit = await machineLimit(portal.privateKeyDer, portal.publicKeyPem);
    options.say('encrypting requests');
    const make = async (payloads: object[]): Promise<Load> => {
      const load = await prepareLoad(
        server.url,
        payloads.map((payload) => encryptRequest(server.url, portal, payload)),
      );
      loads.push(load);
      return load;
    };
    const midTokens = await seedSends(database, portal, many, MID_FLOW_SESSIONS);
    const lastTokens = await seedSends(database, portal, one, LAST_SCREEN_SESSIONS);
    const kinds: Kind[] = [
      {
        name: 'ping',
        share: 0.85,
        repeat: true,
        load: await make(Array.from({ length: 500 }, () => ({ version: '3.0', action: 'ping' }))),
      },
      {
        name: 'mid-flow',
        share: 0.5,
        repeat: true,
        load: await make(midTokens.map((token) => firstScreen(many, token))),
      },
      {
        name: 'last screen',
        share: null,
        repeat: false,
        load: await make(lastTokens.map((token) => firstScreen(one, token))),
      },
    ];
    const rows: Row[] = [];
    for (const kind of kinds) rows.push(...(await measureKind(kind, server, limit, options)));
    return [{ what: 'RSA-2048, one core', budget: '', measured: '', limit: limit.text, met: null }, ...rows];
  } finally {
    for (const load of loads) await load.close();
    await server.close();
    await database.close();
  }
}

async function machineLimit(der: Buffer, pem: string): Promise<Limit> {
  const openssl = await opensslRate();
  const single = await cachedKeyRate(der, pem, 1);
  const all = await cachedKeyRate(der, pem, 32);
  const core = openssl ?? single;
  const node = `Node cached key ${perSecond(single)} one at a time, ${perSecond(all)} at 32`;
  return { core, text: `${openssl ? `openssl ${perSecond(openssl)}, ` : ''}${node}` };
}

/** The answers of the entry screen, all of them. */
function firstScreen({ program }: SeededFlow, token: string): object {
  const values: Record<string, unknown> = {};
  for (const field of program.fields.filter((one) => one.screen === program.entry)) {
    for (const input of field.inputs) {
      if (input.type !== 'string') continue;
      const option = input.options?.[0]?.id;
      values[input.name] = option ?? textFor(field.question.kind);
    }
  }
  return {
    version: '3.0',
    action: 'data_exchange',
    screen: program.entry,
    data: { v: program.version, s: program.entry, ...values },
    flow_token: token,
  };
}

function textFor(kind: string): string {
  if (kind === 'email') return 'amelie.dubois@atelier.test';
  return kind === 'date' ? '1990-05-17' : 'Rue du Lac 12';
}

async function measureKind(kind: Kind, server: ServerProcess, limit: Limit, options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  let best = 0;
  let from = 0;
  const put = async (load: { connections: number; durationMs: number; rate: number | null }) => {
    const result = await kind.load.put({ ...load, repeat: kind.repeat, from });
    if (!kind.repeat) from += result.sent;
    const bad = Object.entries(result.statuses).filter(([status]) => status !== '200');
    if (bad.length > 0) throw new Error(`${kind.name}: answers were not 200: ${JSON.stringify(result.statuses)}`);
    return result;
  };
  if (kind.repeat) await put({ connections: 16, durationMs: 1_500, rate: null });
  for (const connections of CONNECTIONS) {
    options.say(`${kind.name} at ${connections}`);
    await server.figures();
    const result = await put({ connections, durationMs: (kind.repeat ? SECONDS : 1.5) * 1_000, rate: null });
    const rate = (result.sent * 1_000) / result.elapsedMs;
    const { cpuMs: _total, loopP99Ms } = await server.figures();
    best = Math.max(best, rate);
    rows.push({
      what: `${kind.name}, ${connections} connection${connections === 1 ? '' : 's'}`,
      budget: '',
      measured: perSecond(rate),
      limit: `${Math.round((rate / limit.core) * 100)} % of a core's RSA`,
      met: null,
      note: `p50 ${ms(percentile(result.latenciesMs, 0.5))}, p99 ${ms(percentile(result.latenciesMs, 0.99))}, event loop p99 ${ms(loopP99Ms)}`,
    });
  }
  if (kind.share !== null) {
    rows.push({
      what: `${kind.name}, best`,
      budget: `≥ ${Math.round(kind.share * 100)} % of a core's RSA (${perSecond(limit.core * kind.share)})`,
      measured: perSecond(best),
      limit: perSecond(limit.core),
      met: best >= limit.core * kind.share,
    });
  }
  await server.figures();
  const half = await put({ connections: 64, durationMs: SECONDS * 1_000, rate: best / 2 });
  const { loopP99Ms, loopMaxMs } = await server.figures();
  const p99 = percentile(half.latenciesMs, 0.99);
  rows.push({
    what: `${kind.name}, p99 at half of its maximum (${perSecond(best / 2)})`,
    budget: '≤ 50 ms',
    measured: ms(p99),
    limit: `p50 ${ms(percentile(half.latenciesMs, 0.5))}`,
    met: p99 <= 50,
    note: `${half.sent} sent, event loop p99 ${ms(loopP99Ms)}, max ${ms(loopMaxMs)}`,
  });
  return rows;
}
