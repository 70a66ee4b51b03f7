import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { runSandbox } from '../../server/run-sandbox.ts';
import { journalEntry, type JournalEntry } from '../../server/sandbox/hubspot/control/journal.ts';
import type { JournalRecord } from '../../server/sandbox/meta/control/journal.ts';
import { control, type World } from '../support/outside.ts';
import { checkHubSpotJournal } from './check-hubspot.ts';
import { checkMetaJournal, META_SPEC } from './check-meta.ts';
import { walkMainPath } from './walk-main-path.ts';

/**
 * `npm run test:conformance`: walks the whole main path in a sandbox of its own and holds every request our server sent, and
 * every answer the stand-ins gave, against the vendors' API descriptions in `../shared/specs`. Last line: `N passed, N failed`,
 * counting requests with their answers; a step of the path that fails counts as one.
 */
const SPECS = path.resolve(import.meta.dirname, '../../../shared/specs');

/** What one vendor's check found, per request. */
type Finding = { operation: string; n: number; status: number; problems: string[] };

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (!existsSync(SPECS)) {
    say(`The vendors' API descriptions are not at ${SPECS}: there is nothing to check against.`);
    say('0 passed, 0 failed');
    return;
  }
  const dataDir = await mkdtemp(path.join(tmpdir(), 'flowella-conformance-'));
  // PostgreSQL, which does not run as root, must reach its folder.
  await chmod(dataDir, 0o755);
  try {
    await checkSandbox(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function checkSandbox(dataDir: string): Promise<void> {
  say('Starting a sandbox and walking the main path:');
  const sandbox = await runSandbox({ dataDir, quiet: true });
  let broken: string | null = null;
  let findings: [string, Finding[]][] = [];
  try {
    const world = await readWorld(sandbox.sandboxFile);
    broken = await walkMainPath(world, say).then(
      () => null,
      (err: unknown) => (err instanceof Error ? err.message : String(err)),
    );
    findings = [
      ['HubSpot', await checkHubSpot(world)],
      ['Meta', await checkMeta(world)],
    ];
  } finally {
    await sandbox.close();
  }
  if (broken !== null) say(`\nFAILED ${broken}`);
  report(findings, broken === null ? 0 : 1);
}

async function readWorld(file: string): Promise<World> {
  const facts = z
    .looseObject({
      server: z.looseObject({ url: z.string() }),
      meta: z.looseObject({ controlUrl: z.string(), phoneNumberIds: z.array(z.string()).min(1) }),
      hubspot: z.looseObject({ controlUrl: z.string(), portalId: z.number(), userId: z.number() }),
    })
    .parse(JSON.parse(await readFile(file, 'utf8')));
  return {
    serverUrl: facts.server.url,
    metaControlUrl: facts.meta.controlUrl,
    hubspotControlUrl: facts.hubspot.controlUrl,
    phoneNumberId: facts.meta.phoneNumberIds[0] ?? '',
    portalId: facts.hubspot.portalId,
    userId: facts.hubspot.userId,
  };
}

async function checkHubSpot(world: World): Promise<Finding[]> {
  const entries: JournalEntry[] = [];
  const page = z.object({ entries: z.array(journalEntry), last: z.number() });
  for (let since = 0; ;) {
    const next = page.parse(await control(`${world.hubspotControlUrl}/journal?since=${since}`));
    if (next.entries.length === 0) break;
    entries.push(...next.entries);
    since = next.last;
  }
  const { mismatches, operationOf } = checkHubSpotJournal(entries, SPECS);
  return entries.map(({ n, method, path: route, status }) => ({
    operation: operationOf.get(n) ?? `${method} ${route} (not described)`,
    n,
    status,
    problems: mismatches.filter((one) => one.n === n).map(({ where, message }) => `${where}: ${message}`),
  }));
}

async function checkMeta(world: World): Promise<Finding[]> {
  const { records } = (await control(`${world.metaControlUrl}/journal?since=0`)) as { records: JournalRecord[] };
  const { mismatches } = checkMetaJournal(records, META_SPEC);
  return records.map((record) => ({
    operation: `${record.method} ${record.route ?? `${record.path} (not described)`}`,
    n: record.n,
    status: record.status,
    problems: mismatches.filter(({ n }) => n === record.n).map(({ where, message }) => `${where}: ${message}`),
  }));
}

function report(findings: [string, Finding[]][], brokenSteps: number): void {
  for (const [vendor, all] of findings) {
    say(`\n${vendor}: requests with their answers, by operation`);
    for (const [operation, group] of [...Map.groupBy(all, (one) => one.operation)].toSorted()) {
      const wrong = group.filter((one) => one.problems.length > 0).length;
      const statuses = [...new Set(group.map((one) => one.status))].toSorted().join(' ');
      say(`  ${String(group.length).padStart(4)} ${wrong > 0 ? `${wrong} wrong` : 'ok'}  ${operation}  [${statuses}]`);
    }
    for (const { operation, n, status, problems } of all) {
      for (const problem of problems) say(`  MISMATCH ${vendor} #${n} ${operation} → ${status}\n    ${problem}`);
    }
  }
  const pairs = findings.flatMap(([, all]) => all);
  const failed = pairs.filter((one) => one.problems.length > 0).length;
  say(`\n${pairs.length - failed} passed, ${failed + brokenSteps} failed`);
  process.exitCode = failed + brokenSteps === 0 ? 0 : 1;
}

await main();
