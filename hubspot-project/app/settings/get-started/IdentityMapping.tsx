import type { ReactElement } from 'react';
import { AutoGrid, Flex, Heading, Input, MultiSelect, Select, Text, TextArea, Toggle } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { IdentityField, IdentityMapping as Check, RiskRule } from '@flowella/shared/contract/identity.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import type { MappingPartProps } from './MapAnswers.tsx';
import { startingCheck } from './edit-mapping.ts';
import { askedQuestions } from './question-labels.ts';

const FIELDS: readonly IdentityField[] = [
  'firstName',
  'lastName',
  'birthDate',
  'email',
  'phone',
  'street',
  'city',
  'postalCode',
  'country',
];
const RULES: readonly RiskRule[] = [
  'declined',
  'needs_review',
  'expired',
  'cancelled',
  'name_mismatch',
  'birth_date_mismatch',
];

/** Whether a vendor checks the person's identity, which one, what it is told, and what counts as a risk. */
export function IdentityMapping(props: MappingPartProps): ReactElement {
  const { kit, flow, mapping, onMapping } = props;
  const texts = kit.texts.identity;
  const { loaded } = useLoaded(kit.api.identityServices);
  const services = loaded.kind === 'ready' ? loaded.data.services : [];
  const check = mapping.identityCheck;
  const first = check?.serviceId ?? services[0]?.serviceId;
  const vendor = services.find((one) => one.serviceId === check?.serviceId)?.vendor;
  const put = (change: Partial<Check>) =>
    onMapping((before) => ({ ...before, identityCheck: { ...checkOf(before, first), ...change } }));
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.mapHeading}</Heading>
      {loaded.kind === 'failed' ? <ProblemAlert problem={loaded.problem} texts={kit.texts.common} /> : null}
      <Toggle
        label={texts.mapToggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        readOnly={first === undefined}
        checked={check?.enabled === true}
        onChange={(enabled) => {
          if (first !== undefined) put({ enabled });
        }}
      />
      {loaded.kind === 'ready' && services.length === 0 ? <Text variant="microcopy">{texts.mapNone}</Text> : null}
      {check?.enabled ? (
        <>
          <Select
            name="identity-service"
            label={texts.mapWhich}
            value={check.serviceId}
            options={services.map((one) => ({
              label: `${one.name} (${texts.vendors[one.vendor]})`,
              value: one.serviceId,
            }))}
            onChange={(chosen) => put({ serviceId: String(chosen), template: '' })}
          />
          {vendor === undefined || vendor === 'veriff' ? null : (
            <Input
              name="identity-template"
              label={texts.template}
              description={texts.mapTemplateHelp[vendor]}
              value={check.template}
              onInput={(template) => put({ template: template.trim() })}
            />
          )}
          <CheckFields kit={kit} flow={flow} check={check} onCheck={put} />
          <CheckMessage kit={kit} check={check} onCheck={put} />
        </>
      ) : null}
    </Flex>
  );
}

function checkOf(mapping: Mapping, serviceId = ''): Check {
  return mapping.identityCheck ?? startingCheck(mapping, serviceId);
}

function CheckFields(props: {
  kit: SettingsKit;
  flow: FlowDetail;
  check: Check;
  onCheck: (change: Partial<Check>) => void;
}): ReactElement {
  const { kit, flow, check, onCheck } = props;
  const texts = kit.texts.identity;
  const questions = askedQuestions(flow).map((one) => ({ label: one.label, value: one.question }));
  const withField = (field: IdentityField, chosen: string[]): Check['fields'] => {
    const rest = Object.fromEntries(Object.entries(check.fields).filter(([name]) => name !== field));
    return chosen.length === 0 ? rest : { ...rest, [field]: chosen };
  };
  return (
    <>
      <Text variant="microcopy">{texts.fieldsText}</Text>
      <AutoGrid columnWidth={260} gap="sm" flexible>
        {FIELDS.map((field) => (
          <MultiSelect
            key={field}
            name={`identity-${field}`}
            label={texts.field[field]}
            placeholder={kit.texts.map.noQuestion}
            value={check.fields[field] ?? []}
            options={questions}
            onChange={(chosen) => onCheck({ fields: withField(field, chosen.map(String)) })}
          />
        ))}
      </AutoGrid>
      <MultiSelect
        name="identity-risk"
        label={texts.risk}
        value={check.riskWhen}
        options={RULES.map((rule) => ({ label: texts.riskRule[rule], value: rule }))}
        onChange={(chosen) => onCheck({ riskWhen: RULES.filter((rule) => chosen.includes(rule)) })}
      />
    </>
  );
}

/** The chat message with the link: ours in the person's language, or one the customer writes. */
function CheckMessage(props: {
  kit: SettingsKit;
  check: Check;
  onCheck: (change: Partial<Check>) => void;
}): ReactElement {
  const { kit, onCheck } = props;
  const { message } = props.check;
  const texts = kit.texts.identity;
  return (
    <>
      <Toggle
        label={texts.ownMessage}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={message !== undefined}
        onChange={(own) => onCheck({ message: own ? texts.messageDefault : undefined })}
      />
      {message === undefined ? null : (
        <>
          <TextArea
            name="identity-message"
            label={texts.messageBody}
            value={message.body}
            onInput={(body) => onCheck({ message: { ...message, body } })}
          />
          <Input
            name="identity-button"
            label={texts.messageButton}
            value={message.button}
            onInput={(button) => onCheck({ message: { ...message, button } })}
          />
        </>
      )}
    </>
  );
}
