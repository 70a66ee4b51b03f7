import { z } from 'zod';
import { DESTINATION_KINDS } from './destination-kinds.ts';
import { identityCheckSchema } from './identity.ts';
import { isTimeZone } from '../form/is-time-zone.ts';
import { screenTimeSchema } from '../form/screen-times.ts';
import { mappingSchema } from './mapping.ts';
import { retentionSchema } from './retention.ts';

/**
 * Every call between HubSpot's cards and pages and the server. The portal and the user come from HubSpot's signature,
 * never from these bodies. Cards import only the types.
 */
export const isoTime = z.iso.datetime();
/** From the card, one per press: HubSpot repeats a failed call once, and people press twice. */
export const idempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);

export const problemSchema = z.object({
  code: z.string(),
  /** What happened and what to do, in the user's language. */
  message: z.string(),
  /** Lets support find the log line. */
  requestId: z.string().optional(),
});
/** The body of every answer that is not 2xx. */
export const errorResponse = z.object({ error: problemSchema });

// --- set-up -------------------------------------------------------------------------------------------------------

export const checkSchema = z.object({
  code: z.enum([
    'token-permissions',
    'account-access',
    'number-health',
    'webhook-subscribed',
    'key-registered',
    'key-valid',
  ]),
  state: z.enum(['ok', 'warning', 'failed', 'pending']),
  message: z.string(),
});
export const whatsappAccountSchema = z.object({
  accountId: z.string(),
  wabaId: z.string(),
  name: z.string(),
  state: z.enum(['connecting', 'connected', 'broken', 'disconnected']),
  numbers: z.array(
    z.object({
      phoneNumberId: z.string(),
      displayNumber: z.string(),
      verifiedName: z.string(),
      quality: z.string().nullable(),
      keyStatus: z.enum(['VALID', 'MISMATCH', 'UNKNOWN']).nullable(),
    }),
  ),
  checks: z.array(checkSchema),
});
/** GET /api/setup */
export const setupResponse = z.object({
  portalId: z.number(),
  hubDomain: z.string().nullable(),
  accounts: z.array(whatsappAccountSchema),
  flows: z.object({ draft: z.number(), published: z.number() }),
  /** Open alerts: how many the list of GET /api/alerts has. */
  alerts: z.number(),
  /** The first step that is not done. */
  nextStep: z.enum(['connect-whatsapp', 'choose-form', 'check-flow', 'map-answers', 'publish', 'test', 'done']),
});
/** POST /api/whatsapp/accounts → whatsappAccountSchema. Connecting an account again repairs it. */
export const connectAccountRequest = z.object({
  idempotencyKey,
  appId: z.string().regex(/^\d{5,20}$/),
  appSecret: z.string().min(16).max(128),
  wabaId: z.string().regex(/^\d{5,20}$/),
  phoneNumberId: z.string().regex(/^\d{5,20}$/),
  accessToken: z.string().min(20).max(512),
});

// --- forms and flows ----------------------------------------------------------------------------------------------

export const writeBackSchema = z.object({
  mode: z.enum(['native', 'apps_script', 'public_endpoint', 'compatible_webhook', 'prefill_link', 'none']),
  native: z.boolean(),
  verifiable: z.boolean(),
  carriesSubmissionId: z.boolean(),
  carriesOriginalTimestamp: z.boolean(),
  unsupportedQuestionIds: z.array(z.string()),
  reasons: z.array(z.string()),
});
/** GET /api/forms?search=&after= */
export const formsResponse = z.object({
  forms: z.array(
    z.object({
      source: z.enum(['hubspot-forms', 'google-forms', 'typeform', 'surveymonkey']),
      sourceFormId: z.string(),
      name: z.string(),
      updatedAt: z.string().nullable(),
      questionCount: z.number(),
      writeBack: writeBackSchema,
    }),
  ),
  after: z.string().nullable(),
});

