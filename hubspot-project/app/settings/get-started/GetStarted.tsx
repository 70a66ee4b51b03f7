import type { ReactElement } from 'react';
import { Flex, Heading, StepIndicator } from '@hubspot/ui-extensions';
import type { FlowSummary, SetupResponse } from '@flowella/shared/contract/api.ts';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { ChooseForm } from './ChooseForm.tsx';
import { ConnectWhatsapp } from './ConnectWhatsapp.tsx';
import { FlowSteps } from './FlowSteps.tsx';
import { flowInWork, reachOf, STEPS, stepToShow, type Step } from './steps.ts';

export type GetStartedProps = {
  kit: SettingsKit;
  actions: SettingsActions;
  setup: SetupResponse;
  flows: FlowSummary[];
  /** What the person asked to see; null for what comes next. */
  asked: { step: Step | null; flowId: string | null; opened: number };
  onGo: (step: Step | null, flowId: string | null) => void;
  /** Something was changed at the server: look again. */
  onChange: () => Promise<void>;
  pollMs?: number;
};

/** The way from an empty account to a live flow, in six steps that can be left and taken up again. */
export function GetStarted(props: GetStartedProps): ReactElement {
  const { kit, setup, asked, onGo } = props;
  const flow = flowInWork(props.flows, asked.flowId);
  const step = stepToShow(asked.step, setup, flow);
  const reach = STEPS.indexOf(reachOf(setup, flow));
  return (
    <Flex direction="column" gap="md">
      <StepIndicator
        stepNames={STEPS.map((name) => kit.texts.steps[name])}
        currentStep={STEPS.indexOf(step)}
        onClick={(index) => {
          const clicked = STEPS[index];
          if (clicked && index <= reach) onGo(clicked, flow?.flowId ?? null);
        }}
      />
      <Heading>{kit.texts.steps[step]}</Heading>
      <StepBody {...props} step={step} flow={flow} />
    </Flex>
  );
}

function StepBody(props: GetStartedProps & { step: Step; flow: FlowSummary | null }): ReactElement {
  const { kit, actions, setup, asked, step, flow, onGo, onChange } = props;
  if (step === 'connect-whatsapp') {
    return (
      <ConnectWhatsapp
        kit={kit}
        actions={actions}
        accounts={setup.accounts}
        onChange={onChange}
        onNext={() => onGo(flow ? null : 'choose-form', flow?.flowId ?? null)}
      />
    );
  }
  if (step === 'choose-form' || !flow) {
    return (
      <ChooseForm
        kit={kit}
        accounts={setup.accounts}
        onBack={() => onGo('connect-whatsapp', flow?.flowId ?? null)}
        onCreated={async (flowId) => {
          await onChange();
          onGo('check-flow', flowId);
        }}
      />
    );
  }
  return (
    <FlowSteps
      key={`${flow.flowId}-${asked.opened}`}
      kit={kit}
      actions={actions}
      flowId={flow.flowId}
      step={step}
      allDone={setup.nextStep === 'done'}
      onGo={(next) => onGo(next, flow.flowId)}
      onNewFlow={() => onGo('choose-form', null)}
      onChange={onChange}
      {...(props.pollMs === undefined ? {} : { pollMs: props.pollMs })}
    />
  );
}
