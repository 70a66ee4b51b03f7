import { useCallback, type ReactElement } from 'react';
import { Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { CheckFlow } from './CheckFlow.tsx';
import { FormDrift } from './FormDrift.tsx';
import { MapAnswers } from './MapAnswers.tsx';
import { PublishFlow } from './PublishFlow.tsx';
import { stepAfter, stepBefore, type Step } from './steps.ts';
import { TestSend } from './TestSend.tsx';

export type FlowStepProps = {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  /** The server has answered with a newer state of the flow. */
  onFlow: (flow: FlowDetail) => void;
  onBack: () => void;
  onNext: () => void;
};

/** Steps 3 to 6: everything that concerns one flow, loaded once for all of them. */
export function FlowSteps(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flowId: string;
  step: Step;
  allDone: boolean;
  onGo: (step: Step) => void;
  onNewFlow: () => void;
  onChange: () => Promise<void>;
  pollMs?: number;
}): ReactElement {
  const { kit, actions, flowId, step, onGo } = props;
  const { api, texts } = kit;
  const load = useCallback(() => api.flow(flowId), [api, flowId]);
  const { loaded, reload, show } = useLoaded(load);
  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  }
  const shared: FlowStepProps = {
    kit,
    actions,
    flow: loaded.data,
    onFlow: show,
    onBack: () => onGo(stepBefore(step)),
    onNext: () => onGo(stepAfter(step)),
  };
  return (
    <Flex direction="column" gap="md">
      <Text variant="microcopy">{texts.start.workingOn(loaded.data.name)}</Text>
      {loaded.stale ? <ProblemAlert problem={loaded.stale} texts={texts.common} variant="warning" /> : null}
      <FormDrift kit={kit} actions={actions} flow={loaded.data} onFlow={show} onChange={props.onChange} />
      {step === 'check-flow' ? <CheckFlow {...shared} /> : null}
      {step === 'map-answers' ? <MapAnswers {...shared} /> : null}
      {step === 'publish' ? (
        <PublishFlow
          {...shared}
          onQuestion={() => onGo('check-flow')}
          onStay={() => onGo('publish')}
          onChange={async () => {
            await Promise.all([reload(), props.onChange()]);
          }}
          {...(props.pollMs === undefined ? {} : { pollMs: props.pollMs })}
        />
      ) : null}
      {step === 'test' ? (
        <TestSend {...shared} allDone={props.allDone} onNewFlow={props.onNewFlow} onChange={props.onChange} />
      ) : null}
    </Flex>
  );
}
