import { signRequest } from '../../../server/sandbox/hubspot/control/sign-request.ts';
import { AWAITS } from '../../../server/destinations/destination.ts';
import { HUBSPOT_FORM } from '../support/hubspot-form.ts';
import { ms, percentile, type Measure, type Row } from '../support/measure.ts';
import { acceptFrom, seedConnected } from '../support/seed-accounts.ts';
import { seedHistory } from '../support/seed-history.ts';
import { startHubSpot } from '../support/start-hubspot.ts';
import {
  PUBLIC_URL,
  startDatabase,
  startServer,
  type BenchDatabase,
  type ServerProcess,
} from '../support/start-server.ts';

const PORTAL = 8_001;
/** Contacts that are looked at, and how many submissions each has beside the history of the others. */
const CONTACTS = 40;
const SUBMISSIONS_EACH = 12;
const SUBMISSIONS = { some: 100_000, full: 1_000_000 };

type Ask = (path: string) => Promise<number>;

/** What the cards and the app's pages ask for first, and what runs beside them, in an account with a long history. */
export const pages: Measure = {
  name: 'pages',
  deadlineMs: 1_500_000,
  async run({ full, say }) {
    const submissions = full ? SUBMISSIONS.full : SUBMISSIONS.some;
    const database = await startDatabase();
    const account = { portalId: PORTAL, contacts: CONTACTS };
    const hubspot = await startHubSpot([account], HUBSPOT_FORM);
    const server = await startServer(database, { hubspot: hubspot.config });
    try {
      const [connected] = await seedConnected(database, hubspot, [account]);
      if (!connected) throw new Error('No account');
      await seedHistory(database, connected, { submissions, say });
      for (let round = 0; round < SUBMISSIONS_EACH; round += 1)
        await acceptFrom(database, connected, { from: 0, to: CONTACTS });
      say('vacuum analyze');
      await database.rows('vacuum analyze');
      const ask = asker(server, hubspot.config.clientSecret);
      const amount = `at ${submissions.toLocaleString('en')} submissions`;
      return [...(await askAll(ask, amount)), ...(await runAll(database, amount))];
    } finally {
      await server.close();
      hubspot.close();
      await database.close();
    }
  },
};

/** As HubSpot fetches for a card: signed, for this account. */
function asker(server: ServerProcess, clientSecret: string): Ask {
  const query = `portalId=${PORTAL}&userId=51001&userEmail=${encodeURIComponent('mara@account.test')}&appId=4711001`;
  return async (path) => {
    const target = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const signed = signRequest(clientSecret, {
      method: 'GET',
      url: `${PUBLIC_URL}${target}`,
      body: '',
      timestamp: Date.now(),
    });
    const at = performance.now();
    const response = await fetch(`${server.url}${target}`, { headers: signed });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return performance.now() - at;
  };
}

async function askAll(ask: Ask, amount: string): Promise<Row[]> {
  const contacts = Array.from({ length: CONTACTS }, (_, index) => index + 1);
  const paths: { what: string; paths: string[]; budgetMs: number | null }[] = [
    {
      what: `card, submissions of a contact (12, the first page), ${amount}`,
      paths: contacts.map((id) => `/api/contacts/${id}/submissions`),
      budgetMs: 50,
    },
    {
      what: `card, what can be sent to a contact, HubSpot's answer included, ${amount}`,
      paths: contacts.map((id) => `/api/contacts/${id}/flows`),
      budgetMs: 50,
    },
    { what: `app page, all flows with their counts, ${amount}`, paths: repeated('/api/flows'), budgetMs: null },
    { what: `settings, what stopped by reason, ${amount}`, paths: repeated('/api/stopped-deliveries'), budgetMs: null },
    {
      what: `settings, one reason's deliveries, ${amount}`,
      paths: repeated('/api/stopped-deliveries/form-submission/form_refused'),
      budgetMs: null,
    },
    { what: `settings, what needs somebody, ${amount}`, paths: repeated('/api/alerts'), budgetMs: null },
  ];
  const rows: Row[] = [];
  for (const { what, paths: all, budgetMs } of paths) {
    for (const path of all.slice(0, 3)) await ask(path);
    const taken: number[] = [];
    for (const path of all) taken.push(await ask(path));
    const p95 = percentile(taken, 0.95);
    rows.push({
      what,
      budget: budgetMs === null ? '' : `p95 ≤ ${budgetMs} ms`,
      measured: ms(p95),
      limit: `p50 ${ms(percentile(taken, 0.5))}`,
      met: budgetMs === null ? null : p95 <= budgetMs,
    });
  }
  return rows;
}

const repeated = (path: string): string[] => Array.from({ length: 12 }, () => path);

/** What every process asks of the whole database, again and again. */
async function runAll(database: BenchDatabase, amount: string): Promise<Row[]> {
  const statements = [
    {
      what: 'sweeper, every second',
      text: 'select * from due_deliveries(now(), $1)',
      values: [JSON.stringify(AWAITS)],
    },
    { what: 'alerts, every minute', text: 'select * from alert_conditions(now())', values: [] },
    { what: 'the equation of the deliveries', text: 'select * from delivery_balance()', values: [] },
  ];
  const rows: Row[] = [];
  for (const { what, text, values } of statements) {
    const taken: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      const at = performance.now();
      await database.rows(text, values);
      taken.push(performance.now() - at);
    }
    rows.push({ what: `${what}, ${amount}`, budget: '', measured: ms(percentile(taken, 0.5)), limit: '', met: null });
  }
  return rows;
}
