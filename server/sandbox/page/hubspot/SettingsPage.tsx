import type { ReactNode } from 'react';
import { Toasts, useToasts } from './Toasts.tsx';
import type { AlertMessage } from '../../card-host/protocol.ts';
import '../../card-host/hubspot.css';

export type SettingsPageProps = {
  portalName: string;
  appName: string;
  render: (onAlert: (alert: AlertMessage) => void) => ReactNode;
};

/** The settings of a connected app, as HubSpot frames them. */
export function SettingsPage(props: SettingsPageProps) {
  const { toasts, add, remove } = useToasts();
  return (
    <div className="hs-page">
      <Toasts toasts={toasts} onClose={remove} />
      <div className="hs-bar">
        <strong>HubSpot</strong>
        <span>Settings</span>
        <span>{props.portalName}</span>
      </div>
      <main className="hs-settings">
        <div className="hs-settings__path">Integrations › Connected apps › {props.appName} › Settings</div>
        <h1>{props.appName}</h1>
        {props.render(add)}
      </main>
    </div>
  );
}
