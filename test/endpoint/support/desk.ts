import pino from 'pino';
import type { Program } from '@flowella/shared/compile/program.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { EndpointMeter } from '../../../server/endpoint/endpoint-meter.ts';
import { Admission } from '../../../server/endpoint/admission.ts';
import { exchange, type EndpointServices, type ExchangeAnswer } from '../../../server/endpoint/exchange.ts';
import type { RunCache } from '../../../server/endpoint/run-cache.ts';
import { Runs } from '../../../server/endpoint/runs.ts';
import { PortalKeys } from '../../../server/keys/portal-keys.ts';
import {
  seedFlow,
  seedPortal,
  seedSends,
  type SeededFlow,
  type SeededPortal,
} from '../../bench/support/seed-portal.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

/** A process of the server, as far as the endpoint goes: its own memory, the common database. */
export type Desk = {
  ask(token: string, request: Record<string, unknown>): Promise<ExchangeAnswer>;
  /** The answers of one screen, as its button sends them. */
  submit(token: string, screen: string, values: Record<string, string>): Promise<ExchangeAnswer>;
  queries(): string[];
};

export type Desks = {
  t: TestDatabase;
  portal: SeededPortal;
  flow: SeededFlow;
  program: Program;
  desk(cache?: RunCache): Desk;
  token(): Promise<string>;
};

/** A form of so many required texts: five or so stand on a screen. */
export function textsForm(questions: number): Form {
  const items = Array.from({ length: questions }, (_, index) => ({
    id: `0-1/q${index}`,
    kind: 'short-text' as const,
    label: `Question ${index}`,
    required: true,
    origin: {},
  }));
  return {
    source: 'hubspot-forms',
    sourceFormId: 'texts',
    name: 'Texts',
    language: 'en',
    revision: 'r1',
    pages: [{ id: 'p', items }],
    hidden: [],
    notices: [],
  };
}

export async function openDesks(portalId: number, form = textsForm(15)): Promise<Desks> {
  const t = await testDatabase({ poolSize: 8 });
  const seeded = { db: t.db, keys: t.keys, keyring: t.keyring };
  const portal = await seedPortal(seeded, portalId);
  const flow = await seedFlow(seeded, portal, form);
  const makeDesk = (cache?: RunCache): Desk => {
    const queries: string[] = [];
    const pool = new Proxy(t.pool, {
      get(target, name: keyof typeof t.pool) {
        if (name !== 'query') return target[name];
        return (query: { name: string }) => {
          queries.push(query.name);
          return target.query(query as never);
        };
      },
    });
    const services: EndpointServices = {
      db: t.db,
      keys: new PortalKeys(t.db, t.keyring),
      keyring: t.keyring,
      runs: new Runs(t.db, t.keys, pool, cache),
      wakeUps: { add: async () => {} },
      destinations: [],
      codeSender: { send: () => {}, settled: async () => {}, stop: async () => {} },
      clock: { now: () => new Date() },
      meter: new EndpointMeter(),
      log: pino({ level: 'silent' }),
    };
    const account = { accountId: portal.accountId, portalId, appSecrets: [], keys: [], stamp: '', loadedAt: 0 };
    const ask: Desk['ask'] = (token, request) =>
      exchange(
        services,
        account,
        { screen: '', data: {}, flow_token: token, action: 'data_exchange', ...request },
        new Admission().enter() ?? neverFull(),
        { flowId: null, isFault: false },
      );
    return {
      ask,
      submit: (token, screen, values) => ask(token, { screen, data: { v: flow.versionId, s: screen, ...values } }),
      queries: () => queries,
    };
  };
  return {
    t,
    portal,
    flow,
    program: flow.program,
    desk: makeDesk,
    token: async () => (await seedSends(seeded, portal, flow, 1))[0] ?? '',
  };
}

function neverFull(): never {
  throw new Error('a new endpoint has room');
}
