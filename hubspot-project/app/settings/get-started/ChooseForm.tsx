import { useCallback, useState, type ReactElement } from 'react';
import {
  Button,
  EmptyState,
  Flex,
  LoadingButton,
  LoadingSpinner,
  SearchInput,
  Select,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  useDebounce,
} from '@hubspot/ui-extensions';
import type { FormsResponse, WhatsappAccount } from '@flowella/shared/contract/api.ts';
import type { FormChoice } from '@flowella/shared/ui/settings-api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { StepButtons } from '../parts/StepButtons.tsx';

type FormLine = FormsResponse['forms'][number];

/** Step 2: the forms of the account, with what can be written back to each. */
export function ChooseForm(props: {
  kit: SettingsKit;
  accounts: WhatsappAccount[];
  onBack: () => void;
  onCreated: (flowId: string) => Promise<void>;
}): ReactElement {
  const { kit } = props;
  const texts = kit.texts.forms;
  const connected = props.accounts.filter((account) => account.state === 'connected');
  const [search, setSearch] = useState('');
  const [accountId, setAccountId] = useState<string | null>(null);
  const account = connected.find((one) => one.accountId === accountId) ?? connected[0];
  return (
    <Flex direction="column" gap="md">
      {connected.length > 1 ? (
        <Select
          name="account"
          label={texts.account}
          value={account?.accountId ?? ''}
          options={connected.map((one) => ({ label: one.name, value: one.accountId }))}
          onChange={(value) => setAccountId(String(value))}
        />
      ) : null}
      <SearchInput
        name="search"
        label={texts.search}
        placeholder={texts.searchPlaceholder}
        clearable
        value={search}
        onInput={setSearch}
      />
      {account ? <Forms kit={kit} search={search} accountId={account.accountId} onCreated={props.onCreated} /> : null}
      <StepButtons kit={kit} onBack={props.onBack} />
    </Flex>
  );
}

function Forms(props: {
  kit: SettingsKit;
  search: string;
  accountId: string;
  onCreated: (flowId: string) => Promise<void>;
}): ReactElement {
  const { kit } = props;
  const { api, texts } = kit;
  const search = useDebounce(props.search.trim(), 300);
  const load = useCallback(() => api.forms(search, null), [api, search]);
  const { loaded, reload, show } = useLoaded(load);
  const create = useAction(kit.api.createFlow);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const nextPage = useCallback((after: string) => api.forms(search, after), [api, search]);
  const more = useAction(nextPage);

  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  }
  const { forms, after } = loaded.data;
  if (forms.length === 0) return <NoForms kit={kit} search={search} onRetry={() => void reload()} />;
  const choose = async (choice: FormChoice) => {
    setChosenId(choice.sourceFormId);
    const flow = await create.run(choice);
    if (flow) await props.onCreated(flow.flowId);
  };
  const showMore = async (cursor: string) => {
    const page = await more.run(cursor);
    if (page) show({ forms: [...forms, ...page.forms], after: page.after });
  };
  return (
    <Flex direction="column" gap="md">
      {create.problem ? (
        <ProblemAlert problem={create.problem} texts={texts.common} title={texts.forms.failed} />
      ) : null}
      <FormTable
        kit={kit}
        forms={forms}
        workingOn={create.working ? chosenId : null}
        onChoose={(form) => void choose({ sourceFormId: form.sourceFormId, accountId: props.accountId })}
      />
      {more.problem ? <ProblemAlert problem={more.problem} texts={texts.common} /> : null}
      {after !== null ? (
        <Flex direction="row" justify="start">
          <LoadingButton variant="secondary" size="sm" loading={more.working} onClick={() => void showMore(after)}>
            {texts.forms.more}
          </LoadingButton>
        </Flex>
      ) : null}
    </Flex>
  );
}

function NoForms(props: { kit: SettingsKit; search: string; onRetry: () => void }): ReactElement {
  const { texts } = props.kit;
  if (props.search !== '') return <Text>{texts.forms.noMatch(props.search)}</Text>;
  return (
    <EmptyState title={texts.forms.empty} layout="horizontal" imageWidth={150} flush>
      <Text>{texts.forms.emptyText}</Text>
      <Button variant="secondary" onClick={props.onRetry}>
        {texts.common.refresh}
      </Button>
    </EmptyState>
  );
}

function FormTable(props: {
  kit: SettingsKit;
  forms: FormLine[];
  workingOn: string | null;
  onChoose: (form: FormLine) => void;
}): ReactElement {
  const { kit } = props;
  const texts = kit.texts.forms;
  return (
    <Table>
      <TableHead>
        <TableRow>
          <TableHeader>{texts.form}</TableHeader>
          <TableHeader>{texts.changed}</TableHeader>
          <TableHeader align="right">{texts.questions}</TableHeader>
          <TableHeader>{texts.writeBack}</TableHeader>
          <TableHeader>{''}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {props.forms.map((form) => (
          <TableRow key={form.sourceFormId}>
            <TableCell>
              <Text format={{ fontWeight: 'demibold' }}>{form.name}</Text>
            </TableCell>
            <TableCell>{form.updatedAt ? kit.time(form.updatedAt) : ''}</TableCell>
            <TableCell align="right">{form.questionCount}</TableCell>
            <TableCell>
              <Text>{kit.texts.writeBack.mode[form.writeBack.mode]}</Text>
              {form.writeBack.reasons.map((reason) => (
                <Text key={reason} variant="microcopy">
                  {reason}
                </Text>
              ))}
            </TableCell>
            <TableCell>
              <LoadingButton
                variant="secondary"
                size="xs"
                loading={props.workingOn === form.sourceFormId}
                disabled={props.workingOn !== null && props.workingOn !== form.sourceFormId}
                onClick={() => props.onChoose(form)}
              >
                {texts.choose}
              </LoadingButton>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
