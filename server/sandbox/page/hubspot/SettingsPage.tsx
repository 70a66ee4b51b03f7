import type { ReactNode } from 'react';
import { Toasts, useToasts } from './Toasts.tsx';
import type { AlertMessage } from '../../card-host/protocol.ts';
import type { PageTexts } from '../page-texts.ts';
import '../../card-host/hubspot.css';

export type SettingsPageProps = {
  texts: PageTexts;
  appName: string;
  render: (onAlert: (alert: AlertMessage) => void) => ReactNode;
};

/** The settings of a connected app, as HubSpot frames them. */
export function SettingsPage(props: SettingsPageProps) {
  const { toasts, add, remove } = useToasts();
  return (
    <>
      <Toasts texts={props.texts} toasts={toasts} onClose={remove} />
      <main className="hs-settings">
        <div className="hs-settings__path">{props.texts.settingsPath}</div>
        <h1>{props.appName}</h1>
        {props.render(add)}
      </main>
    </>
  );
}
