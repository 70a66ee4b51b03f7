import type { FlowSummary, SetupResponse } from '@flowella/shared/contract/api.ts';

/** The steps of *Get started* in their order (product.md, *The admin, first ten minutes*). */
export const STEPS = ['connect-whatsapp', 'choose-form', 'check-flow', 'map-answers', 'publish', 'test'] as const;
export type Step = (typeof STEPS)[number];

/** The furthest step that can be opened: each builds on what the ones before have left at the server. */
export function reachOf(setup: SetupResponse, flow: FlowSummary | null): Step {
  if (!setup.accounts.some((account) => account.state === 'connected')) return 'connect-whatsapp';
  if (!flow) return 'choose-form';
  return flow.state === 'published' || flow.state === 'paused' ? 'test' : 'publish';
}

/** The step to show: the one asked for if it can be opened, else the server's next one. */
export function stepToShow(asked: Step | null, setup: SetupResponse, flow: FlowSummary | null): Step {
  const reach = reachOf(setup, flow);
  const wished = asked ?? (setup.nextStep === 'done' ? 'test' : setup.nextStep);
  return STEPS.indexOf(wished) <= STEPS.indexOf(reach) ? wished : reach;
}

/** The flow that *Get started* goes on with: the newest that is not live yet, else the newest. */
export function flowInWork(flows: FlowSummary[], askedId: string | null): FlowSummary | null {
  const asked = flows.find((flow) => flow.flowId === askedId);
  if (asked) return asked;
  const byAge = [...flows].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  return byAge.find((flow) => flow.state !== 'published' && flow.state !== 'retired') ?? byAge[0] ?? null;
}

export function stepAfter(step: Step): Step {
  return STEPS[STEPS.indexOf(step) + 1] ?? step;
}

export function stepBefore(step: Step): Step {
  return STEPS[STEPS.indexOf(step) - 1] ?? step;
}
