import {
  startHubSpotStandIn,
  type HubSpotStandIn,
  type HubSpotStandInOptions,
} from '../../../server/sandbox/hubspot/start-hubspot-stand-in.ts';
import type { HubSpotSeed } from '../../../server/sandbox/hubspot/seed.ts';

export const APP = {
  appId: 7,
  name: 'Flowella',
  clientId: 'client-7',
  clientSecret: 'secret-7',
  redirectUrls: ['http://127.0.0.1:9/callback'],
  requiredScopes: [
    'oauth',
    'crm.objects.contacts.read',
    'crm.objects.contacts.write',
    'crm.schemas.contacts.read',
    'crm.schemas.contacts.write',
    'forms',
  ],
  optionalScopes: [
    'crm.schemas.custom.read',
    'crm.schemas.custom.write',
    'crm.objects.custom.read',
    'crm.objects.custom.write',
    'scheduler.meetings.meeting-link.read',
  ],
  conditionallyRequiredScopes: ['crm.objects.owners.read'],
  permittedUrls: ['http://127.0.0.1'],
} satisfies NonNullable<HubSpotSeed['apps']>[number];

export const ENTERPRISE = 501;
export const FREE = 502;

type FormFields = Record<string, unknown>[];

/** A v3 definition with the given fields; everything the description requires is there. */
export function formWith(
  id: string,
  fields: FormFields,
  more: Record<string, unknown> = {},
): { id: string; name: string; formType: string } & Record<string, unknown> {
  return {
    id,
    name: `Form ${id}`,
    formType: 'hubspot',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    archived: false,
    fieldGroups: [{ groupType: 'default_group', richTextType: 'text', fields }],
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
      lifecycleStages: [],
    },
    displayOptions: {
      renderRawHtml: false,
      theme: 'default_style',
      submitButtonText: 'Send',
      style: {
        fontFamily: 'arial',
        backgroundWidth: '100%',
        labelTextColor: '#33475b',
        labelTextSize: '14px',
        helpTextColor: '#7C98B6',
        helpTextSize: '11px',
        legalConsentTextColor: '#33475b',
        legalConsentTextSize: '14px',
        submitColor: '#ff7a59',
        submitAlignment: 'left',
        submitFontColor: '#ffffff',
        submitSize: '12px',
      },
    },
    legalConsentOptions: { type: 'none' },
    ...more,
  };
}

export function field(name: string, fieldType: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    objectTypeId: '0-1',
    name,
    label: name,
    required: false,
    hidden: false,
    fieldType,
    dependentFields: [],
    ...more,
  };
}

const user = (userId: number, permissions: string[]) => ({
  userId,
  email: `user${userId}@portal.test`,
  firstName: 'User',
  lastName: String(userId),
  permissions,
  ownerId: String(9_000 + userId),
});

export const EMAIL = field('email', 'email', {
  required: true,
  validation: { blockedEmailDomains: ['blocked.test'], useDefaultBlockList: false },
});

export const SEED: HubSpotSeed = {
  apps: [APP],
  portals: [
    {
      portalId: ENTERPRISE,
      domain: 'enterprise.test',
      accountName: 'Enterprise',
      tier: 'enterprise',
      timeZone: 'Europe/Berlin',
      users: [user(1, ['super-admin']), user(2, [])],
      properties: [
        {
          name: 'visit_reason',
          label: 'Reason',
          type: 'enumeration',
          fieldType: 'checkbox',
          options: [
            { label: 'A', value: 'a' },
            { label: 'B', value: 'b' },
          ],
        },
        { name: 'member_no', label: 'Member number', type: 'string', fieldType: 'text', hasUniqueValue: true },
        { name: 'guests', label: 'Guests', type: 'number', fieldType: 'number' },
        { name: 'arrival', label: 'Arrival', type: 'date', fieldType: 'date' },
      ],
      contacts: [
        { id: '11', properties: { email: 'ada@example.test', firstname: 'Ada', phone: '+49 30 901820' } },
        { id: '12', properties: { email: 'bo@example.test', firstname: 'Bo', lifecyclestage: 'customer' } },
      ],
      forms: [formWith('f-contact', [EMAIL, field('firstname', 'single_line_text')])],
    },
    {
      portalId: FREE,
      domain: 'free.test',
      accountName: 'Free',
      tier: 'free',
      timeZone: 'UTC',
      users: [user(3, ['super-admin'])],
      contacts: [{ id: '21', properties: { firstname: 'Cy' } }],
    },
  ],
};

export type TestStandIn = HubSpotStandIn & {
  /** Moves the injected clock. */
  advance(ms: number): void;
  now(): Date;
  /** JSON in, JSON out, as the portal's installed app. */
  call(
    method: string,
    path: string,
    body?: unknown,
    more?: { portalId?: number; token?: string; headers?: Record<string, string>; forms?: boolean },
  ): Promise<{ status: number; body: any; headers: Headers }>; // eslint-disable-line @typescript-eslint/no-explicit-any
  control(method: string, path: string, body?: unknown): Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  tokens: Record<number, { accessToken: string; refreshToken: string }>;
};

/** A stand-in on its own clock with both portals installed. */
export async function testStandIn(
  options: Partial<HubSpotStandInOptions> = {},
  seed: HubSpotSeed = SEED,
): Promise<TestStandIn> {
  let nowMs = Date.parse('2026-11-23T10:00:00.000Z');
  const standIn = await startHubSpotStandIn({
    apiPort: 0,
    formsPort: 0,
    databaseFile: ':memory:',
    clock: { now: () => new Date(nowMs) },
    ...options,
  });
  standIn.seed(seed);
  const tokens: TestStandIn['tokens'] = {};
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${standIn.apiUrl}/_standin${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  for (const portal of seed.portals ?? [])
    tokens[portal.portalId] = (await control('POST', `/portals/${portal.portalId}/install`, {
      accessTokenSeconds: 10_000_000,
    })) as { accessToken: string; refreshToken: string };
  return {
    ...standIn,
    tokens,
    control,
    advance: (ms) => void (nowMs += ms),
    now: () => new Date(nowMs),
    call: async (method, path, body, more = {}) => {
      const token = more.token ?? tokens[more.portalId ?? ENTERPRISE]?.accessToken ?? '';
      const answer = await fetch(`${more.forms ? standIn.formsUrl : standIn.apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...more.headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers };
    },
  };
}
