import { hubspot } from '@hubspot/ui-extensions';
import { CardRoot } from './parts/CardRoot.tsx';
import { SubmissionsView } from './submissions/SubmissionsView.tsx';

hubspot.extend<'crm.record.sidebar'>(({ context, actions }) => (
  <CardRoot context={context}>{(kit) => <SubmissionsView kit={kit} actions={actions} />}</CardRoot>
));
