import { useState, type ReactElement } from 'react';
import { Alert, Divider, Flex, Heading, List, Text, Toggle } from '@hubspot/ui-extensions';
import type { FlowDetail, Mapping, Retention } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { StepButtons } from '../parts/StepButtons.tsx';
import { AppointmentPart, type Appointment } from './AppointmentPart.tsx';
import { goesNowhere, startingMapping } from './edit-mapping.ts';
import type { FlowStepProps } from './FlowSteps.tsx';
import { IdentityMapping } from './IdentityMapping.tsx';
import { KycFields } from './KycFields.tsx';
import { OwnerRules } from './OwnerRules.tsx';
import { PropertyMapping } from './PropertyMapping.tsx';
import { labelOf } from './question-labels.ts';
import { RetentionPart } from './RetentionPart.tsx';
import { TaskMapping } from './TaskMapping.tsx';
import { useFlowChange } from './use-flow-change.ts';
import { WebhookMapping } from './WebhookMapping.tsx';

/** Step 4: where the answers go, and honestly what each place can do. */
export function MapAnswers(props: FlowStepProps): ReactElement {
  const { kit, actions, flow } = props;
  const texts = kit.texts.map;
  const [mapping, setMapping] = useState<Mapping>(() => startingMapping(flow));
  const [appointment, setAppointment] = useState<Appointment | undefined>(flow.design.appointment);
  const [retention, setRetention] = useState<Retention>(flow.retention);
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const save = async () => {
    const isSame = JSON.stringify(appointment) === JSON.stringify(flow.design.appointment);
    const design = withAppointment(flow.design, appointment);
    if (!(await change({ mapping, retention, ...(isSame ? {} : { design }) }))) return;
    actions.addAlert({ type: 'success', message: texts.saved });
    props.onNext();
  };
  return (
    <Flex direction="column" gap="md">
      <MappingProblems kit={kit} flow={flow} />
      <FormPart kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <PropertyMapping kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <OwnerRules kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <KycFields kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <AppointmentPart
        kit={kit}
        flow={flow}
        appointment={appointment}
        onAppointment={setAppointment}
        mapping={mapping}
        onMapping={setMapping}
      />
      <Divider />
      <TaskMapping kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <Flex direction="column" gap="sm">
        <Heading>{texts.timeline}</Heading>
        <Toggle
          label={texts.timelineToggle}
          labelDisplay="inline"
          textChecked={kit.texts.check.yes}
          textUnchecked={kit.texts.check.no}
          checked={mapping.timeline.enabled}
          onChange={(enabled) => setMapping((before) => ({ ...before, timeline: { enabled } }))}
        />
      </Flex>
      <Divider />
      <IdentityMapping kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <WebhookMapping kit={kit} flow={flow} mapping={mapping} onMapping={setMapping} />
      <Divider />
      <RetentionPart kit={kit} retention={retention} onRetention={setRetention} />
      {goesNowhere(mapping) ? <Alert title={texts.nothing} variant="warning" /> : null}
      {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.saveFailed} /> : null}
      <StepButtons
        kit={kit}
        onBack={props.onBack}
        onNext={() => void save()}
        nextLabel={texts.saveAndNext}
        working={working}
        disabled={goesNowhere(mapping)}
      />
    </Flex>
  );
}

function withAppointment(design: FlowDetail['design'], appointment: Appointment | undefined): FlowDetail['design'] {
  const { appointment: _before, ...rest } = design;
  return appointment ? { ...rest, appointment } : rest;
}

/** What the server refused about the saved mapping, by question. */
function MappingProblems(props: { kit: SettingsKit; flow: FlowDetail }): ReactElement | null {
  const { kit, flow } = props;
  const texts = kit.texts.map;
  if (flow.mappingProblems.length === 0) return null;
  const places: Record<string, string> = texts.destination;
  return (
    <Alert title={texts.problems} variant="warning">
      <List>
        {flow.mappingProblems.map((problem) => (
          <Text key={`${problem.destination} ${problem.question ?? ''} ${problem.code}`}>
            {[
              places[problem.destination] ?? problem.destination,
              problem.question ? labelOf(flow, problem.question) : '',
              problem.message,
            ]
              .filter((part) => part !== '')
              .join(' · ')}
          </Text>
        ))}
      </List>
    </Alert>
  );
}

export type MappingPartProps = {
  kit: SettingsKit;
  flow: FlowDetail;
  mapping: Mapping;
  onMapping: (change: (before: Mapping) => Mapping) => void;
};

function FormPart(props: MappingPartProps): ReactElement {
  const { kit, flow, mapping } = props;
  const texts = kit.texts.map;
  const { writeBack } = flow;
  const possible = writeBack.mode !== 'none';
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.form}</Heading>
      <Toggle
        label={texts.formToggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        readOnly={!possible}
        checked={possible && mapping.formSubmission.enabled}
        onChange={(enabled) => props.onMapping((before) => ({ ...before, formSubmission: { enabled } }))}
      />
      {writeBackTexts(kit, flow).map((line) => (
        <Text key={line} variant="microcopy">
          {line}
        </Text>
      ))}
    </Flex>
  );
}

/** What the tool can do with answers that come back, and what it cannot: said before publishing. */
function writeBackTexts(kit: SettingsKit, flow: FlowDetail): string[] {
  const texts = kit.texts.writeBack;
  const { writeBack } = flow;
  const lines = [texts.mode[writeBack.mode], ...writeBack.reasons];
  if (writeBack.mode === 'none') return lines;
  lines.push(writeBack.verifiable ? texts.verifiable : texts.notVerifiable);
  lines.push(writeBack.carriesOriginalTimestamp ? texts.timestamp : texts.noTimestamp);
  const unsupported = writeBack.unsupportedQuestionIds.map((id) => `“${labelOf(flow, id)}”`);
  return unsupported.length > 0 ? [...lines, texts.unsupported(unsupported.join(', '))] : lines;
}
