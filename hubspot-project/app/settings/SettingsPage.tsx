import { hubspot } from '@hubspot/ui-extensions';
import { SettingsRoot } from './parts/SettingsRoot.tsx';
import { SettingsView } from './SettingsView.tsx';

hubspot.extend<'settings'>(({ context, actions }) => (
  <SettingsRoot context={context}>{(kit) => <SettingsView kit={kit} actions={actions} />}</SettingsRoot>
));
