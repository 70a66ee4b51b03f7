import { benchForm } from './bench-form.ts';
import { encryptRequest } from './encrypt-request.ts';
import { prepareLoad, type Load } from './put-load.ts';
import { seedFlow, seedPortal, seedSends, type SeededFlow, type SeededPortal } from './seed-portal.ts';
import type { BenchDatabase } from './start-server.ts';

const MID_FLOW_SESSIONS = 4_000;
/** Each is accepted once: enough for four loads. */
const LAST_SCREEN_SESSIONS = 9_000;

/** What the endpoint is asked in a bench: requests as phones make them, encrypted before anything is measured. */
export type Exchanges = {
  portal: SeededPortal;
  pings(url: string): Promise<Load>;
  /** The first of many screens: read, check, save, draw the next one. `from` and `to` choose among the sessions, as shares of all. */
  midFlow(url: string, share?: { from: number; to: number }): Promise<Load>;
  /** The only screen: everything is checked and accepted. */
  lastScreen(url: string): Promise<Load>;
  /** One ping to each of these accounts in turn. */
  pingsTo(url: string, accounts: readonly SeededPortal[]): Promise<Load>;
  close(): Promise<void>;
};

export async function seedExchanges(
  database: BenchDatabase,
  { lastScreens = LAST_SCREEN_SESSIONS } = {},
): Promise<Exchanges> {
  const portal = await seedPortal(database, 5_001);
  const many = await seedFlow(database, portal, benchForm(60));
  const one = await seedFlow(database, portal, { ...benchForm(3), sourceFormId: 'bench-last' });
  const midTokens = await seedSends(database, portal, many, MID_FLOW_SESSIONS);
  const lastTokens = await seedSends(database, portal, one, lastScreens);
  const loads: Load[] = [];
  const make = async (url: string, requests: Buffer[]): Promise<Load> => {
    const load = await prepareLoad(url, requests);
    loads.push(load);
    return load;
  };
  const ping = { version: '3.0', action: 'ping' };
  return {
    portal,
    pings: (url) =>
      make(
        url,
        Array.from({ length: 500 }, () => encryptRequest(url, portal, ping)),
      ),
    midFlow: (url, share = { from: 0, to: 1 }) => {
      const tokens = midTokens.slice(share.from * MID_FLOW_SESSIONS, share.to * MID_FLOW_SESSIONS);
      return make(
        url,
        tokens.map((token) => encryptRequest(url, portal, firstScreen(many, token))),
      );
    },
    lastScreen: (url) =>
      make(
        url,
        lastTokens.map((token) => encryptRequest(url, portal, firstScreen(one, token))),
      ),
    pingsTo: (url, accounts) =>
      make(
        url,
        accounts.map((account) => encryptRequest(url, account, ping)),
      ),
    close: async () => {
      for (const load of loads) await load.close();
    },
  };
}

/** The answers of the entry screen, all of them. */
export function firstScreen({ program }: SeededFlow, token: string): object {
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