export const fitLineSchema = z.object({
  question: z.string(),
  outcome: z.enum(['kept', 'changed', 'refused']),
  code: z.string(),
  message: z.string(),
  advice: z.string(),
  screens: z.array(z.string()),
});
export const messageSchema = z.object({
  /** What the person reads in the chat above the button. */
  body: z.string().min(1).max(1024),
  header: z.string().max(60).optional(),
  footer: z.string().max(60).optional(),
  /** The button: at most 20 characters, no emoji. */
  button: z.string().min(1).max(20),
  /** What Meta reviews the template as; utility where it is not said. */
  category: z.enum(['UTILITY', 'MARKETING']).optional(),
});
const comparison = z.enum(['answered', 'unanswered', 'one-of', 'none-of', 'at-least', 'at-most']);
const shownPartSchema = z.discriminatedUnion('is', [
  z.object({ question: z.string(), is: z.enum(['answered', 'unanswered']) }),
  z.object({
    question: z.string(),
    is: z.enum(['one-of', 'none-of']),
    values: z.array(z.string().min(1).max(500)).min(1).max(200),
  }),
  z.object({ question: z.string(), is: z.enum(['at-least', 'at-most']), value: z.string().min(1).max(40) }),
]);
/** The customer's own rule of when a question is shown. */
export const shownWhenSchema = z.object({
  match: z.enum(['all', 'any']),
  parts: z.array(shownPartSchema).min(1).max(10),
});
/** A slug stands in HubSpot's paths and is kept for ever with an answer. */
const appointmentSchema = z.object({
  link: z
    .string()
    .regex(/^[\p{L}\p{N}._~-]+(\/[\p{L}\p{N}._~-]+)*$/u)
    .max(200),
  name: z.string().max(200),
  minutes: z.number().int().min(5).max(1_440),
  timeZone: z
    .string()
    .min(1)
    .max(60)
    .refine(isTimeZone, { params: { expected: 'time-zone' } }),
  zone: z.enum(['account', 'person']),
  question: z.string().optional(),
  label: z.string().trim().min(1).max(300),
  wishLabel: z.string().trim().min(1).max(300),
  noTimes: z.string().trim().min(1).max(300),
});
export const designSchema = z.object({
  labels: z.record(z.string(), z.string()).optional(),
  help: z.record(z.string(), z.string()).optional(),
  required: z.record(z.string(), z.boolean()).optional(),
  /** In place of what the form says; null shows the question always. */
  shownWhen: z.record(z.string(), shownWhenSchema.nullable()).optional(),
  omitted: z.array(z.string()).optional(),
  screens: z.array(z.object({ title: z.string().optional(), questions: z.array(z.string()) })).optional(),
  submitLabel: z.string().max(35).optional(),
  mode: z.enum(['connected', 'light']).optional(),
  allowDocumentNumber: z.array(z.string()).optional(),
  /** Who answers confirms who they are first: by a code that the customer's webhook mails, or that an agent gives. */
  confirmIdentity: z
    .discriminatedUnion('channel', [
      z.strictObject({ channel: z.literal('email'), webhookId: z.string().regex(/^whk_[0-9a-z]{20}$/) }),
      z.strictObject({ channel: z.literal('agent') }),
    ])
    .optional(),
  appointment: appointmentSchema.optional(),
});
export const publicationSchema = z.object({
  state: z.enum(['draft', 'publishing', 'published', 'failed', 'paused', 'retired']),
  reason: z.string().nullable(),
  /** What was done and what is under way, in order. */
  steps: z.array(
    z.object({
      code: z.enum(['compile', 'create', 'upload', 'template', 'publish']),
      state: z.enum(['waiting', 'running', 'done', 'failed']),
      message: z.string(),
    }),
  ),
  /** Meta's validation errors by question. */
  problems: z.array(
    z.object({ question: z.string().nullable(), screen: z.string().nullable(), code: z.string(), message: z.string() }),
  ),
  template: z
    .object({
      name: z.string(),
      language: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      body: z.string(),
    })
    .nullable(),
  metaFlowId: z.string().nullable(),
  publishedAt: isoTime.nullable(),
});
/** Where the source form stands beside the flow's working copy: `changed` when its newest reading differs in what people notice. */
export const formStateSchema = z.enum(['current', 'changed', 'archived', 'gone']);
const changeLine = z.object({ code: z.string(), message: z.string() });
export const driftSchema = z.object({
  state: formStateSchema,
  /** What is wrong with an archived or deleted form, and what to do. */
  message: z.string().nullable(),
  /** When the form was read last; null when it never answered since the flow was made. */
  checkedAt: isoTime.nullable(),
  /** Of the newest reading, for taking over exactly what was shown; null where there is nothing to take over. */
  revision: z.string().nullable(),
  /** The difference, question by question in the order of the changed form. */
  questions: z.array(z.object({ question: z.string(), label: z.string(), changes: z.array(changeLine) })),
  /** What changed in the form as a whole. */
  form: z.array(changeLine),
  /** What a take-over makes of the customer's own edits and mapping. */
  edits: z.array(changeLine),
  /** Why nothing could be written back into the changed form, where that is new. */
  writeBack: z.array(z.string()),
  /** Messages people may still answer; they end on the version they were sent. */
  openSends: z.number(),
  /** Submissions that the form does not take as it is now, or that it is not there for: the customer decides. */
  heldSubmissions: z.number(),
  /** Of these, how many no place but the form has an answer of. */
  heldNowhereElse: z.number(),
});
export const flowSummarySchema = z.object({
  flowId: z.string(),
  name: z.string(),
  source: z.string(),
  sourceFormId: z.string(),
  accountId: z.string(),
  state: publicationSchema.shape.state,
  updatedAt: isoTime,
  kept: z.number(),
  changed: z.number(),
  refused: z.number(),
  submissions: z.number(),
  formState: formStateSchema,
});
export const flowDetailSchema = flowSummarySchema.extend({
  mode: z.enum(['connected', 'light']),
  report: z.array(fitLineSchema),
  /** What every question of the form is called there, asked or not. */
  labels: z.record(z.string(), z.string()),
  /** What the form works out from the answers (a score, the ending reached): goes to places like an answer, nobody is asked. */
  computed: z.array(z.object({ question: z.string(), label: z.string(), suggestedProperty: z.string() })),
  /** The screens as text, for the list beside the phone. */
  screens: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      questions: z.array(
        z.object({
          question: z.string(),
          label: z.string(),
          required: z.boolean(),
          kind: z.string(),
          /** Shown only when a rule holds, of the form or the customer's own. */
          isConditional: z.boolean(),
          /** What a rule of a later question can ask of the answer; empty where it cannot look at it. */
          comparisons: z.array(comparison),
          /** What can be chosen, for rules that look at it. */
          choices: z.array(z.object({ id: z.string(), label: z.string() })),
        }),
      ),
    }),
  ),
  design: designSchema,
  mapping: mappingSchema,
  mappingProblems: z.array(
    z.object({ destination: z.string(), question: z.string().nullable(), code: z.string(), message: z.string() }),
  ),
  /** Contact properties of the portal that the answers could go to, and our suggestion per question. */
  suggestions: z.array(
    z.object({
      question: z.string(),
      label: z.string(),
      property: z.string(),
      create: z.boolean(),
      reason: z.string(),
    }),
  ),
  message: messageSchema,
  retention: retentionSchema,
  publication: publicationSchema,
  writeBack: writeBackSchema,
  drift: driftSchema,
});
/** GET /api/flows */
export const flowsResponse = z.object({ flows: z.array(flowSummarySchema) });
/** POST /api/flows → flowDetailSchema */
export const createFlowRequest = z.object({
  idempotencyKey,
  source: z.enum(['hubspot-forms']),
  sourceFormId: z.string().min(1).max(100),
  accountId: z.string(),
  name: z.string().min(1).max(120).optional(),
});
/** PATCH /api/flows/:flowId → flowDetailSchema (GET gives the same) */
export const updateFlowRequest = z.object({
  idempotencyKey,
  name: z.string().min(1).max(120).optional(),
  design: designSchema.optional(),
  mapping: mappingSchema.optional(),
  message: messageSchema.optional(),
  retention: retentionSchema.optional(),
});
/** POST /api/flows/:flowId/take-over → flowDetailSchema: a draft of the changed form as `drift` showed it */
export const takeOverRequest = z.object({ idempotencyKey, revision: z.string().min(1).max(100) });
/** POST /api/flows/:flowId/held-submissions → flowDetailSchema: what becomes of all that `drift.heldSubmissions` counts */
export const decideHeldRequest = z.object({
  idempotencyKey,
  decision: z.enum(['again', 'without-removed', 'give-up']),
});
/** POST /api/flows/:flowId/publish → publicationSchema (202); GET /api/flows/:flowId/publication follows it */
export const publishRequest = z.object({ idempotencyKey });
/** POST /api/flows/:flowId/test-sends → sendSchema */
export const testSendRequest = z.object({ idempotencyKey, to: z.string().min(5).max(30) });
/** POST /api/flows/:flowId/preview → a page with the phone, for an iframe; the address works once and for five minutes */
export const previewResponse = z.object({ url: z.string(), expiresAt: isoTime });
/** GET /api/contact-properties */
export const contactPropertiesResponse = z.object({
  properties: z.array(z.object({ name: z.string(), label: z.string(), type: z.string(), fieldType: z.string() })),
});

