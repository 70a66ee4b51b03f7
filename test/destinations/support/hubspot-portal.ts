import { newId } from '../../../server/ids.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { z } from 'zod';
import { withPortal } from '../../../server/db/db.ts';
import type { DeliveryItem, DestinationContext } from '../../../server/destinations/destination.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../../server/hubspot/scopes.ts';
import { saveTokens } from '../../../server/hubspot/tokens.ts';
import type { HubSpotSeed } from '../../../server/sandbox/hubspot/seed.ts';
import { startHubSpotStandIn } from '../../../server/sandbox/hubspot/start-hubspot-stand-in.ts';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { movableClock, testHubSpot } from '../../hubspot/support/hubspot-fixture.ts';
import type { TestDatabase } from '../../support/database.ts';

export const FORM_ID = '03e69987-1dcb-4d55-9cb6-d3812ac00ee6';
export const CONTACT_ID = '501';
export const PUBLIC_URL = 'https://flowella.example';

const group = (...fields: object[]) => ({ groupType: 'default_group', richTextType: 'text', fields });
const field = (name: string, fieldType: string, more: object = {}) => ({
  objectTypeId: '0-1',
  name,
  label: name,
  required: false,
  hidden: false,
  fieldType,
  ...more,
});

/** A form as HubSpot's API returns it: e-mail, name, choice, hidden default and explicit consent. */
export const rawForm = {
  id: FORM_ID,
  name: 'Know your customer',
  formType: 'hubspot',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-02-01T00:00:00.000Z',
  archived: false,
  fieldGroups: [
    group(
      field('email', 'email', {
        label: 'Email',
        required: true,
        validation: { blockedEmailDomains: [], useDefaultBlockList: false },
      }),
    ),
    group(
      field('firstname', 'single_line_text', { label: 'First name' }),
      field('lastname', 'single_line_text', { label: 'Legal name' }),
    ),
    group(
      field('birthday', 'datepicker', { label: 'Birth date' }),
      field('passport_number', 'single_line_text', { label: 'Passport number' }),
    ),
    group(
      field('hs_lead_status', 'dropdown', {
        label: 'Interest',
        options: [
          { label: 'New', value: 'NEW', displayOrder: 0, description: '' },
          { label: 'Open', value: 'OPEN', displayOrder: 1, description: '' },
        ],
      }),
      field('source_note', 'single_line_text', { hidden: true, defaultValue: 'whatsapp' }),
    ),
  ],
  configuration: {
    language: 'en',
    cloneable: true,
    postSubmitAction: { type: 'thank_you', value: 'Thanks' },
    editable: true,
    archivable: true,
    recaptchaEnabled: false,
    notifyContactOwner: false,
    notifyRecipients: [],
    createNewContactForNewEmail: false,
    prePopulateKnownValues: true,
    allowLinkToResetKnownValues: false,
  },
  displayOptions: { renderRawHtml: false, theme: 'default_style', submitButtonText: 'Send', cssClass: '' },
  legalConsentOptions: {
    type: 'explicit_consent_to_process',
    consentToProcessText: 'We process what you send.',
    consentToProcessCheckboxLabel: 'I agree.',
    communicationConsentText: 'News',
    privacyText: 'Privacy',
    communicationsCheckboxes: [{ subscriptionTypeId: 999, label: 'Send me news', required: false }],
  },
};

const installAnswer = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number(),
  scopes: z.array(z.string()),
});
const contactAnswer = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string()),
  timeline: z.array(z.looseObject({})),
});

type MeetingLinks = NonNullable<NonNullable<HubSpotSeed['portals']>[number]['meetingLinks']>;

const owner = (ownerId: string, firstName: string) => ({
  userId: 1_000 + Number(ownerId),
  email: `${firstName.toLowerCase()}@acme.example`,
  firstName,
  lastName: 'Vendel',
  permissions: [],
  ownerId,
});

