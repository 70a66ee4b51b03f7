import { hubspot } from '@hubspot/ui-extensions';
import { CardRoot } from './parts/CardRoot.tsx';
import { FlowsView } from './flows/FlowsView.tsx';

hubspot.extend<'helpdesk.sidebar'>(({ context, actions }) => (
  <CardRoot context={context}>{(kit) => <FlowsView kit={kit} actions={actions} />}</CardRoot>
));
