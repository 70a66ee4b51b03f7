import { setTimeout as pause } from 'node:timers/promises';
import { rotateFlowKey, type Rotation } from '../../whatsapp/rotate-flow-key.ts';
import { portalOf, withOperator } from '../operator-services.ts';
import { startPhones, type Phones, type Tally } from './drill-phones.ts';
import { startDrillWorld, type DrillWorld } from './drill-world.ts';

export type DrillPhase = {
  phase: 'before' | 'rotation' | 'overlap' | 'rotation-with-old-key-retired' | 'after';
  ms: number;
} & Tally;
export type Drill = {
  ok: boolean;
  /** Every reason why the drill proved nothing, or proved the contrary. */
  problems: string[];
  phones: number;
  phases: DrillPhase[];
  latencyMs: { p50: number; p99: number; max: number };
};

/** Requests that each quiet phase waits for. */
const PHASE_REQUESTS = 400;
/** A phase that takes longer has stopped working. */
const PHASE_DEADLINE_MS = 30_000;
/**
 * After the old key is retired a server may open with it for as long as it trusts what it has read (15 s, `EndpointAccounts`):
 * every phone that keeps the old key is waited for.
 */
const MENDED_DEADLINE_MS = 45_000;

/**
 * Proves on an installation of its own, under load, that a rotation fails no request that Meta's one retry does not mend: once as
 * it is made on schedule, with both keys open, and once as after a leak, with the old key retired at once. Takes about a minute.
 */
export async function runDrill(options: { phaseRequests?: number } = {}): Promise<Drill> {
  const world = await startDrillWorld();
  try {
    const phones = startPhones(world);
    try {
      return await rehearse(world, phones, options.phaseRequests ?? PHASE_REQUESTS);
    } finally {
      await phones.stop();
    }
  } finally {
    await world.close();
  }
}

async function rehearse(world: DrillWorld, phones: Phones, phaseRequests: number): Promise<Drill> {
  const problems: string[] = [];
  const phases: DrillPhase[] = [];
  const during = async <T>(phase: DrillPhase['phase'], work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const before = phones.tally();
    const result = await work();
    phases.push({ phase, ms: Math.round(performance.now() - startedAt), ...difference(phones.tally(), before) });
    return result;
  };
  const quiet = async (): Promise<void> => {
    const from = phones.tally().requests;
    if (!(await waitFor(() => phones.tally().requests >= from + phaseRequests, PHASE_DEADLINE_MS)))
      problems.push(`${phaseRequests} requests were not made within ${PHASE_DEADLINE_MS / 1_000} s`);
  };

  await during('before', quiet);
  const first = await during('rotation', () => rotate(world, false));
  await during('overlap', quiet);
  phones.watchKeepers();
  const second = await during('rotation-with-old-key-retired', () => rotate(world, true));
  const allMended = await during('after', async () => {
    const mended = await waitFor(() => phones.mendedKeepers() === phones.keepers, MENDED_DEADLINE_MS);
    await quiet();
    return mended;
  });
  if (!allMended) problems.push('Not every phone with the old key was refused and mended after the key was retired');
  if (world.given().some((connections) => connections === 0)) problems.push('One of the servers was asked nothing');
  if (second.retired.length === 0) problems.push('The old keys were not retired');
  problems.push(...judgeRotations([first, second]), ...judgePhases(phases));
  return {
    ok: problems.length === 0,
    problems,
    phones: phones.keepers,
    phases,
    latencyMs: percentiles(phones.latenciesMs()),
  };
}

/** As the operator's command does it, from outside the server: with memory and connections of its own. */
function rotate(world: DrillWorld, retireNow: boolean): Promise<Rotation> {
  return withOperator(world.config, async (services) =>
    rotateFlowKey(services, await portalOf(services, world.accountId), {
      accountId: world.accountId,
      actor: 'operator',
      retireNow,
    }),
  );
}

function judgeRotations(rotations: readonly Rotation[]): string[] {
  return rotations.flatMap(({ keyId, numbers }) =>
    numbers
      .filter((number) => number.status !== 'VALID')
      .map((number) => `${keyId} reads ${number.status} on ${number.phoneNumberId}`),
  );
}

/** Nothing may fail; and while both keys are open, nothing may even need the retry. */
export function judgePhases(phases: readonly DrillPhase[]): string[] {
  const problems: string[] = [];
  for (const { phase, requests, mended, failed } of phases) {
    if (requests === 0) problems.push(`No request was made in the phase "${phase}": nothing is proved`);
    for (const [reason, count] of Object.entries(failed)) problems.push(`${count} failed (${reason}) in "${phase}"`);
    const mayNeedRetry = phase === 'rotation-with-old-key-retired' || phase === 'after';
    if (mended > 0 && !mayNeedRetry)
      problems.push(`${mended} needed Meta's retry in "${phase}" though both keys are open`);
  }
  return problems;
}

function difference(after: Tally, before: Tally): Tally {
  const failed = Object.entries(after.failed)
    .map(([reason, count]) => [reason, count - (before.failed[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    requests: after.requests - before.requests,
    answered: after.answered - before.answered,
    mended: after.mended - before.mended,
    failed: Object.fromEntries(failed),
  };
}

function percentiles(latencies: number[]): Drill['latencyMs'] {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

async function waitFor(condition: () => boolean, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await pause(20);
  }
  return true;
}
