import { fork } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import type { Config } from '../../../server/config.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../../server/hubspot/scopes.ts';
import type { TokenAnswer } from '../../../server/hubspot/tokens.ts';

export type BenchAccount = { portalId: number; contacts: number };

export type HubSpotProcess = {
  config: Config['hubspot'];
  /** Installs the app in this account and answers tokens that outlive the bench. */
  install(portalId: number): Promise<TokenAnswer>;
  /** Answers to the app's own calls so far, by status; the newest 20,000 are kept. */
  statuses(): Promise<Record<string, number>>;
  cpuMs(): Promise<number>;
  close(): void;
};

const APP = { appId: 4_711_001, clientId: '6f1c2a9e-3b7d-4e05-9a51-0f2b8c4d7e11', clientSecret: 'bench' };
/** The smallest of HubSpot's tiers: its form host takes 100 submissions in ten seconds. */
const TIER = 'free';
const USER = { userId: 51_001, firstName: 'Mara', lastName: 'Lindner', permissions: ['super-admin'], ownerId: null };

/** HubSpot with its limits on; each account has the form of `bench-hubspot-form.ts` and contacts 1 to `contacts` with an address each. */
export async function startHubSpot(accounts: readonly BenchAccount[], form: object): Promise<HubSpotProcess> {
  const child = fork(path.join(import.meta.dirname, 'serve-hubspot.ts'));
  const ask = (order: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null): void => reject(new Error(`HubSpot's stand-in ended with ${code}`));
      child.once('exit', gone);
      child.once('message', (answer) => {
        child.off('exit', gone);
        resolve(answer);
      });
      child.send(order);
    });
  const urls = z.object({ apiUrl: z.string(), formsUrl: z.string() }).parse(
    await ask({
      kind: 'start',
      seed: {
        apps: [
          {
            ...APP,
            name: 'Flowella',
            redirectUrls: ['http://127.0.0.1/oauth/callback'],
            requiredScopes: [...REQUIRED_SCOPES],
            optionalScopes: [...OPTIONAL_SCOPES],
            permittedUrls: ['http://127.0.0.1'],
          },
        ],
        portals: accounts.map((account) => portalOf(account, form)),
      },
    }),
  );
  const { appId, clientId, clientSecret } = APP;
  return {
    config: { appId: String(appId), clientId, clientSecret, ...urls, appUrl: urls.apiUrl },
    install: async (portalId) =>
      tokenAnswerOf(
        await readJson(`${urls.apiUrl}/_standin/portals/${portalId}/install`, { accessTokenSeconds: 86_400 }),
      ),
    statuses: () => countStatuses(urls.apiUrl),
    cpuMs: async () => z.object({ cpuMs: z.number() }).parse(await ask({ kind: 'cpu' })).cpuMs,
    close: () => child.disconnect(),
  };
}

export const emailOf = (portalId: number, contact: number): string => `person${contact}@account${portalId}.test`;

function portalOf({ portalId, contacts }: BenchAccount, form: object): object {
  return {
    portalId,
    domain: `account${portalId}.test`,
    accountName: `Account ${portalId}`,
    tier: TIER,
    timeZone: 'Europe/Berlin',
    users: [{ ...USER, email: `mara@account${portalId}.test` }],
    contacts: Array.from({ length: contacts }, (_, index) => ({
      id: String(index + 1),
      properties: { email: emailOf(portalId, index + 1), firstname: 'Person', lastname: `N${index + 1}` },
    })),
    forms: [form],
  };
}

const journal = z.object({ entries: z.array(z.object({ n: z.number(), status: z.number() })), last: z.number() });

async function countStatuses(apiUrl: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let since = 0; ;) {
    const { entries, last } = journal.parse(await readJson(`${apiUrl}/_standin/journal?since=${since}`));
    for (const { status } of entries) counts[status] = (counts[status] ?? 0) + 1;
    if (entries.length === 0) return counts;
    since = last;
  }
}

async function readJson(url: string, body?: object): Promise<unknown> {
  const response = await fetch(
    url,
    body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {},
  );
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

const granted = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number(),
  portalId: z.number(),
  userId: z.number(),
  scopes: z.array(z.string()),
});

/** What the stand-in says of an install, as HubSpot's token service would have said it. */
function tokenAnswerOf(answer: unknown): TokenAnswer {
  const { accessToken, refreshToken, expiresIn, portalId, userId, scopes } = granted.parse(answer);
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: expiresIn,
    hub_id: portalId,
    user_id: userId,
    scopes,
  };
}
