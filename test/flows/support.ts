import type { Form, Question } from '../../shared/form/form.ts';
import type { HubSpotClient } from '../../server/hubspot/client.ts';
import type { FlowServices } from '../../server/flows/services.ts';
import { createFlow } from '../../server/flows/create-flow.ts';
import { startPublication } from '../../server/flows/publish-flow.ts';
import type { Destination } from '../../server/destinations/destination.ts';
import type { Source, WriteBack } from '../../server/sources/source.ts';
import { bench, connected, type Bench } from '../whatsapp/support.ts';
import { flowsAtMeta } from './meta-flows-fake.ts';

export const writeBack: WriteBack = {
  mode: 'native',
  native: true,
  verifiable: true,
  carriesSubmissionId: true,
  carriesOriginalTimestamp: true,
  unsupportedQuestionIds: [],
  reasons: [],
};

const base = { required: true, origin: {} };
export const NAME: Question = { ...base, kind: 'short-text', id: '0-1/firstname', label: 'First name' };
export const EMAIL: Question = { ...base, kind: 'email', id: '0-1/email', label: 'E-mail' };
export const COLOUR: Question = {
  ...base,
  kind: 'single-choice',
  id: '0-1/colour',
  label: 'Colour',
  choices: [
    { id: 'red', label: 'Red' },
    { id: 'blue', label: 'Blue' },
  ],
};

export function formOf(questions: Question[], change: Partial<Form> = {}): Form {
  return {
    source: 'hubspot-forms',
    sourceFormId: 'form-1',
    name: 'Feedback Übersicht',
    language: 'en',
    revision: `r${questions.length}-${questions.map((question) => question.id).join()}`,
    pages: [{ id: 'p1', items: questions }],
    hidden: [],
    notices: [],
    ...change,
  };
}

/** HubSpot as far as flows look at it: the contact's properties. */
export const hubspot: HubSpotClient = {
  call: async (_portalId, request) =>
    request.schema.parse({
      results: [
        { name: 'firstname', label: 'First name', type: 'string', fieldType: 'text' },
        { name: 'email', label: 'Email', type: 'string', fieldType: 'text' },
      ],
    }),
};

export type FlowBench = Bench & {
  flowServices: FlowServices;
  /** The form the source answers with, or what it throws; change it to make another flow, or to change the form. */
  source: { form: Form; fault?: Error; reads: number; writeBack: WriteBack };
  destinations: Destination[];
  meta: ReturnType<typeof flowsAtMeta>;
};

export async function flowBench(): Promise<FlowBench> {
  const b = await bench();
  const holder: FlowBench['source'] = { form: formOf([NAME, EMAIL, COLOUR]), reads: 0, writeBack };
  const source: Source = {
    kind: 'hubspot-forms',
    listForms: async () => ({ forms: [], after: null }),
    readForm: async () => {
      holder.reads += 1;
      if (holder.fault) throw holder.fault;
      return holder.form;
    },
    toForm: () => holder.form,
    writeBack: () => holder.writeBack,
  };
  const destinations: Destination[] = [];
  const flowServices: FlowServices = { ...b.services, sources: [source], destinations, hubspot };
  return { ...b, flowServices, source: holder, destinations, meta: flowsAtMeta(b) };
}

/** A connected portal, and a flow of its form. */
export async function draftFlow(
  b: FlowBench,
  portalId: number,
  accountId?: string,
): Promise<{ flowId: string; accountId: string }> {
  const account = accountId ?? (await connected(b, portalId));
  const flow = await createFlow(
    b.flowServices,
    portalId,
    { source: 'hubspot-forms', sourceFormId: 'form-1', accountId: account, createdBy: 7 },
    'en',
  );
  return { flowId: flow.flowId, accountId: account };
}

export async function publish(b: FlowBench, portalId: number, flowId: string): Promise<void> {
  const { finished } = await startPublication(b.flowServices, portalId, flowId, 'en');
  await finished;
}