/** One account at the strict stand-in, connected to a portal of the test's database, with our real client between. */
export async function startPortal(
  database: TestDatabase,
  options: { tier?: 'free' | 'pro' | 'enterprise'; meetingLinks?: MeetingLinks } = {},
) {
  const clock = movableClock(new Date().toISOString());
  const portalId = await database.addPortal();
  const standIn = await startHubSpotStandIn({
    apiPort: 0,
    formsPort: 0,
    databaseFile: ':memory:',
    clock,
    lags: { searchIndexMs: 0, submissionProcessingMs: 0, submissionReadingMs: 0 },
  });
  standIn.seed({
    apps: [
      {
        appId: 9,
        name: 'Flowella',
        clientId: 'client',
        clientSecret: 'secret',
        redirectUrls: [`${PUBLIC_URL}/oauth/callback`],
        requiredScopes: [...REQUIRED_SCOPES],
        optionalScopes: [...OPTIONAL_SCOPES],
        permittedUrls: [PUBLIC_URL],
      },
    ],
    portals: [
      {
        portalId,
        domain: 'acme.example',
        accountName: 'Acme',
        tier: options.tier ?? 'pro',
        timeZone: 'Europe/Berlin',
        users: [
          {
            userId: 7,
            email: 'rep@acme.example',
            firstName: 'R',
            lastName: 'P',
            permissions: ['super-admin'],
            ownerId: null,
          },
          owner('71', 'Rosa'),
          owner('72', 'Tom'),
          { ...owner('73', 'Gone'), ownerArchived: true },
        ],
        properties: [
          { name: 'birthday', label: 'Birthday', type: 'date', fieldType: 'date' },
          { name: 'passport_number', label: 'Passport', type: 'string', fieldType: 'text' },
          { name: 'source_note', label: 'Source', type: 'string', fieldType: 'text' },
        ],
        contacts: [
          {
            id: CONTACT_ID,
            properties: {
              email: 'ada@acme.test',
              firstname: 'Ada',
              phone: '+4915112345678',
              lifecyclestage: 'customer',
            },
          },
          { id: '502', properties: { email: 'bob@acme.test', firstname: 'Bob' } },
          { id: '503', properties: { firstname: 'Nomail', mobilephone: '+4915199999999' } },
        ],
        meetingLinks: [
          {
            id: '81',
            slug: 'rosa/first-call',
            name: 'First call',
            organizerUserId: 1_071,
            userIds: [1_071],
            minutes: [30],
          },
          ...(options.meetingLinks ?? []),
        ],
        forms: [rawForm],
      },
    ],
  });

  async function control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${standIn.apiUrl}/_standin${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  const granted = installAnswer.parse(await control('POST', `/portals/${portalId}/install`, {}));
  await withPortal(database.db, portalId, (tx) =>
    saveTokens(tx, {
      keys: database.keys,
      portalId,
      now: clock.now(),
      answer: {
        access_token: granted.accessToken,
        refresh_token: granted.refreshToken,
        expires_in: granted.expiresIn,
        hub_id: portalId,
        scopes: granted.scopes,
      },
    }),
  );
  const { client } = testHubSpot(database, { url: standIn.apiUrl, formsUrl: standIn.formsUrl, clock });
  const context: DestinationContext = {
    portalId,
    db: database.db,
    hubspot: client,
    clock,
    publicUrl: PUBLIC_URL,
    signal: new AbortController().signal,
  };
  return {
    portalId,
    context,
    clock,
    client,
    standIn,
    control,
    close: () => standIn.close(),
    async contact(id: string) {
      return contactAnswer.parse(await control('GET', `/portals/${portalId}/contacts/${id}`));
    },
    async contacts() {
      const answer = await control('GET', `/portals/${portalId}/contacts`);
      return z
        .object({ contacts: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.string()) })) })
        .parse(answer).contacts;
    },
    fault: (fault: { route: string; kind: string; times?: number; retryAfterMs?: number }) =>
      control('POST', '/faults', fault),
    /** Method and path of every vendor call since the start. */
    async calls(): Promise<string[]> {
      const answer = await control('GET', '/journal');
      return z
        .object({ entries: z.array(z.object({ method: z.string(), path: z.string() })) })
        .parse(answer)
        .entries.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
    },
  };
}
export type Portal = Awaited<ReturnType<typeof startPortal>>;

export const EVERY_ANSWER: Answers = {
  '0-1/email': { kind: 'email', value: 'ada@acme.test' },
  '0-1/firstname': { kind: 'text', value: 'Ada <b>' },
  '0-1/lastname': { kind: 'text', value: 'Lovelace' },
  '0-1/birthday': { kind: 'date', value: '1990-12-10' },
  '0-1/passport_number': { kind: 'text', value: 'C01X00T478' },
  '0-1/hs_lead_status': { kind: 'choice', choiceId: 'OPEN' },
  'consent/processing': { kind: 'boolean', value: true },
  'consent/0': { kind: 'boolean', value: true },
};

export function mapping(overrides: Partial<Mapping> = {}): Mapping {
  return mappingSchema.parse({
    formSubmission: { enabled: true },
    contact: {
      enabled: true,
      properties: [
        { question: '0-1/firstname', property: 'firstname' },
        { question: '0-1/birthday', property: 'birthday' },
        { question: '0-1/hs_lead_status', property: 'hs_lead_status' },
      ],
    },
    kycRecord: {
      enabled: true,
      fields: {
        legalName: ['0-1/firstname', '0-1/lastname'],
        birthDate: ['0-1/birthday'],
        documentNumber: ['0-1/passport_number'],
        consent: ['consent/processing'],
      },
    },
    timeline: { enabled: true },
    ...overrides,
  });
}

/** One submission of the form above on its way. */
export function deliveryItem(portal: Portal, overrides: Partial<DeliveryItem> = {}): DeliveryItem {
  return {
    deliveryId: newId('delivery'),
    submissionId: newId('submission'),
    attempt: 1,
    flowId: newId('flow'),
    flowName: 'Know your customer',
    versionId: newId('version'),
    form: toForm(rawForm),
    answers: EVERY_ANSWER,
    mapping: mapping(),
    contactId: CONTACT_ID,
    person: { personId: newId('person'), phone: '+4915112345678', bsuid: null },
    acceptedAt: portal.clock.now(),
    finishedAt: portal.clock.now(),
    origin: { channel: 'card', locale: 'en', openedAt: null, screens: [], sentAt: null, versionNumber: 1 },
    remoteId: null,
    ...overrides,
  };
}
