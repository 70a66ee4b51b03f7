import type { IdentityServiceView } from '@flowella/shared/contract/identity.ts';
import type { z } from 'zod';
import type {
  AlertsResponse,
  AlertView,
  contactFlowsResponse,
  deliverySchema,
  driftSchema,
  flowDetailSchema,
  publicationSchema,
  sendSchema,
  setupResponse,
  submissionSchema,
  webhookSchema,
  whatsappAccountSchema,
} from '@flowella/shared/contract/api.ts';

/** Contract-shaped data of one portal; every function gives a fresh copy that a test may change. */
type Send = z.infer<typeof sendSchema>;
type Offer = z.infer<typeof contactFlowsResponse>['flows'][number];
type Delivery = z.infer<typeof deliverySchema>;

export const NOW = '2026-11-23T14:03:00.000Z';

export function aSend(change: Partial<Send> = {}): Send {
  return {
    sendId: 'snd_1',
    flowId: 'flw_nps',
    flowName: 'Customer survey',
    state: 'accepted',
    way: 'interactive',
    open: true,
    reason: null,
    progress: { state: 'not-opened', screen: null, screens: null, mode: 'connected' },
    channel: 'card',
    sentBy: 'Rosa Vendel',
    createdAt: NOW,
    times: { sent: null, delivered: null, read: null, opened: null, finished: null },
    submissionId: null,
    ...change,
  };
}

export function anOffer(change: Partial<Offer> = {}): Offer {
  return {
    flowId: 'flw_nps',
    name: 'Customer survey',
    questions: 5,
    way: 'template',
    blocked: null,
    templateBody: 'Hello Maria, how was your visit? Tap the button to tell us.',
    prefill: [{ label: 'E-mail', value: 'maria@example.com' }],
    lastSend: null,
    ...change,
  };
}

export function contactFlows(
  change: { contact?: Partial<z.infer<typeof contactFlowsResponse>['contact']>; flows?: Offer[]; sends?: Send[] } = {},
): z.infer<typeof contactFlowsResponse> {
  return {
    contact: {
      contactId: '101',
      displayName: 'Maria Rossi',
      number: '+39 312 345 6789',
      numberProperty: 'hs_whatsapp_phone_number',
      numberProblem: null,
      consent: { state: 'unknown', source: null, recordedAt: null, note: null },
      window: { open: false, until: null },
      ...change.contact,
    },
    flows: change.flows ?? [
      anOffer(),
      anOffer({ flowId: 'flw_kyc', name: 'Identity check', questions: 9, prefill: [] }),
    ],
    sends: change.sends ?? [],
    serverTime: NOW,
  };
}

export function aDelivery(change: Partial<Delivery> = {}): Delivery {
  return {
    deliveryId: 'dlv_1',
    destination: 'contact',
    state: 'delivered',
    reason: null,
    waitsFor: null,
    attempts: 1,
    dueAt: null,
    deliveredAt: NOW,
    link: null,
    ...change,
  };
}

export function aSubmission(change: Partial<z.infer<typeof submissionSchema>> = {}): z.infer<typeof submissionSchema> {
  return {
    submissionId: 'sub_1',
    flowId: 'flw_nps',
    flowName: 'Customer survey',
    openedAt: '2026-11-23T13:41:00.000Z',
    screens: [{ screen: 'SCREEN_A', title: 'Survey', at: NOW }],
    finishedAt: NOW,
    acceptedAt: NOW,
    channel: 'card',
    sentBy: 'Rosa Vendel',
    sentAt: '2026-11-23T13:40:00.000Z',
    answers: [
      { question: '0-1/nps', label: 'How likely are you to recommend us?', value: '9' },
      { question: '0-1/reason', label: 'Why?', value: 'Friendly people' },
      { question: '0-1/comment', label: 'Anything else?', value: '' },
    ],
    answersNote: null,
    sentAgain: [],
    kyc: null,
    identityCheck: null,
    formLink: 'https://app.hubspot.com/submissions/4711/form/f1',
    deliveries: [
      aDelivery(),
      aDelivery({ deliveryId: 'dlv_2', destination: 'form-submission' }),
      aDelivery({ deliveryId: 'dlv_3', destination: 'timeline' }),
    ],
    ...change,
  };
}

export function anAccount(
  change: Partial<z.infer<typeof whatsappAccountSchema>> = {},
): z.infer<typeof whatsappAccountSchema> {
  const ok = (code: 'token-permissions' | 'number-health' | 'webhook-subscribed' | 'key-valid', message: string) => ({
    code,
    state: 'ok' as const,
    message,
  });
  return {
    accountId: 'wac_1',
    wabaId: '100200300400500',
    name: 'Sample Hotel',
    state: 'connected',
    numbers: [
      {
        phoneNumberId: '106540352242922',
        displayNumber: '+49 30 901820',
        verifiedName: 'Sample Hotel',
        quality: 'GREEN',
        keyStatus: 'VALID',
      },
    ],
    checks: [
      ok('token-permissions', 'The token may manage the account and send messages.'),
      ok('number-health', 'The number can send messages.'),
      ok('webhook-subscribed', 'Meta tells us about messages and statuses.'),
      ok('key-valid', 'Meta says that the key is valid.'),
    ],
    ...change,
  };
}

export function anIdentityService(change: Partial<IdentityServiceView> = {}): IdentityServiceView {
  return {
    serviceId: 'ids_00000000000000000001',
    vendor: 'persona',
    name: 'Our Persona',
    region: null,
    callbackUrl: 'https://flowella.example.com/identity/ids_00000000000000000001',
    hasWebhookSecret: true,
    linkTemplate: null,
    flows: [],
    createdAt: NOW,
    ...change,
  };
}