/** GET /api/owners: whoever can own a contact, archived ones too, since a rule may still name one */
export const ownersResponse = z.object({
  owners: z.array(z.object({ ownerId: z.string(), name: z.string(), archived: z.boolean() })),
  /** False where the app may not read them: a super admin installs it again. */
  permitted: z.boolean(),
});

/** GET /api/meeting-links: pages of HubSpot's scheduler that a flow can offer times of */
export const meetingLinksResponse = z.object({
  links: z.array(z.object({ link: z.string(), name: z.string() })),
  /** IANA name of the account's time zone. */
  timeZone: z.string(),
  /** False where the app may not read them: a super admin installs it again. */
  permitted: z.boolean(),
});
/** GET /api/meeting-link?link=: how long its meetings may be, in minutes */
export const meetingLinkResponse = z.object({ minutes: z.array(z.number()) });

// --- the contact's cards --------------------------------------------------------------------------------------------

export const sendSchema = z.object({
  sendId: z.string(),
  flowId: z.string(),
  flowName: z.string(),
  state: z.enum(['queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled']),
  way: z.enum(['interactive', 'template']).nullable(),
  open: z.boolean(),
  /** Why it failed or closed, and what to do. */
  reason: z.string().nullable(),
  progress: z.object({
    state: z.enum(['not-opened', 'opened', 'finished']),
    screen: z.number().nullable(),
    screens: z.number().nullable(),
    mode: z.enum(['connected', 'light']),
  }),
  channel: z.string(),
  sentBy: z.string().nullable(),
  createdAt: isoTime,
  times: z.object({
    sent: isoTime.nullable(),
    delivered: isoTime.nullable(),
    read: isoTime.nullable(),
    opened: isoTime.nullable(),
    finished: isoTime.nullable(),
  }),
  submissionId: z.string().nullable(),
  /** In flows that confirm who answers first. `locked`: no try is left. */
  confirmation: z
    .object({
      channel: z.enum(['email', 'agent']),
      state: z.enum(['waiting', 'confirmed', 'locked']),
      /** What stands in the way of the codes, and who should do what. */
      problem: z.string().nullable(),
    })
    .optional(),
});
/** GET /api/contacts/:contactId/flows */
export const contactFlowsResponse = z.object({
  contact: z.object({
    contactId: z.string(),
    displayName: z.string(),
    /** Formatted; null when the contact has none that can be read. */
    number: z.string().nullable(),
    numberProperty: z.string().nullable(),
    /** What to do when there is no usable number. */
    numberProblem: z.string().nullable(),
    consent: z.object({
      state: z.enum(['opted_in', 'opted_out', 'unknown']),
      source: z.string().nullable(),
      recordedAt: isoTime.nullable(),
      /** Where and how the person said it, as a rep noted it. */
      note: z.string().nullable(),
    }),
    window: z.object({ open: z.boolean(), until: isoTime.nullable() }),
  }),
  flows: z.array(
    z.object({
      flowId: z.string(),
      name: z.string(),
      questions: z.number(),
      way: z.enum(['interactive', 'template', 'none']),
      /** Why it cannot be sent now; null when it can. */
      blocked: z.string().nullable(),
      templateBody: z.string().nullable(),
      prefill: z.array(z.object({ label: z.string(), value: z.string() })),
      lastSend: sendSchema.nullable(),
    }),
  ),
  /** Newest first, open ones before others; the card polls while one is open. */
  sends: z.array(sendSchema),
  serverTime: isoTime,
});
/** POST /api/contacts/:contactId/sends → sendSchema. `replace` closes an open send of the same flow first. */
export const sendRequest = z.object({ idempotencyKey, flowId: z.string(), replace: z.boolean().default(false) });
/** POST /api/contacts/:contactId/sends/:sendId/code → giveCodeResponse: for whom an agent has checked by telephone */
export const giveCodeRequest = z.object({ idempotencyKey });
/** `code` is answered once: null to a repeat of the same press, which has to be a new one. */
export const giveCodeResponse = z.object({ code: z.string().nullable(), expiresAt: isoTime.nullable() });
/** POST /api/contacts/:contactId/consent → contactFlowsResponse.contact.consent: what the person told the rep */
export const consentRequest = z.object({
  idempotencyKey,
  state: z.enum(['opted_in', 'opted_out']),
  note: z.string().max(300).default(''),
});

