import type { SendOptions, SendResult } from '../../../../server/hubspot/send-request.ts';
import { KYC_PROPERTIES } from '../../../../server/destinations/kyc-record/kyc-properties.ts';
import type { Random, WorldTime } from './world-time.ts';

/** What may happen to one request. `late`: our side gives up, and HubSpot carries it out afterwards (a half-open connection). */
export const FAULTS = [
  '429',
  '429 with Retry-After',
  '423',
  '5xx before effect',
  '5xx after effect',
  'timeout before effect',
  'timeout after effect',
  'cut before effect',
  'cut after effect',
  'unreached',
  'slow',
  'late',
  'no JSON',
] as const;
export type Fault = (typeof FAULTS)[number];

const UNKNOWN_TO_US = ['5xx after effect', 'timeout after effect', 'cut after effect', 'late', 'no JSON'] as const;

type Answer = { status: number; body: unknown };
type Contact = { id: string; properties: Record<string, string> };
type Activity = { id: string; type: string; contactId: string; body: string; shownAt: number };
type Taken = {
  submissionId: string;
  personMark: string;
  city: string;
  fileUrl: string | null;
  takenAt: number;
  shownAt: number;
  pageUrl: string;
};

export type Account = {
  contacts: Map<string, Contact>;
  activities: Activity[];
  submissions: Taken[];
  /** By name: one of the same name takes its place. Our names begin with the submission's id. */
  files: Map<string, { id: string; url: string }>;
  /** Values written into the property `city`, in the order in which HubSpot took them. */
  cities: { contactId: string; value: string; at: number }[];
  isFormRefusing: boolean;
  isPropertyChanged: boolean;
  isDown: boolean;
  /** Calls in ten seconds, as its headers say. */
  limit: number;
  /** Booked through its meeting link, in the order in which it took them. */
  meetings: Meeting[];
  /** Times of the link that somebody else took, ISO 8601 in UTC. */
  takenTimes: Set<string>;
};
type Meeting = { id: string; contactId: string; email: string; start: string; at: number; shownAt: number };

const API = { max: 110, windowMs: 10_000 };
const SEARCH = { max: 5, windowMs: 1_000 };
const FORMS = { max: 100, windowMs: 10_000 };
const HOUR_MS = 3_600_000;
const MEETING_MS = 1_800_000;
const BOOKABLE_HOURS = 240;
/** A request that our side gave up is carried out at most this long after it was sent. */
const LATEST_EFFECT_MS = 15_000;

/**
 * HubSpot as far as deliveries see it, in memory and on the simulation's time: contacts, properties, activities, form submissions
 * that are listed some seconds after they were taken, rolling limits. Written from the vendor's descriptions, apart from our client.
 */
export class SimulatedHubSpot {
  readonly accounts = new Map<string, Account>();
  /** Requests beyond a limit: each is a fault of ours. */
  readonly overLimit: string[] = [];
  /** Limits are not judged before this: the clock was set and budgets could not know. */
  judgeFrom = 0;
  faultRate = 0;
  readonly log: string[] = [];
  #windows = new Map<string, number[]>();
  #nextId = 1_000;
  #time: WorldTime;
  #random: Random;

