import { useState, type ReactElement } from 'react';
import { Button, Flex, Form, Input, LoadingButton, Select } from '@hubspot/ui-extensions';
import type { IdentityServiceView, IdentityVendor } from '@flowella/shared/contract/identity.ts';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

const VENDORS: readonly IdentityVendor[] = ['onfido', 'persona', 'veriff', 'stripe'];
const REGIONS = ['eu', 'us', 'ca'] as const;
type Field = 'name' | 'region' | 'apiKey' | 'webhookSecret' | 'templateName' | 'templateLanguage';

/** What was typed; empty where nothing was. */
export type IdentityInput = { vendor: IdentityVendor } & Record<Field, string>;

type Props = {
  kit: SettingsKit;
  /** The service that is changed; null to add one. Its keys are never known here. */
  service: IdentityServiceView | null;
  submitLabel: string;
  working: boolean;
  problem: ServerProblem | null;
  problemTitle: string;
  onSubmit: (input: IdentityInput) => void;
  onCancel: () => void;
};

/** An account at a vendor, to add one or to change it. What is right about it is the server's to say. */
export function IdentityForm(props: Props): ReactElement {
  const { kit, service } = props;
  const texts = kit.texts.identity;
  const [input, setInput] = useState<IdentityInput>(() => startingInput(service));
  const [pressed, setPressed] = useState(false);
  const required: Field[] = service === null ? requiredOf(input.vendor) : ['name'];
  const submit = () => {
    setPressed(true);
    if (required.every((field) => input[field].trim() !== '')) props.onSubmit(input);
  };
  const text = (field: Field, label: string, description: string) => {
    const isMissing = pressed && required.includes(field) && input[field].trim() === '';
    return (
      <Input
        key={field}
        name={`identity-${field}`}
        type={field === 'apiKey' || field === 'webhookSecret' ? 'password' : 'text'}
        label={label}
        description={description}
        required={required.includes(field)}
        value={input[field]}
        error={isMissing}
        {...(isMissing ? { validationMessage: texts.missing } : {})}
        onInput={(value) => setInput((before) => ({ ...before, [field]: value }))}
      />
    );
  };
  const keep = (help: string) => (service === null ? help : `${help} ${texts.keep}`);
  return (
    <Form onSubmit={submit} autoComplete="off">
      <Flex direction="column" gap="sm">
        {service === null ? <VendorChoice kit={kit} input={input} onInput={setInput} /> : null}
        {text('name', texts.name, texts.nameHelp)}
        {service === null && input.vendor === 'veriff'
          ? text('region', texts.veriffAddress, texts.veriffAddressHelp)
          : null}
        {text('apiKey', texts.apiKey, keep(texts.apiKeyHelp[input.vendor]))}
        {text('webhookSecret', texts.secret, keep(texts.secretHelp[input.vendor]))}
        {text('templateName', texts.templateName, texts.templateHelp)}
        {input.templateName === '' ? null : text('templateLanguage', texts.templateLanguage, 'en, de, pt_BR …')}
        {props.problem ? (
          <ProblemAlert problem={props.problem} texts={kit.texts.common} title={props.problemTitle} />
        ) : null}
        <Flex direction="row" justify="start" gap="sm">
          <LoadingButton type="submit" variant="primary" loading={props.working}>
            {props.submitLabel}
          </LoadingButton>
          <Button variant="secondary" onClick={props.onCancel}>
            {kit.texts.common.cancel}
          </Button>
        </Flex>
      </Flex>
    </Form>
  );
}

function VendorChoice(props: {
  kit: SettingsKit;
  input: IdentityInput;
  onInput: (change: (before: IdentityInput) => IdentityInput) => void;
}): ReactElement {
  const { kit, input } = props;
  const texts = kit.texts.identity;
  return (
    <>
      <Select
        name="identity-vendor"
        label={texts.vendor}
        value={input.vendor}
        options={VENDORS.map((vendor) => ({ label: texts.vendors[vendor], value: vendor }))}
        onChange={(chosen) =>
          props.onInput((before) => {
            const vendor = VENDORS.find((one) => one === chosen) ?? before.vendor;
            return { ...before, vendor, region: vendor === 'onfido' ? 'eu' : '' };
          })
        }
      />
      {input.vendor === 'onfido' ? (
        <Select
          name="identity-region"
          label={texts.region}
          value={input.region}
          options={REGIONS.map((region) => ({ label: texts.regions[region], value: region }))}
          onChange={(region) => props.onInput((before) => ({ ...before, region: String(region) }))}
        />
      ) : null}
    </>
  );
}

function startingInput(service: IdentityServiceView | null): IdentityInput {
  return {
    vendor: service?.vendor ?? 'onfido',
    name: service?.name ?? '',
    region: service ? (service.region ?? '') : 'eu',
    apiKey: '',
    webhookSecret: '',
    templateName: service?.linkTemplate?.name ?? '',
    templateLanguage: service?.linkTemplate?.language ?? 'en',
  };
}

/** Veriff signs with its secret from the first call on; the others show theirs only when the webhook has been made. */
function requiredOf(vendor: IdentityVendor): Field[] {
  return vendor === 'veriff' ? ['name', 'apiKey', 'webhookSecret'] : ['name', 'apiKey'];
}