export const deliverySchema = z.object({
  deliveryId: z.string(),
  destination: z.enum(DESTINATION_KINDS),
  state: z.enum(['waiting', 'delivering', 'held', 'delivered', 'dead', 'cancelled']),
  reason: z.string().nullable(),
  /** The place of the same submission that comes first: nothing is tried here until that is done. */
  waitsFor: z.enum(DESTINATION_KINDS).nullable(),
  attempts: z.number(),
  dueAt: isoTime.nullable(),
  deliveredAt: isoTime.nullable(),
  /** Page in HubSpot where it can be seen. */
  link: z.string().nullable(),
});
export const submissionSchema = z.object({
  submissionId: z.string(),
  flowId: z.string(),
  flowName: z.string(),
  /** When the person opened the flow, sent each screen for the last time, and the last one; not known of flows without an endpoint. */
  openedAt: isoTime.nullable(),
  screens: z.array(screenTimeSchema),
  finishedAt: isoTime,
  acceptedAt: isoTime,
  channel: z.string(),
  sentBy: z.string().nullable(),
  sentAt: isoTime,
  /** null when retention has deleted them or the user may not see them; `answersNote` says which. */
  answers: z.array(z.object({ question: z.string(), label: z.string(), value: z.string() })).nullable(),
  answersNote: z.string().nullable(),
  /** What the person sent once more after the submission was accepted, the oldest first: kept here, delivered nowhere. */
  sentAgain: z.array(
    z.object({
      at: isoTime,
      /** The questions answered otherwise than at first; an empty value where there is no answer any more. */
      answers: z.array(z.object({ question: z.string(), label: z.string(), value: z.string() })),
    }),
  ),
  kyc: z.object({ status: z.string(), fields: z.array(z.object({ label: z.string(), value: z.string() })) }).nullable(),
  /** The identity check that was asked for; null when there is none. */
  identityCheck: identityCheckSchema.nullable(),
  formLink: z.string().nullable(),
  deliveries: z.array(deliverySchema),
});
/** GET /api/contacts/:contactId/submissions?before= */
export const submissionsResponse = z.object({
  submissions: z.array(submissionSchema),
  before: z.string().nullable(),
  total: z.number(),
});
/** POST /api/deliveries/:deliveryId/replay → deliverySchema */
export const replayRequest = z.object({ idempotencyKey });