  constructor(time: WorldTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  addAccount(token: string, contacts: Contact[], limit = API.max): Account {
    const account: Account = {
      contacts: new Map(contacts.map((contact) => [contact.id, contact])),
      activities: [],
      submissions: [],
      files: new Map(),
      cities: [],
      isFormRefusing: false,
      isPropertyChanged: false,
      isDown: false,
      limit,
      meetings: [],
      takenTimes: new Set(),
    };
    this.accounts.set(token, account);
    return account;
  }

  /** One request of a program, which must be asked for its own answers only while it lives. */
  send(options: SendOptions, program: Parameters<WorldTime['at']>[1]): Promise<SendResult> {
    const account = this.accounts.get(options.accessToken ?? '');
    if (!account) return Promise.resolve({ kind: 'answer', status: 401, headers: new Headers(), body: {} });
    const refusal = this.#spend(options);
    const fault = refusal ? null : this.#faultFor(account, options);
    this.log.push(
      `${this.#time.now} ${options.method} ${options.path.slice(0, 60)} ${refusal ? 'over' : (fault ?? 'ok')}`,
    );
    const latencyMs = this.#random.between(20, 300);
    const later = (ms: number, result: () => SendResult): Promise<SendResult> =>
      new Promise((resolve) => this.#time.in(ms, program, () => resolve(result())));
    const answer = ({ status, body }: Answer, headers: Record<string, string> = {}): SendResult => ({
      kind: 'answer',
      status,
      headers: new Headers(headers),
      body,
    });
    if (refusal) return later(latencyMs, () => answer({ status: 429, body: refusal }));

    /** The effect comes when HubSpot gets to it, whether or not anybody still waits for the answer. */
    let done: Answer = { status: 500, body: {} };
    const takeEffect = (ms: number): void => this.#time.in(ms, null, () => (done = this.#carryOut(account, options)));
    switch (fault) {
      case null:
        takeEffect(latencyMs * 0.7);
        return later(latencyMs, () => answer(done, this.#rateHeaders(options)));
      case '429':
        return later(latencyMs, () => answer({ status: 429, body: { policyName: 'TEN_SECONDLY_ROLLING' } }));
      case '429 with Retry-After': {
        const seconds = String(1 + this.#random.below(40));
        return later(latencyMs, () => answer({ status: 429, body: {} }, { 'retry-after': seconds }));
      }
      case '423':
        return later(latencyMs, () => answer({ status: 423, body: {} }, { 'retry-after': '2' }));
      case '5xx before effect':
        return later(latencyMs, () => answer({ status: 502, body: {} }));
      case '5xx after effect':
        takeEffect(latencyMs * 0.7);
        return later(latencyMs, () => answer({ status: 500, body: {} }));
      case 'timeout before effect':
        return later(options.deadlineMs, () => ({ kind: 'lost', why: 'deadline' }));
      case 'timeout after effect':
        takeEffect(latencyMs);
        return later(options.deadlineMs, () => ({ kind: 'lost', why: 'deadline' }));
      case 'cut before effect':
        return later(latencyMs, () => ({ kind: 'lost', why: 'connection' }));
      case 'cut after effect':
        takeEffect(latencyMs * 0.7);
        return later(latencyMs, () => ({ kind: 'lost', why: 'connection' }));
      case 'unreached':
        return later(latencyMs, () => ({ kind: 'unreached' }));
      case 'slow': {
        const ms = this.#random.between(2_000, options.deadlineMs - 500);
        takeEffect(this.#random.between(10, ms));
        return later(ms, () => answer(done, this.#rateHeaders(options)));
      }
      case 'late': {
        const gaveUpMs = this.#random.between(latencyMs, options.deadlineMs);
        takeEffect(this.#random.between(gaveUpMs, Math.min(gaveUpMs + 5_000, LATEST_EFFECT_MS)));
        return later(gaveUpMs, () => ({ kind: 'lost', why: 'connection' }));
      }
      case 'no JSON':
        takeEffect(latencyMs * 0.7);
        return later(latencyMs, () => ({ kind: 'lost', why: 'not_json' }));
    }
  }

  #faultFor(account: Account, { method, path }: SendOptions): Fault | null {
    if (account.isDown) return this.#random.pick(['5xx before effect', 'unreached', 'timeout before effect'] as const);
    // A booking cannot be asked for by an id of ours, so the faults that leave it unknown are the ones to try.
    const isBooking = method === 'POST' && path.includes('/meeting-links/');
    if (isBooking && this.#random.chance(this.faultRate)) return this.#random.pick(UNKNOWN_TO_US);
    if (!this.#random.chance(this.faultRate)) return null;
    const fault = this.#random.pick(FAULTS);
    // A write that is repeated at once and carried out late could overwrite a newer one: nothing on our side can prevent it, and
    // docs/failure-modes.md says so.
    return fault === 'late' && (method === 'PATCH' || /update|upsert/.test(path)) ? null : fault;
  }

  #spend({ path, method, accessToken, baseUrl }: SendOptions): { policyName: string; message: string } | null {
    const isForms = baseUrl.includes('forms');
    const limits = isForms
      ? [{ name: 'forms', ...FORMS }]
      : [
          { name: 'api', ...API, max: this.accounts.get(accessToken ?? '')?.limit ?? API.max },
          ...(method === 'POST' && path.endsWith('/search') ? [{ name: 'search', ...SEARCH }] : []),
        ];
    for (const limit of limits) {
      const key = `${accessToken} ${limit.name}`;
      const times = (this.#windows.get(key) ?? []).filter((at) => at > this.#time.now - limit.windowMs);
      times.push(this.#time.now);
      this.#windows.set(key, times);
      if (times.length <= limit.max) continue;
      if (this.#time.now >= this.judgeFrom) this.overLimit.push(`${key}: ${times.length} at ${this.#time.now}`);
      return { policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your limit.' };
    }
    return null;
  }

  #rateHeaders({ baseUrl, accessToken }: SendOptions): Record<string, string> {
    if (baseUrl.includes('forms')) return {};
    const max = this.accounts.get(accessToken ?? '')?.limit ?? API.max;
    const used = (this.#windows.get(`${accessToken} api`) ?? []).filter(
      (at) => at > this.#time.now - API.windowMs,
    ).length;
    return {
      'x-hubspot-ratelimit-max': String(max),
      'x-hubspot-ratelimit-remaining': String(Math.max(0, max - used)),
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
    };
  }

  #carryOut(account: Account, options: SendOptions): Answer {
    const { method } = options;
    const path = options.path.replace(/\/2026-09(-beta)?/, '');
    const body = (options.body.kind === 'json' ? options.body.value : {}) as Body;
    const objects = /^\/crm\/objects\/(contacts|notes|tasks|communications|meetings)(?:\/(.+))?$/.exec(path);
    if (path.startsWith('/submissions/')) return this.#submit(account, body);
    if (path.startsWith('/form-integrations/')) return this.#list(account);
    if (path.startsWith('/files/')) return this.#files(account, method, path.split('/')[4] ?? '', options.body);
    if (path.includes('/book/availability-page/')) return ok(this.#availability(account, options.query ?? {}));
    if (path.startsWith('/scheduler/')) return this.#book(account, body);
    if (path === '/crm/properties/contacts') return ok({ results: properties(account) });
    if (path.startsWith('/crm/associations/contacts/'))
      return this.#associated(account, path.split('/')[4] ?? '', body);
    if (objects?.[1] === 'contacts')
      return this.#contacts(account, method, objects[2] ?? '', body, options.query ?? {});
    if (objects?.[1] === 'meetings') return this.#meetings(account, body);
    if (objects) return this.#activities(account, objects[1] ?? '', objects[2] ?? '', body);
    throw new Error(`The simulated HubSpot does not know ${method} ${options.path}`);
  }

  #submit(account: Account, body: Body): Answer {
    if (account.isFormRefusing)
      return {
        status: 400,
        body: { errors: [{ message: "Error in 'fields.city'.", errorType: 'FIELD_NOT_IN_FORM_DEFINITION' }] },
      };
    const pageUrl = body.context?.pageUri ?? '';
    const valueOf = (name: string): string | undefined => body.fields?.find((field) => field.name === name)?.value;
    account.submissions.push({
      submissionId: /sid=(\w+)/.exec(pageUrl)?.[1] ?? '',
      personMark: valueOf('email') ?? '',
      city: valueOf('city') ?? '',
      fileUrl: valueOf('file') ?? null,
      takenAt: this.#time.now,
      shownAt: this.#time.now + this.#random.between(2_000, 20_000),
      pageUrl,
    });
    return ok({});
  }

  #files(account: Account, method: string, id: string, body: SendOptions['body']): Answer {
    if (method === 'DELETE') {
      const name = [...account.files].find(([, file]) => file.id === id)?.[0];
      if (name === undefined) return { status: 404, body: {} };
      account.files.delete(name);
      return { status: 204, body: undefined };
    }
    if (body.kind !== 'multipart') return { status: 400, body: {} };
    const { name } = body.value.file;
    const file = account.files.get(name) ?? {
      id: String((this.#nextId += 1)),
      url: `https://files.hubspot.test/${encodeURIComponent(name)}`,
    };
    account.files.set(name, file);
    return ok(file);
  }

  #list(account: Account): Answer {
    const shown = account.submissions.filter((one) => one.shownAt <= this.#time.now).toReversed();
    return ok({
      results: shown.map((one, index) => ({
        conversionId: `c${index}`,
        submittedAt: one.takenAt,
        pageUrl: one.pageUrl,
      })),
    });
  }

  #contacts(account: Account, method: string, rest: string, body: Body, query: Record<string, unknown>): Answer {
    if (rest === 'search') {
      const values = new Set(body.filterGroups?.flatMap((group) => group.filters.flatMap((filter) => filter.values)));
      const found = [...account.contacts.values()].filter((contact) =>
        values.has((contact.properties.mobilephone ?? '').replace(/\D/g, '')),
      );
      return ok({ results: found });
    }
    if (rest === 'batch/read')
      return ok({ results: (body.inputs ?? []).flatMap(({ id }) => account.contacts.get(id) ?? []) });
    if (rest === 'batch/update')
      return ok({
        results: (body.inputs ?? []).flatMap(
          (input) => this.#write(account, account.contacts.get(input.id), input.properties) ?? [],
        ),
      });
    if (rest === 'batch/upsert') return this.#upsert(account, body);
    const contact =
      typeof query.idProperty === 'string'
        ? [...account.contacts.values()].find(
            (one) => one.properties[String(query.idProperty)] === decodeURIComponent(rest),
          )
        : account.contacts.get(rest);
    if (!contact) return { status: 404, body: {} };
    return ok(method === 'PATCH' ? this.#write(account, contact, body.properties) : contact);
  }

  #upsert(account: Account, body: Body): Answer {
    const [input] = body.inputs ?? [];
    if (!input?.idProperty) return { status: 400, body: {} };
    const { idProperty } = input;
    const known = [...account.contacts.values()].find((one) => one.properties[idProperty] === input.id);
    const contact = known ?? { id: String((this.#nextId += 1)), properties: { [idProperty]: input.id } };
    account.contacts.set(contact.id, contact);
    return ok({ results: [this.#write(account, contact, input.properties)] });
  }

  #write(account: Account, contact: Contact | undefined, values: Record<string, string> = {}): Contact | undefined {
    if (!contact) return undefined;
    Object.assign(contact.properties, values);
    if (values.city !== undefined)
      account.cities.push({ contactId: contact.id, value: values.city, at: this.#time.now });
    return contact;
  }

  #activities(account: Account, type: string, rest: string, body: Body): Answer {
    if (rest === 'batch/read')
      return ok({
        results: (body.inputs ?? []).flatMap(({ id }) => {
          const found = account.activities.find((one) => one.id === id);
          return found
            ? [
                {
                  id,
                  properties: { hs_note_body: found.body, hs_task_body: found.body, hs_communication_body: found.body },
                },
              ]
            : [];
        }),
      });
    const inputs = rest === 'batch/create' ? (body.inputs ?? []) : [body as Input];
    if (inputs.some((input) => !account.contacts.has(input.associations?.[0]?.to.id ?? '')))
      return { status: 404, body: {} };
    const made = inputs.map((input) => {
      const id = String((this.#nextId += 1));
      const text = Object.values(input.properties ?? {}).join(' ');
      account.activities.push({
        id,
        type,
        contactId: input.associations?.[0]?.to.id ?? '',
        body: text,
        shownAt: this.#time.now + this.#random.between(0, 8_000),
      });
      return { id, properties: input.properties, objectWriteTraceId: input.objectWriteTraceId };
    });
    return rest === 'batch/create' ? ok({ results: made }) : ok(made[0]);
  }

  /** The free times of the one meeting link of an account: whole hours of the next ten days, ISO 8601 in UTC. */
  freeTimes({ meetings, takenTimes }: Account): string[] {
    const first = Math.ceil(this.#time.now / HOUR_MS) + 2;
    const hours = Array.from({ length: BOOKABLE_HOURS }, (_, n) => new Date((first + n) * HOUR_MS).toISOString());
    const booked = new Set(meetings.map(({ start }) => start));
    return hours.filter((start) => !booked.has(start) && !takenTimes.has(start));
  }

  #availability(account: Account, { monthOffset }: Record<string, unknown>): object {
    const starts = Number(monthOffset) === 0 ? this.freeTimes(account).map((start) => Date.parse(start)) : [];
    const availabilities = starts.map((ms) => ({ startMillisUtc: ms, endMillisUtc: ms + MEETING_MS }));
    return {
      linkAvailability: { linkAvailabilityByDuration: { [MEETING_MS]: { availabilities } } },
      allUsersBusyTimes: [{ meetingsUser: { userId: '7' } }],
    };
  }

  /** What it says to a time that is gone is not documented: both of what may be meant. */
  #book(account: Account, { email = '', startTime = '', firstName, lastName }: Body): Answer {
    if (!firstName || !lastName) return { status: 400, body: {} };
    if (!this.freeTimes(account).includes(startTime)) return { status: this.#random.pick([400, 409]), body: {} };
    const known = [...account.contacts.values()].find(({ properties: own }) => own.email === email);
    const contact = known ?? { id: String((this.#nextId += 1)), properties: { email } };
    account.contacts.set(contact.id, contact);
    const id = String((this.#nextId += 1));
    const shownAt = this.#time.now + this.#random.between(0, 8_000);
    account.meetings.push({ id, contactId: contact.id, email, start: startTime, at: this.#time.now, shownAt });
    const end = new Date(Date.parse(startTime) + MEETING_MS).toISOString();
    return ok({ calendarEventId: id, contactId: contact.id, start: startTime, end, subject: 'Call' });
  }

  #meetings({ meetings }: Account, { inputs = [] }: Body): Answer {
    const found = meetings.filter(({ id }) => inputs.some((input) => input.id === id));
    return ok({ results: found.map(({ id, start }) => ({ id, properties: { hs_meeting_start_time: start } })) });
  }

  #associated(account: Account, type: string, body: Body): Answer {
    const contactId = body.inputs?.[0]?.id ?? '';
    const things = type === 'meetings' ? account.meetings : account.activities.filter((one) => one.type === type);
    const to = things
      .filter((one) => one.contactId === contactId && one.shownAt <= this.#time.now)
      .map((one) => ({ toObjectId: one.id }));
    return ok({ results: to.length > 0 ? [{ to }] : [] });
  }
}

type Input = {
  id: string;
  idProperty?: string;
  properties?: Record<string, string>;
  objectWriteTraceId?: string;
  associations?: { to: { id: string } }[];
};
type Body = {
  inputs?: Input[];
  properties?: Record<string, string>;
  fields?: { name: string; value: string }[];
  context?: { pageUri?: string };
  email?: string;
  startTime?: string;
  firstName?: string;
  lastName?: string;
  filterGroups?: { filters: { values: string[] }[] }[];
};

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function properties(account: Account): object[] {
  const text = { type: 'string', fieldType: 'text', label: '', options: [] };
  return [
    ...['email', 'mobilephone', 'flowella_person_id'].map((name) => ({ ...text, name })),
    { ...text, name: 'city', ...(account.isPropertyChanged ? { type: 'enumeration', fieldType: 'select' } : {}) },
    ...KYC_PROPERTIES,
  ];
}
