import { expect, test } from 'vitest';
import { judgePhases, runDrill, type DrillPhase } from '../../server/operator/key-drill/run-drill.ts';

test(
  'a drill with real rotations under load on two processes fails no request, and sees phones mended only where the old key is gone',
  { timeout: 150_000 },
  async () => {
    const drill = await runDrill({ phaseRequests: 60 });
    expect(drill).toMatchObject({ ok: true, problems: [] });
    const phase = (name: DrillPhase['phase']) => drill.phases.find((one) => one.phase === name);
    expect(phase('overlap')).toMatchObject({ mended: 0, failed: {} });
    expect(phase('overlap')?.requests).toBeGreaterThanOrEqual(60);
    const mended = drill.phases.reduce((sum, one) => sum + one.mended, 0);
    expect(mended).toBeGreaterThanOrEqual(drill.phones);
  },
);

test('a request that stays unanswered, one that needs the retry while both keys are open, and a phase without requests are problems', () => {
  const good: DrillPhase = { phase: 'overlap', ms: 1, requests: 5, answered: 5, mended: 0, failed: {} };
  expect(judgePhases([good, { ...good, phase: 'after', mended: 3 }])).toEqual([]);
  expect(judgePhases([{ ...good, failed: { 'business-decryption-error': 2 } }])).toEqual([
    '2 failed (business-decryption-error) in "overlap"',
  ]);
  expect(judgePhases([{ ...good, mended: 1 }])).toEqual([expect.stringContaining('both keys are open')]);
  expect(judgePhases([{ ...good, requests: 0 }])).toEqual([expect.stringContaining('nothing is proved')]);
});