// --- webhooks -----------------------------------------------------------------------------------------------------

export const webhookSchema = z.object({
  webhookId: z.string(),
  name: z.string(),
  url: z.string(),
  state: z.enum(['on', 'off']),
  /** Why it is off and what to do; null while it is on. */
  notice: z.string().nullable(),
  /** Until when the secret before the last rotation signs too. */
  oldSecretUntil: isoTime.nullable(),
  secretMadeAt: isoTime,
  createdAt: isoTime,
  /** Names of the flows that send their submissions here. */
  flows: z.array(z.string()),
  /** Deliveries that wait for it to be switched on. */
  held: z.number(),
});
/** GET /api/webhooks */
export const webhooksResponse = z.object({ webhooks: z.array(webhookSchema) });
/** What adding and rotating answer: the only time the secret is shown. Null when the same press is repeated too late. */
export const webhookSecretResponse = z.object({ webhook: webhookSchema, secret: z.string().nullable() });
const webhookName = z.string().trim().min(1).max(80);
const webhookUrl = z.string().trim().min(1).max(4_096);
/** POST /api/webhooks → webhookSecretResponse */
export const addWebhookRequest = z.object({ idempotencyKey, name: webhookName, url: webhookUrl });
/** PATCH /api/webhooks/:webhookId → webhookSchema. Switching it on sends what was held. */
export const changeWebhookRequest = z.object({
  idempotencyKey,
  name: webhookName.optional(),
  url: webhookUrl.optional(),
  state: z.enum(['on', 'off']).optional(),
});
/** POST /api/webhooks/:webhookId/rotate → webhookSecretResponse; …/test → webhookTestResponse; …/delete → webhooksResponse */
export const webhookActionRequest = z.object({ idempotencyKey });
export const webhookTestResponse = z.object({
  delivered: z.boolean(),
  /** The receiver's HTTP status; null where there was no answer. */
  status: z.number().nullable(),
  message: z.string(),
});
/** GET /api/webhooks/:webhookId/deliveries: the last ones, newest first */
export const webhookDeliveriesResponse = z.object({
  deliveries: z.array(
    deliverySchema
      .omit({ link: true, destination: true, waitsFor: true })
      .extend({ submissionId: z.string(), flowName: z.string(), createdAt: isoTime }),
  ),
});

