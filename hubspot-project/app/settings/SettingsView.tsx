import { useCallback, useState, type ReactElement } from 'react';
import { LoadingSpinner, Tab, Tabs } from '@hubspot/ui-extensions';
import type { FlowSummary, SetupResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { GetStarted } from './get-started/GetStarted.tsx';
import type { Step } from './get-started/steps.ts';
import { LoadFailed } from './parts/LoadFailed.tsx';
import type { SettingsActions, SettingsKit } from './parts/settings-kit.ts';
import { AccountsTab } from './tabs/AccountsTab.tsx';
import { AlertsTab } from './tabs/AlertsTab.tsx';
import { FlowsTab } from './tabs/FlowsTab.tsx';
import { IdentityTab } from './tabs/IdentityTab.tsx';
import { StoppedTab } from './tabs/StoppedTab.tsx';
import { WebhooksTab } from './tabs/WebhooksTab.tsx';

const TABS = ['start', 'alerts', 'flows', 'accounts', 'identity', 'webhooks', 'stopped'] as const;
type Place = {
  tab: (typeof TABS)[number];
  step: Step | null;
  flowId: string | null;
  /** How often a flow was opened from the list: each time it is read anew, and its form with it. */
  opened: number;
  /** How often a tab was chosen that says how things stand: it is read anew each time, since what it names is mended in the others. */
  visits: number;
};

/** The app's settings page. What has been done is always read from the server; only the place being looked at is kept here. */
export function SettingsView(props: { kit: SettingsKit; actions: SettingsActions; pollMs?: number }): ReactElement {
  const { kit, actions } = props;
  const { api, texts } = kit;
  const [place, setPlace] = useState<Place>({ tab: 'start', step: null, flowId: null, opened: 0, visits: 0 });
  const load = useCallback(async (): Promise<{ setup: SetupResponse; flows: FlowSummary[] }> => {
    const [setup, { flows }] = await Promise.all([api.setup(), api.flows()]);
    return { setup, flows };
  }, [api]);
  const { loaded, reload } = useLoaded(load);

  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  }
  const { setup, flows } = loaded.data;
  const goTo = (step: Step | null, flowId: string | null) =>
    setPlace((before) =>
      before.tab === 'start' && before.step === step && before.flowId === flowId
        ? before
        : { ...before, tab: 'start', step, flowId },
    );
  const open = (flowId: string) =>
    setPlace((before) => ({
      ...before,
      tab: 'start',
      step: 'check-flow',
      flowId,
      opened: before.opened + 1,
    }));
  return (
    <Tabs
      selected={place.tab}
      variant="enclosed"
      onSelectedChange={(name: string | number) => {
        const tab = toTab(name);
        setPlace({ ...place, tab, visits: place.visits + (tab === 'alerts' || tab === 'stopped' ? 1 : 0) });
      }}
    >
      <Tab tabId="start" title={texts.tabs.start}>
        <GetStarted
          kit={kit}
          actions={actions}
          setup={setup}
          flows={flows}
          asked={place}
          onGo={goTo}
          onChange={reload}
          {...(props.pollMs === undefined ? {} : { pollMs: props.pollMs })}
        />
      </Tab>
      <Tab tabId="alerts" title={setup.alerts > 0 ? texts.alerts.tabCount(setup.alerts) : texts.alerts.tab}>
        <AlertsTab key={place.visits} kit={kit} />
      </Tab>
      <Tab tabId="flows" title={texts.tabs.flows}>
        <FlowsTab kit={kit} flows={flows} onOpen={open} onNew={() => goTo('choose-form', null)} />
      </Tab>
      <Tab tabId="accounts" title={texts.tabs.accounts}>
        <AccountsTab kit={kit} accounts={setup.accounts} onConnect={() => goTo('connect-whatsapp', null)} />
      </Tab>
      <Tab tabId="identity" title={texts.identity.tab}>
        <IdentityTab kit={kit} />
      </Tab>
      <Tab tabId="webhooks" title={texts.webhooks.tab}>
        <WebhooksTab kit={kit} />
      </Tab>
      <Tab tabId="stopped" title={texts.stopped.tab}>
        <StoppedTab key={place.visits} kit={kit} actions={actions} />
      </Tab>
    </Tabs>
  );
}

function toTab(tab: string | number): Place['tab'] {
  return TABS.find((one) => one === tab) ?? 'start';
}