export function aWebhook(change: Partial<z.infer<typeof webhookSchema>> = {}): z.infer<typeof webhookSchema> {
  return {
    webhookId: 'whk_1',
    name: 'Our CRM',
    url: 'https://hooks.sample-hotel.example.com/flowella',
    state: 'on',
    notice: null,
    oldSecretUntil: null,
    secretMadeAt: NOW,
    createdAt: NOW,
    flows: [],
    held: 0,
    ...change,
  };
}

export function aPublication(
  change: Partial<z.infer<typeof publicationSchema>> = {},
): z.infer<typeof publicationSchema> {
  return {
    state: 'draft',
    reason: null,
    steps: [],
    problems: [],
    template: null,
    metaFlowId: null,
    publishedAt: null,
    ...change,
  };
}

export function setup(change: Partial<z.infer<typeof setupResponse>> = {}): z.infer<typeof setupResponse> {
  return {
    portalId: 4711,
    hubDomain: 'sample-hotel.example.com',
    accounts: [],
    flows: { draft: 0, published: 0 },
    alerts: 0,
    nextStep: 'connect-whatsapp',
    ...change,
  };
}

export function anAlert(change: Partial<AlertView> = {}): AlertView {
  return {
    alertId: 'alr_1',
    kind: 'deliveries_dead',
    severity: 'now',
    title: 'Submissions were not delivered',
    happened: '3 submissions could not be delivered to the contact.',
    todo: 'Mend the cause, then choose “Try delivery again”.',
    openedAt: NOW,
    mendedAt: null,
    quiet: false,
    ...change,
  };
}

export function alertsOf(change: Partial<AlertsResponse> = {}): AlertsResponse {
  return {
    open: [],
    mended: [],
    ways: { webhookId: null, task: false, taskHasOwner: false, webhooks: [], problem: null },
    reports: [],
    measures: [],
    ...change,
  };
}

export function aDrift(change: Partial<z.infer<typeof driftSchema>> = {}): z.infer<typeof driftSchema> {
  return {
    state: 'current',
    message: null,
    checkedAt: NOW,
    revision: null,
    questions: [],
    form: [],
    edits: [],
    writeBack: [],
    openSends: 0,
    heldSubmissions: 0,
    heldNowhereElse: 0,
    ...change,
  };
}

type AskedQuestion = ReturnType<typeof aFlow>['screens'][number]['questions'][number];

function asked(question: string, label: string, kind: string, change: Partial<AskedQuestion> = {}): AskedQuestion {
  return {
    question,
    label,
    kind,
    required: true,
    isConditional: false,
    comparisons: ['one-of', 'answered'],
    choices: [],
    ...change,
  };
}

export function aFlow(change: Partial<z.infer<typeof flowDetailSchema>> = {}): z.infer<typeof flowDetailSchema> {
  return {
    flowId: 'flw_nps',
    name: 'Customer survey',
    source: 'hubspot-forms',
    sourceFormId: 'f1',
    accountId: 'wac_1',
    state: 'draft',
    updatedAt: NOW,
    kept: 2,
    changed: 1,
    refused: 1,
    submissions: 0,
    formState: 'current',
    mode: 'connected',
    report: [
      line('0-1/email', 'kept', 'Asked as it is.', ''),
      line('0-1/reason', 'kept', 'Asked as it is.', ''),
      line('0-1/nps', 'changed', 'The scale is shown as a list of eleven choices.', 'Nothing to do.'),
      line('0-1/cv', 'refused', 'Files of any kind cannot be asked for.', 'Ask for a link instead.'),
    ],
    labels: { '0-1/email': 'E-mail', '0-1/reason': 'Reason', '0-1/nps': 'Recommend', '0-1/cv': 'Your CV' },
    computed: [],
    screens: [
      {
        id: 'SCREEN_A',
        title: 'About you',
        questions: [asked('0-1/email', 'E-mail', 'email')],
      },
      {
        id: 'SCREEN_B',
        title: 'Your visit',
        questions: [
          asked('0-1/nps', 'How likely are you to recommend us?', 'single-choice', {
            choices: [
              { id: 'no', label: 'Not at all' },
              { id: 'yes', label: 'Very' },
            ],
          }),
          asked('0-1/reason', 'Why?', 'short-text', { required: false }),
        ],
      },
    ],
    design: {},
    mapping: {
      formSubmission: { enabled: true },
      contact: { enabled: true, properties: [] },
      kycRecord: { enabled: false, home: 'contact', fields: {} },
      timeline: { enabled: true },
    },
    mappingProblems: [],
    retention: { kind: 'keep' },
    suggestions: [
      { question: '0-1/email', label: 'E-mail', property: 'email', create: false, reason: 'same name and type' },
      { question: '0-1/nps', label: 'Recommend', property: 'flowella_nps', create: true, reason: 'no property fits' },
    ],
    message: { body: 'How was your visit?', button: 'Tell us' },
    publication: aPublication(),
    writeBack: {
      mode: 'native',
      native: true,
      verifiable: true,
      carriesSubmissionId: true,
      carriesOriginalTimestamp: true,
      unsupportedQuestionIds: [],
      reasons: [],
    },
    drift: aDrift(),
    ...change,
  };
}

function line(question: string, outcome: 'kept' | 'changed' | 'refused', message: string, advice: string) {
  return { question, outcome, code: outcome, message, advice, screens: outcome === 'refused' ? [] : ['SCREEN_A'] };
}