// --- alerts -------------------------------------------------------------------------------------------------------

const alertSchema = z.object({
  alertId: z.string(),
  kind: z.string(),
  /** `now`: something does not work; `soon`: it works, and will not for long. */
  severity: z.enum(['now', 'soon']),
  title: z.string(),
  happened: z.string(),
  todo: z.string(),
  openedAt: isoTime,
  mendedAt: isoTime.nullable(),
  /** Somebody has seen it: no reminder until more of it happens. */
  quiet: z.boolean(),
});
/** GET /api/alerts: what needs the customer, the weightiest first */
export const alertsResponse = z.object({
  open: z.array(alertSchema),
  mended: z.array(alertSchema),
  ways: z.object({
    webhookId: z.string().nullable(),
    task: z.boolean(),
    /** Whether the tasks are somebody's: not every HubSpot user is an owner. */
    taskHasOwner: z.boolean(),
    webhooks: z.array(z.object({ webhookId: z.string(), name: z.string(), state: z.enum(['on', 'off']) })),
    /** Why the last notice did not arrive; null when it did. */
    problem: z.string().nullable(),
  }),
  /** What Meta reported on flows, newest first. */
  reports: z.array(z.object({ at: isoTime, flowName: z.string(), text: z.string() })),
  /** What our endpoint measured in the last half hour, per flow. */
  measures: z.array(
    z.object({
      flowName: z.string(),
      requests: z.number(),
      p90Ms: z.number(),
      errorPercent: z.number(),
      unansweredPercent: z.number(),
    }),
  ),
});
/** POST /api/alerts/ways → alertsResponse */
export const chooseAlertWaysRequest = z.object({ idempotencyKey, webhookId: z.string().nullable(), task: z.boolean() });
/** POST /api/alerts/:alertId/quiet → alertsResponse */
export const quietAlertRequest = z.object({ idempotencyKey });

// --- types for the cards ----------------------------------------------------------------------------------------------

export type Problem = z.infer<typeof problemSchema>;
export type Check = z.infer<typeof checkSchema>;
export type WhatsappAccount = z.infer<typeof whatsappAccountSchema>;
export type SetupResponse = z.infer<typeof setupResponse>;
export type ConnectAccountRequest = z.infer<typeof connectAccountRequest>;
export type FormsResponse = z.infer<typeof formsResponse>;
export type FlowSummary = z.infer<typeof flowSummarySchema>;
export type FlowDetail = z.infer<typeof flowDetailSchema>;
export type Drift = z.infer<typeof driftSchema>;
export type FlowsResponse = z.infer<typeof flowsResponse>;
export type FlowMessage = z.infer<typeof messageSchema>;
export type Publication = z.infer<typeof publicationSchema>;
export type PreviewResponse = z.infer<typeof previewResponse>;
export type ContactPropertiesResponse = z.infer<typeof contactPropertiesResponse>;
export type MeetingLinksResponse = z.infer<typeof meetingLinksResponse>;
export type MeetingLinkResponse = z.infer<typeof meetingLinkResponse>;
export type OwnersResponse = z.infer<typeof ownersResponse>;
export type GiveCodeResponse = z.infer<typeof giveCodeResponse>;
export type SendView = z.infer<typeof sendSchema>;
export type ContactFlowsResponse = z.infer<typeof contactFlowsResponse>;
export type DeliveryView = z.infer<typeof deliverySchema>;
export type SubmissionView = z.infer<typeof submissionSchema>;
export type SubmissionsResponse = z.infer<typeof submissionsResponse>;
export type WebhookView = z.infer<typeof webhookSchema>;
export type WebhooksResponse = z.infer<typeof webhooksResponse>;
export type WebhookSecretResponse = z.infer<typeof webhookSecretResponse>;
export type WebhookTestResponse = z.infer<typeof webhookTestResponse>;
export type WebhookDeliveriesResponse = z.infer<typeof webhookDeliveriesResponse>;
export type AlertView = z.infer<typeof alertSchema>;
export type AlertsResponse = z.infer<typeof alertsResponse>;
export type { Mapping, OwnerChoice, OwnerRule } from './mapping.ts';
export type { Retention } from './retention.ts';
