import { useCallback } from 'react';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import type { FlowChange } from '@flowella/shared/ui/settings-api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** Saves changes of one flow; `change` answers whether it has worked. */
export function useFlowChange(
  kit: SettingsKit,
  flow: FlowDetail,
  onFlow: (flow: FlowDetail) => void,
): { change: (change: FlowChange) => Promise<boolean>; working: boolean; problem: ServerProblem | null } {
  const { api } = kit;
  const { flowId } = flow;
  const update = useCallback((input: FlowChange, key: string) => api.updateFlow(flowId, input, key), [api, flowId]);
  const { run, working, problem } = useAction(update);
  const change = async (input: FlowChange) => {
    const changed = await run(input);
    if (changed) onFlow(changed);
    return changed !== null;
  };
  return { change, working, problem };
}
