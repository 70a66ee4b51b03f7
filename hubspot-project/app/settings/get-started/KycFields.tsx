import type { ReactElement } from 'react';
import { AutoGrid, Flex, Heading, MultiSelect, Select, Toggle } from '@hubspot/ui-extensions';
import type { Mapping } from '@flowella/shared/contract/api.ts';
import type { MappingPartProps } from './MapAnswers.tsx';
import { askedQuestions } from './question-labels.ts';

const FIELDS = [
  'legalName',
  'birthDate',
  'address',
  'nationality',
  'documentType',
  'documentNumber',
  'documentExpiry',
  'consent',
] as const;
type Fields = Mapping['kycRecord']['fields'];
/** Nothing that a form works out is a day, and a consent is what the person ticked. */
const ONLY_ASKED: readonly (keyof Fields)[] = ['birthDate', 'documentExpiry', 'consent'];

/** Which question holds which part of a person's identity, and where the record is kept. */
export function KycFields(props: MappingPartProps): ReactElement {
  const { kit, flow, mapping, onMapping } = props;
  const texts = kit.texts.map;
  const { kycRecord } = mapping;
  const put = (change: Partial<Mapping['kycRecord']>) =>
    onMapping((before) => ({ ...before, kycRecord: { ...before.kycRecord, ...change } }));
  const toOptions = (sources: readonly { label: string; question: string }[]) =>
    sources.map((one) => ({ label: one.label, value: one.question }));
  const questions = toOptions(askedQuestions(flow));
  const withComputed = [...questions, ...toOptions(flow.computed)];
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.kyc}</Heading>
      <Toggle
        label={texts.kycToggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={kycRecord.enabled}
        onChange={(enabled) => put({ enabled })}
      />
      {kycRecord.enabled ? (
        <AutoGrid columnWidth={260} gap="sm" flexible>
          <Select
            name="kyc-home"
            label={texts.kycHome}
            value={kycRecord.home}
            options={[
              { label: texts.kycHomes.contact, value: 'contact' },
              { label: texts.kycHomes['custom-object'], value: 'custom-object' },
            ]}
            onChange={(home) => put({ home: home === 'custom-object' ? 'custom-object' : 'contact' })}
          />
          {FIELDS.map((field) => (
            <MultiSelect
              key={field}
              name={`kyc-${field}`}
              label={texts.kycField[field]}
              placeholder={texts.noQuestion}
              value={kycRecord.fields[field] ?? []}
              options={ONLY_ASKED.includes(field) ? questions : withComputed}
              onChange={(chosen) => put({ fields: withField(kycRecord.fields, field, chosen.map(String)) })}
            />
          ))}
        </AutoGrid>
      ) : null}
    </Flex>
  );
}

function withField(fields: Fields, field: keyof Fields, questions: string[]): Fields {
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
  return questions.length === 0 ? rest : { ...rest, [field]: questions };
}
