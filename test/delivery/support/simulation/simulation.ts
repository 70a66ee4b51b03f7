import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { compile } from '@flowella/shared/compile/compile.ts';
import type { Program as FlowProgram } from '@flowella/shared/compile/program.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Selectable } from 'kysely';
import { pino } from 'pino';
import { z } from 'zod';
import { withPortal } from '../../../../server/db/db.ts';
import type { Database } from '../../../../server/db/schema.ts';
import { releaseDeliveries } from '../../../../server/delivery/release-deliveries.ts';
import { releaseHeld } from '../../../../server/delivery/release-held.ts';
import { replayDelivery } from '../../../../server/delivery/replay-delivery.ts';
import { createTurns, type Turns } from '../../../../server/delivery/turns.ts';
import { dueTurns } from '../../../../server/delivery/start-delivery.ts';
import type { DeliveryRow } from '../../../../server/delivery/deliveries.ts';
import { workBatch, type DeliveryServices } from '../../../../server/delivery/work-deliveries.ts';
import { takeChoice } from '../../../../server/delivery/take-choice.ts';
import { ownerOfOffer } from '../../../../server/destinations/calendar/offers.ts';
import { AWAITS, type DestinationKind } from '../../../../server/destinations/destination.ts';
import { createDestinations } from '../../../../server/destinations/registry.ts';
import { heldDeliveries } from '../../../../server/destinations/webhook/view-webhooks.ts';
import { createWebhookDestination } from '../../../../server/destinations/webhook/webhook-destination.ts';
import { addWebhook, changeWebhook, findWebhook } from '../../../../server/destinations/webhook/webhooks.ts';
import { Admission } from '../../../../server/endpoint/admission.ts';
import { EndpointMeter } from '../../../../server/endpoint/endpoint-meter.ts';
import { exchange, type EndpointServices, type ExchangeAnswer } from '../../../../server/endpoint/exchange.ts';
import { signFlowToken } from '../../../../server/endpoint/flow-token.ts';
import { Runs } from '../../../../server/endpoint/runs.ts';
import { createBudgets } from '../../../../server/hubspot/budgets.ts';
import { createHubSpotClient } from '../../../../server/hubspot/create-hubspot-client.ts';
import { hubSpotError } from '../../../../server/hubspot/to-hubspot-error.ts';
import { newId } from '../../../../server/ids.ts';
import { PortalKeys } from '../../../../server/keys/portal-keys.ts';
import { wrapDataKey, type MasterKey } from '../../../../server/keys/vault.ts';
import { applyFileStatuses } from '../../../../server/whatsapp/apply-file-statuses.ts';
import { applyOfferStatuses } from '../../../../server/whatsapp/apply-offer-statuses.ts';
import { eraseContact } from '../../../../server/whatsapp/erase-contact.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { seedFlow } from '../seed-flow.ts';
import { Judge } from './judge.ts';
import { ShakyDatabase } from './shaky-database.ts';
import { SimulatedChat, type FileStatus, type List } from './simulated-chat.ts';
import { SimulatedHubSpot } from './simulated-hubspot.ts';
import { SimulatedOutside } from './simulated-outside.ts';
import { emailOf, PERSONS, type Portal, type Submitted, type Typed } from './submitted.ts';
import { seeded, WorldTime, type Owner, type Random } from './world-time.ts';

const START = new Date('2026-11-23T10:00:00Z');
/** An open delivery of the same person or contact that is older: one after the other, to each destination. */
function isAhead(other: DeliveryRow, row: DeliveryRow): boolean {
  const isSameLine =
    (other.person_id !== null && other.person_id === row.person_id) ||
    (other.contact_id !== null && other.contact_id === row.contact_id);
  return (
    other.portal_id === row.portal_id &&
    other.destination === row.destination &&
    Number(other.seq) < Number(row.seq) &&
    other.reason_code !== 'blocked' &&
    ['waiting', 'delivering'].includes(other.state) &&
    isSameLine
  );
}

/** Runs of one database lie apart in time: what one left in the shared budgets must not brake another. */
const RUN_APART_MS = 40 * 86_400_000;
const RUNS_PER_DATABASE = 250;
/** What is done to the system happens within this time; what follows from it may take days. */
const ACTIVE_MS = 150_000;
const SWEEP_EVERY_MS = 5_000;
/** A run that has not come to rest by then goes round in circles. */
const MAX_STEPS = 30_000;
/** A phone that has asked so often and has not heard SUCCESS never will. */
const MAX_PRESSES = 60;
/** So often an exchange waits for the database within its three seconds. */
const MAX_WAITS = 10;

const question = <K extends 'email' | 'short-text' | 'file'>(name: string, kind: K) => ({
  kind,
  id: `0-1/${name}`,
  label: name,
  required: true,
  origin: { objectTypeId: '0-1', name },
});
const FORM: Form = {
  source: 'hubspot-forms',
  sourceFormId: 'g',
  name: 'F',
  language: 'en',
  revision: 'r1',
  pages: [
    { id: 'p', items: [question('email', 'email')] },
    {
      id: 'q',
      items: [question('city', 'short-text'), { ...question('file', 'file'), multiple: false, required: false }],
    },
  ],
  hidden: [],
  notices: [],
};
const MAPPING: Mapping = {
  formSubmission: { enabled: true },
  contact: { enabled: true, properties: [{ question: '0-1/city', property: 'city', create: false }] },
  kycRecord: { enabled: true, home: 'contact', fields: { legalName: ['0-1/city'] } },
  timeline: { enabled: true },
  task: { enabled: true, kind: 'task', title: 'Call', text: '', dueInDays: 1, priority: 'NONE' },
};
/** What the meeting link of an account is to its flow: the last thing that is asked. */
const APPOINTMENT_DESIGN: Design = {
  appointment: {
    link: 'lima/call',
    name: 'Call',
    minutes: 30,
    timeZone: 'UTC',
    zone: 'account',
    label: 'When?',
    wishLabel: 'Which day instead?',
    noTimes: 'There are no free times.',
  },
};
const URL_RULES = { allowLoopback: false };
const programOf = (design: Design): FlowProgram =>
  compile({ form: FORM, design, mode: 'connected', locale: 'en', version: 'ver_1' }).program;
const FLOW = programOf({});
const FLOW_WITH_APPOINTMENT = programOf(APPOINTMENT_DESIGN);
const flowOf = ({ hasCalendar }: Portal): FlowProgram => (hasCalendar ? FLOW_WITH_APPOINTMENT : FLOW);
/** A phone on its way through the flow: what it asks next, and whom it asked last. */
type Walk = Typed & {
  token: string;
  screen: string | null;
  program: Program | null;
  presses: number;
  isInHurry: boolean;
  /** Repeats to come once it has heard SUCCESS. */
  repeats: number;
};
type SessionRow = Selectable<Database['sessions']>;
type Program = Owner & {
  services: DeliveryServices;
  endpoint: EndpointServices;
  turns: Turns;
  /** Settles when it is killed: nobody hears from it any more. */
  died: Promise<void>;
  die: () => void;
};

export type Report = {
  seed: number;
  violations: string[];
  accepted: number;
  steps: number;
  days: number;
  log: string[];
};

/**
 * One run of the world from a seed: people submit, twice and at once; programs are killed, frozen and started; HubSpot refuses,
 * fails, hangs and takes late; keys, forms and installs change, persons are erased, clocks are set. Then everything calms down, what
 * died is replayed, and the promises of docs/failure-modes.md are judged by what stands at HubSpot.
 */
export async function simulate(t: TestDatabase, seed: number): Promise<Report> {
  const simulation = new Simulation(t, seed);
  await simulation.run();
  return simulation.report();
}

class Simulation {
  readonly #t: TestDatabase;
  readonly #seed: number;
  readonly #random: Random;
  readonly #start: Date;
  readonly #time: WorldTime;
  readonly #hubspot: SimulatedHubSpot;
  readonly #outside: SimulatedOutside;
  readonly #chat: SimulatedChat;
  readonly #database: ShakyDatabase;
  readonly #portals: Portal[] = [];
  readonly #submitted: Submitted[] = [];
  readonly #log: string[] = [];
  readonly #violations: string[] = [];
  readonly #stumbled = new Set<string>();
  #programs: Program[] = [];
  #keyring: readonly MasterKey[];
  #doings: Promise<void>[] = [];
  #walking = 0;
  #erasing = 0;
  #isCalm = false;
  #n = 0;
  #steps = 0;

  constructor(t: TestDatabase, seed: number) {
    this.#t = t;
    this.#seed = seed;
    this.#random = seeded(seed);
    this.#start = new Date(START.getTime() + (seed % RUNS_PER_DATABASE) * RUN_APART_MS);
    this.#time = new WorldTime(this.#start);
    this.#hubspot = new SimulatedHubSpot(this.#time, this.#random);
    this.#outside = new SimulatedOutside(this.#time, this.#random);
    this.#chat = new SimulatedChat(this.#time, this.#random, {
      arrived: (list) => this.#choose(list),
      failed: (list) => this.#tell((program) => this.#failList(program, list)),
      ofFile: (status) => this.#tell((program) => this.#tellOfFile(program, status)),
    });
    this.#database = new ShakyDatabase(t.pool);
    this.#keyring = t.keyring;
  }

  async run(): Promise<void> {
    const random = this.#random;
    for (let n = 1 + random.below(2); n > 0; n -= 1) await this.#addPortal();
    this.#hubspot.faultRate = random.pick([0, 0.05, 0.15, 0.35]);
    this.#outside.faultRate = this.#hubspot.faultRate;
    this.#chat.faultRate = this.#hubspot.faultRate;
    for (let n = 0; n < 2; n += 1) this.#startProgram();
    for (let n = 3 + random.below(6); n > 0; n -= 1) this.#someTime(() => this.#submit());
    for (let n = random.below(7); n > 0; n -= 1) this.#someTime(() => this.#disturb());
    for (let at = 0; at < ACTIVE_MS; at += SWEEP_EVERY_MS) this.#time.in(at, null, () => this.#do(() => this.#sweep()));
    await this.#runToRest();
    const judge = new Judge({
      portals: this.#portals,
      submitted: this.#submitted,
      stumbled: this.#stumbled,
      goneFiles: this.#outside.goneFiles,
      calendarFiles: this.#chat.files,
      violations: this.#violations,
    });
    judge.rows('at rest', await this.#rows());
    await this.#mendEverything();
    await this.#runToRest();
    await this.#replayAll();
    await this.#runToRest();
    const rows = await this.#rows();
    judge.rows('after the replay', rows);
    judge.arrival(rows);
    if (this.#walking + this.#erasing > 0)
      this.#violations.push(`${this.#walking} phones and ${this.#erasing} erasures never came to an end`);
    await judge.erased(this.#t.db, new PortalKeys(this.#t.db, this.#keyring));
    await judge.balance(this.#t.db, await this.#rows());
    this.#violations.push(...this.#hubspot.overLimit.map((what) => `over the limit: ${what}`));
    this.#violations.push(...this.#outside.badlySigned.map((id) => `${id} bears no signature its receiver knows`));
    for (const program of this.#programs) this.#kill(program);
  }

  report(): Report {
    const days = (this.#time.now - this.#start.getTime()) / 86_400_000;
    return {
      seed: this.#seed,
      violations: this.#violations,
      accepted: this.#submitted.length,
      steps: this.#steps,
      days,
      log: [...this.#log, ...this.#hubspot.log],
    };
  }

  async #addPortal(): Promise<void> {
    const portalId = await this.#t.addPortal();
    const url = `https://receiver.flowella.dev/${portalId}`;
    const webhookId = this.#random.chance(0.5) ? await this.#addWebhook(portalId, url) : null;
    const hasCalendar = this.#random.chance(0.4);
    const mapping: Mapping = {
      ...MAPPING,
      ...(webhookId === null ? {} : { webhook: { enabled: true, webhookId } }),
      ...(hasCalendar ? { calendar: { invitation: true } } : {}),
    };
    const program = hasCalendar ? FLOW_WITH_APPOINTMENT : FLOW;
    const seed = { now: this.#start, mapping, form: FORM, program, persons: PERSONS.length };
    await seedFlow(this.#t, portalId, seed);
    // The third person has no contact yet: the first delivery makes it.
    const account = this.#hubspot.addAccount(
      `token-${portalId}`,
      [1, 2].map((person) => ({
        id: String(500 + person),
        properties: { email: emailOf(person), mobilephone: `+55119${String(10_000_000 + person)}` },
      })),
      // A small account too: what its headers say must hold for every program.
      this.#random.pick([110, 18]),
    );
    const receiver = webhookId === null ? null : Object.assign(this.#outside.addReceiver(url), { webhookId });
    this.#portals.push({ portalId, account, isInstalled: true, erasedAt: new Map(), receiver, hasCalendar });
    await this.#tellSecrets();
  }

  async #addWebhook(portalId: number, url: string): Promise<string> {
    const services = { db: this.#t.db, keys: this.#t.keys, clock: this.#time.clock(), urlRules: URL_RULES };
    return addWebhook(services, portalId, { name: 'CRM', url }, 'en');
  }

  /** The receivers know their secrets, as their people copied them from the settings page. */
  async #tellSecrets(): Promise<void> {
    const services = { db: this.#t.db, keys: new PortalKeys(this.#t.db, this.#keyring), clock: this.#time.clock() };
    for (const { portalId, receiver } of this.#portals) {
      if (receiver) receiver.secrets = (await findWebhook(services, portalId, receiver.webhookId))?.secrets ?? [];
    }
  }

  #startProgram(): void {
    const random = this.#random;
    let die = (): void => {};
    const died = new Promise<void>((resolve) => (die = resolve));
    const owner: Owner = { name: `program ${this.#programs.length + 1}`, isAlive: true, frozenUntil: 0 };
    const clock = this.#time.clock(random.between(-1_000, 1_000));
    const { db, pool } = this.#database.open(owner);
    const log = pino({ level: 'silent' });
    const keys = new PortalKeys(db, this.#keyring);
    const safeFetch = this.#outside.safeFetch(owner);
    const webhook = createWebhookDestination({ keys, safeFetch, urlRules: URL_RULES });
    // No flow of the simulation has an identity check.
    const destinations = createDestinations({
      identity: {
        standInUrl: null,
        sendLink: () => Promise.resolve({ kind: 'by_rep', code: 'no-recipient' }),
        countryOf: () => null,
      },
      keys,
      urlRules: URL_RULES,
      fetchFile: this.#outside.fetchFile(owner),
      sendDocument: this.#chat.sendDocument(owner),
      sendTimes: this.#chat.sendTimes(owner),
    }).map((one) => (one.kind === 'webhook' ? webhook : one));
    const services: DeliveryServices = {
      db,
      keys,
      clock,
      log,
      publicUrl: 'https://api.flowella.test',
      random,
      destinations,
      hubspot: createHubSpotClient({
        apiUrl: 'https://api.hubspot.test',
        formsUrl: 'https://forms.hubspot.test',
        db,
        tokens: { accessToken: (portalId) => this.#tokenOf(portalId), grantedScopes: () => Promise.resolve([]) },
        budgets: createBudgets({ db, clock }),
        clock,
        log,
        random,
        wait: (ms) => this.#time.sleep(ms, owner),
        send: (options) => this.#hubspot.send(options, owner),
      }),
      wakeUps: {
        add: (_tx, portalId, kinds) => {
          for (const destination of kinds) this.#wake(portalId, destination);
          return Promise.resolve();
        },
      },
      timers: {
        every: (ms, work) => {
          let isOver = false;
          const again = (): void =>
            this.#time.in(ms, owner, () => {
              if (isOver) return;
              work();
              again();
            });
          again();
          return () => (isOver = true);
        },
        deadline: (ms) => {
          const controller = new AbortController();
          this.#time.in(ms, owner, () => controller.abort());
          return controller.signal;
        },
      },
    };
    const endpoint: EndpointServices = {
      db,
      keys,
      keyring: this.#keyring,
      runs: new Runs(db, keys, pool),
      wakeUps: services.wakeUps,
      destinations,
      codeSender: { send: () => {}, settled: async () => {}, stop: async () => {} },
      clock,
      log,
      meter: new EndpointMeter(),
      readFreeTimes: (portalId) => Promise.resolve({ timeZone: 'UTC', starts: this.#freeTimes(portalId) }),
    };
    const turns = createTurns(async ({ portalId, destination }) => {
      try {
        return await workBatch(services, portalId, destination);
      } catch (err) {
        this.#note(`a batch failed: ${err instanceof Error ? err.message : String(err)}`);
        return 0;
      }
    });
    this.#programs.push(Object.assign(owner, { services, endpoint, turns, died, die }));
  }

  #kill(program: Program): void {
    program.isAlive = false;
    program.die();
  }

  #tokenOf(portalId: number): Promise<string> {
    const portal = this.#portals.find((one) => one.portalId === portalId);
    return portal?.isInstalled
      ? Promise.resolve(`token-${portalId}`)
      : Promise.reject(hubSpotError('portal_disconnected'));
  }

  /** A job reaches some program soon, or is lost. */
  #wake(portalId: number, destination: DestinationKind): void {
    if (this.#random.chance(0.2)) return;
    this.#time.in(this.#random.between(1, 50), null, () => this.#anyProgram()?.turns.ask({ portalId, destination }));
  }

  #anyProgram(): Program | undefined {
    const alive = this.#programs.filter((one) => one.isAlive && one.frozenUntil <= this.#time.now);
    return alive.length > 0 ? this.#random.pick(alive) : undefined;
  }

  async #sweep(): Promise<void> {
    const program = this.#anyProgram();
    if (!program) return;
    const own = new Set(this.#portals.map(({ portalId }) => portalId));
    const due = dueTurns(program.services).catch((err: unknown) => {
      this.#note(`a sweep failed: ${err instanceof Error ? err.message : String(err)}`);
      return [];
    });
    for (const turn of (await Promise.race([due, program.died])) ?? [])
      if (own.has(turn.portalId)) program.turns.ask(turn);
  }

  #someTime(work: () => Promise<void>): void {
    this.#time.in(this.#random.between(0, ACTIVE_MS), null, () => this.#do(work));
  }

  #do(work: () => Promise<void>): void {
    this.#doings.push(work());
  }

  #note(what: string): void {
    this.#log.push(`${this.#time.now} ${what}`);
  }

  /** A person opens a flow, answers screen by screen and goes on until the phone hears SUCCESS. */
  async #submit(isInHurry = false): Promise<void> {
    const random = this.#random;
    const portal = random.pick(this.#portals);
    const person = random.pick(PERSONS);
    if (portal.erasedAt.has(person)) return;
    const n = (this.#n += 1);
    const fileId = random.chance(0.25) ? `${portal.portalId}${n}` : null;
    if (fileId !== null && random.chance(0.15)) this.#outside.goneFiles.add(fileId);
    const typed: Typed = {
      portal,
      person,
      sendId: newId('send'),
      city: `city ${String(n).padStart(3, '0')}`,
      fileId,
      n,
      start: portal.hasCalendar ? this.#freeStart(portal) : null,
    };
    await this.#addSend(typed, person < 3 && random.chance(0.5));
    const { sendId } = typed;
    const token = signFlowToken(this.#keyring, { portalId: portal.portalId, sendId, expiresAt: this.#expiry() });
    const walk: Walk = {
      ...typed,
      token,
      screen: null,
      program: null,
      presses: 0,
      isInHurry,
      repeats: random.below(3),
    };
    this.#walking += 1;
    await this.#press(walk);
  }

  #expiry(): Date {
    return new Date(this.#start.getTime() + 30 * 86_400_000);
  }

  /** One press of the phone's button, and the next one in a while. A network repeats presses, and databases break at them. */
  async #press(walk: Walk): Promise<void> {
    const random = this.#random;
    const again = (fromMs: number, toMs: number): void =>
      this.#time.in(walk.isInHurry ? 50 : random.between(fromMs, toMs), null, () => this.#do(() => this.#press(walk)));
    if (walk.portal.erasedAt.has(walk.person)) return this.#leave();
    if ((walk.presses += 1) > MAX_PRESSES) {
      this.#violations.push(`the phone of ${walk.city} never heard SUCCESS`);
      return this.#leave();
    }
    const program = this.#programFor(walk);
    if (!program || this.#database.isDown) {
      walk.isInHurry = false;
      return again(1_000, 10_000);
    }
    walk.program = program;
    if (random.chance(0.05)) this.#cutConnection();
    const loss = walk.screen !== null && random.chance(0.06) ? await this.#sessionOf(walk) : null;
    const twin = random.chance(0.08) ? this.#anyProgram() : undefined;
    const [answer] = await Promise.all([this.#ask(walk, program), twin ? this.#ask(walk, twin) : null]);
    const reply = answer?.kind === 'reply' ? (answer.body as { screen?: string; data?: unknown }) : null;
    const submissionId = reply?.screen === 'SUCCESS' ? submissionIdOf(reply.data) : undefined;
    if (submissionId !== undefined) {
      this.#hear(walk, submissionId);
      return walk.repeats > 0 ? this.#repeat(walk) : this.#leave();
    }
    if (answer?.kind === 'token-over') return this.#leaveOver(walk);
    if (loss) await this.#crashDatabase(walk, loss.row);
    if (reply?.screen === undefined) return again(500, 5_000);
    const isTaken = walk.start !== null && reply.screen === walk.screen;
    if (isTaken) walk.start = this.#freeStart(walk.portal);
    // Told that something went wrong, the person closes the flow and opens it again; so does who wants another day.
    walk.screen = reply.screen === flowOf(walk.portal).notice || isTaken ? null : reply.screen;
    return again(1_000, 15_000);
  }

  #leave(): void {
    this.#walking -= 1;
  }

  /** Opened anew after the answer to its last screen was lost, a flow is over because it was accepted; else that is a fault. */
  async #leaveOver(walk: Walk): Promise<void> {
    const { portal, person, sendId, city } = walk;
    const row = await withPortal(this.#t.db, portal.portalId, (tx) =>
      tx.selectFrom('submissions').select('submission_id').where('send_id', '=', sendId).executeTakeFirst(),
    );
    if (row) this.#hear(walk, row.submission_id);
    else if (!portal.erasedAt.has(person)) this.#violations.push(`${city} was told that its flow is over`);
    this.#leave();
  }

  /** Mostly the process that answered last, as a proxy has it. */
  #programFor(walk: Walk): Program | undefined {
    const last = walk.program;
    const isThere = last?.isAlive === true && last.frozenUntil <= this.#time.now;
    return isThere && this.#random.chance(0.7) ? last : this.#anyProgram();
  }

  /** What the process answers; null when it died over it. */
  async #ask(walk: Typed & Pick<Walk, 'token' | 'screen'>, program: Program): Promise<ExchangeAnswer | null> {
    const { portalId } = walk.portal;
    const account = { accountId: 'wac', portalId, appSecrets: [], keys: [], stamp: '', loadedAt: 0 };
    const request = {
      flow_token: walk.token,
      ...(walk.screen === null
        ? { action: 'INIT', screen: '', data: {} }
        : { action: 'data_exchange', screen: walk.screen, data: { s: walk.screen, ...valuesOf(walk, walk.screen) } }),
    };
    const seat = new Admission().enter();
    if (!seat) throw new Error('a new endpoint has room');
    let waits = 0;
    const endpoint: EndpointServices = {
      ...program.endpoint,
      wait: () => ((waits += 1) > MAX_WAITS ? Promise.reject(new Error('no time left')) : Promise.resolve()),
    };
    const answer = exchange(endpoint, account, request, seat, { flowId: null, isFault: false });
    return Promise.race([answer, program.died.then(() => null)]);
  }

  #hear(walk: Walk, submissionId: string): void {
    const known = this.#submitted.find((one) => one.sendId === walk.sendId);
    if (known && known.submissionId !== submissionId) this.#violations.push(`${walk.sendId} was accepted twice`);
    if (known) return;
    this.#submitted.push({ ...walk, submissionId, tapped: [] });
    const { start, portal } = walk;
    // Somebody else books the time in the customer's own calendar.
    if (start !== null && this.#random.chance(0.5))
      this.#time.in(this.#random.between(0, 3_000), null, () => portal.account.takenTimes.add(start));
    this.#note(`${submissionId} of person ${walk.person} at ${walk.portal.portalId} accepted as ${walk.city}`);
  }

  #freeTimes(portalId: number): string[] | null {
    const portal = this.#portals.find((one) => one.portalId === portalId);
    return !portal || this.#random.chance(0.1) ? null : this.#hubspot.freeTimes(portal.account);
  }

  /** One that nobody else was seen to choose, so that it can be told apart. */
  #freeStart({ account }: Portal): string {
    const isChosen = new Set(this.#submitted.flatMap(({ start, tapped }) => [start, ...tapped]));
    return this.#random.pick(this.#hubspot.freeTimes(account).filter((start) => !isChosen.has(start)));
  }

  /** A list of times arrived on a phone: its person taps a row soon, late, twice, or never; in the end soon. */
  #choose(list: List): void {
    const random = this.#random;
    if (!this.#isCalm && random.chance(0.15)) return;
    for (let taps = random.chance(0.25) ? 2 : 1; taps > 0; taps -= 1) {
      const [fromMs, toMs] = this.#isCalm
        ? [1_000, 60_000]
        : random.pick([
            [1_000, 300_000],
            [1_000, 26 * 3_600_000],
          ]);
      this.#time.in(random.between(fromMs ?? 0, toMs ?? 0), null, () => {
        const tap = { index: random.below(list.rows), tappedAt: new Date(this.#time.now) };
        this.#tell((program) => this.#tap(program, list, tap));
      });
    }
  }

  /** Meta's webhook, which is taken in and worked off again and again until it is done. */
  #tell(work: (program: Program) => Promise<void>): void {
    this.#do(async () => {
      const program = this.#database.isDown ? undefined : this.#anyProgram();
      const done = program
        ? work(program).then(
            () => true,
            () => false,
          )
        : false;
      const isDone = await Promise.race([done, program?.died.then(() => false) ?? done]);
      if (!isDone) this.#time.in(this.#random.between(1_000, 20_000), null, () => this.#tell(work));
    });
  }

  async #tap(
    { services }: Program,
    { portalId, offerId }: List,
    tap: { index: number; tappedAt: Date },
  ): Promise<void> {
    const tools = { wakeUps: services.wakeUps, now: services.clock.now() };
    await withPortal(services.db, portalId, async (tx) => {
      const dataKey = await services.keys.dataKey(portalId, tx);
      const owner = await ownerOfOffer(tx, portalId, offerId);
      if (!owner) return;
      const { starts } = await tx
        .selectFrom('appointment_offers')
        .select('starts')
        .where('offer_id', '=', offerId)
        .executeTakeFirstOrThrow();
      const start = z.array(z.string()).parse(starts)[tap.index];
      const { submissionId } = owner;
      const one = this.#submitted.find((each) => each.submissionId === submissionId);
      if (one && start !== undefined) one.tapped.push(start);
      await takeChoice(tx, tools, { portalId, submissionId, offerId, ...tap, dataKey });
    });
    this.#note(`row ${tap.index} of ${offerId} was tapped at ${tap.tappedAt.getTime()}`);
  }

  async #failList({ services }: Program, { portalId, offerId }: List): Promise<void> {
    const tools = { wakeUps: services.wakeUps, now: services.clock.now() };
    const status = {
      id: `wamid.${offerId}`,
      status: 'failed',
      timestamp: new Date(this.#time.now),
      biz_opaque_callback_data: offerId,
      errors: [{ code: 131_026 }],
    };
    await withPortal(services.db, portalId, (tx) => applyOfferStatuses(tx, tools, portalId, [status]));
  }

  async #tellOfFile({ services }: Program, { portalId, deliveryId, messageId, status }: FileStatus): Promise<void> {
    const told = {
      id: messageId,
      status,
      timestamp: new Date(this.#time.now),
      biz_opaque_callback_data: deliveryId,
      errors: status === 'failed' ? [{ code: 131_026 }] : undefined,
    };
    await withPortal(services.db, portalId, async (tx) => {
      const early = await applyFileStatuses(tx, services.clock.now(), portalId, [told]);
      if (early.size > 0) throw new Error('asked again later');
    });
  }

  /** The answer did not reach the phone, or another one sends the same flow: with the same answers, or with others. */
  #repeat(walk: Walk): void {
    walk.repeats -= 1;
    const repeated = this.#random.chance(0.3) ? { ...walk, city: 'another city' } : walk;
    this.#time.in(this.#random.between(10, 5_000), null, () =>
      this.#do(async () => {
        const program = this.#anyProgram();
        const answer = program && !this.#database.isDown ? await this.#ask(repeated, program) : null;
        const reply = answer?.kind === 'reply' ? (answer.body as { screen?: string; data?: unknown }) : null;
        const submissionId = reply?.screen === 'SUCCESS' ? submissionIdOf(reply.data) : undefined;
        if (submissionId !== undefined) this.#hear(walk, submissionId);
        if (walk.repeats > 0) this.#repeat(walk);
        else this.#leave();
      }),
    );
  }

  /** Some statement from now, a connection breaks, and perhaps the program with it, or all of the database. */
  #cutConnection(): void {
    const random = this.#random;
    const what = random.pick(['cut', 'kill', 'restart'] as const);
    const downMs = random.between(100, 20_000);
    this.#database.cut({
      after: 1 + random.below(12),
      when: random.pick(['before', 'after'] as const),
      then: (owner) => {
        this.#note(`${what} at a statement of ${owner.name}`);
        if (what === 'restart') this.#takeDown(downMs);
        if (what !== 'kill') return;
        const victim = this.#programs.find((one) => one.name === owner.name);
        if (victim) this.#kill(victim);
        this.#startProgram();
      },
    });
  }

  #takeDown(ms: number): void {
    this.#database.isDown = true;
    this.#time.in(ms, null, () => (this.#database.isDown = false));
  }

  async #sessionOf({ portal, sendId }: Walk): Promise<{ row: SessionRow | undefined }> {
    const row = await withPortal(this.#t.db, portal.portalId, (tx) =>
      tx.selectFrom('sessions').selectAll().where('send_id', '=', sendId).executeTakeFirst(),
    );
    return { row };
  }

  /** The database crashes right after it answered: what was committed asynchronously is as it was before. */
  async #crashDatabase({ portal, sendId, city }: Walk, before: SessionRow | undefined): Promise<void> {
    this.#note(`the database crashes and forgets the last screen of ${city}`);
    await withPortal(this.#t.db, portal.portalId, async (tx) => {
      await tx.deleteFrom('sessions').where('send_id', '=', sendId).execute();
      if (before) await tx.insertInto('sessions').values(before).execute();
    });
    this.#takeDown(this.#random.between(100, 5_000));
  }

  async #addSend({ portal, person, sendId }: Typed, isKnown: boolean): Promise<void> {
    await withPortal(this.#t.db, portal.portalId, (tx) =>
      tx
        .insertInto('sends')
        .values({
          portal_id: String(portal.portalId),
          send_id: sendId,
          flow_id: 'flw_1',
          version_id: 'ver_1',
          person_id: `psn_${person}`,
          contact_id: isKnown ? String(500 + person) : null,
          phone_number_id: '1',
          recipient_key: sendId,
          channel: 'card',
          state: 'delivered',
          token_expires_at: this.#expiry(),
          created_at: this.#start,
        })
        .execute(),
    );
  }

  async #disturb(): Promise<void> {
    const random = this.#random;
    const portal = random.pick(this.#portals);
    const what = random.pick([
      'kill',
      'kill',
      'freeze',
      'outage',
      'long outage',
      'database restart',
      'database restart',
      'cut connection',
      'receiver away',
      'receiver gone',
      'rotate keys',
      'form change',
      'property change',
      'uninstall',
      'erase',
      'clock back',
      'clock forward',
      'replay',
      'rush',
    ] as const);
    this.#note(`${what} at ${portal.portalId}`);
    const mendsIn = (fromMs: number, toMs: number, work: () => Promise<void>): void =>
      this.#time.in(random.between(fromMs, toMs), null, () => this.#do(work));
    switch (what) {
      case 'kill': {
        const victim = this.#anyProgram();
        if (victim) this.#kill(victim);
        return this.#startProgram();
      }
      case 'freeze': {
        const victim = this.#anyProgram();
        if (victim) victim.frozenUntil = this.#time.now + random.between(5_000, 200_000);
        return;
      }
      case 'outage':
      case 'long outage':
        portal.account.isDown = true;
        return mendsIn(5_000, what === 'outage' ? 120_000 : 60 * 3_600_000, async () => {
          portal.account.isDown = false;
        });
      case 'database restart':
        return this.#takeDown(random.between(200, 30_000));
      case 'cut connection':
        return this.#cutConnection();
      case 'receiver away':
        if (portal.receiver) portal.receiver.isDown = true;
        return mendsIn(5_000, 12 * 3_600_000, async () => {
          if (portal.receiver) portal.receiver.isDown = false;
        });
      case 'receiver gone':
        if (portal.receiver) portal.receiver.isGone = true;
        return mendsIn(5_000, 3_600_000, () => this.#switchOn(portal));
      case 'rotate keys':
        return this.#rotateKeys();
      case 'form change':
        portal.account.isFormRefusing = true;
        return mendsIn(5_000, 3_600_000, async () => {
          portal.account.isFormRefusing = false;
        });
      case 'property change':
        portal.account.isPropertyChanged = true;
        return mendsIn(5_000, 3_600_000, async () => {
          portal.account.isPropertyChanged = false;
        });
      case 'uninstall':
        portal.isInstalled = false;
        return mendsIn(5_000, 6 * 86_400_000, () => this.#install(portal));
      case 'erase':
        return this.#erase(portal);
      case 'clock back':
        this.#time.setClock(-random.between(500, 60_000));
        return;
      case 'clock forward':
        // Budgets that count by the clock believe that the time has passed.
        this.#time.setClock(random.between(100, 4_000));
        this.#hubspot.judgeFrom = this.#time.now + 20_000;
        return;
      case 'rush':
        for (let n = 0; n < 6; n += 1) await this.#submit(true);
        return;
      case 'replay':
        return this.#replayAll();
    }
  }

  async #install(portal: Portal): Promise<void> {
    if (portal.isInstalled) return;
    portal.isInstalled = true;
    await this.#rows();
    const now = this.#time.clock().now();
    await withPortal(this.#t.db, portal.portalId, (tx) => releaseHeld(tx, portal.portalId, now));
  }

  /** The customer mends the receiver and switches the webhook on, as the settings page does. */
  async #switchOn(portal: Portal): Promise<void> {
    const { portalId, receiver } = portal;
    if (!receiver?.isGone) return;
    receiver.isGone = false;
    await this.#rows();
    const clock = this.#time.clock();
    const keys = new PortalKeys(this.#t.db, this.#keyring);
    await keys.dataKey(portalId);
    const services = { db: this.#t.db, keys, clock, urlRules: URL_RULES };
    const wakeUps = { add: () => Promise.resolve() };
    await withPortal(this.#t.db, portalId, async (tx) => {
      await changeWebhook(tx, services, portalId, receiver.webhookId, { state: 'on' }, 'en');
      const deliveryIds = await heldDeliveries(tx, portalId, receiver.webhookId);
      await releaseDeliveries(tx, { wakeUps, now: clock.now() }, { portalId, destination: 'webhook', deliveryIds });
    });
  }

  /** A new master key wraps every portal's data key; every program is started anew with both. */
  async #rotateKeys(): Promise<void> {
    const before = new PortalKeys(this.#t.db, this.#keyring);
    this.#keyring = [{ id: `k${randomBytes(4).toString('hex')}`, key: randomBytes(32) }, ...this.#keyring];
    for (const { portalId } of this.#portals) {
      const wrapped = wrapDataKey(this.#keyring, portalId, await before.dataKey(portalId));
      await withPortal(this.#t.db, portalId, (tx) =>
        tx
          .updateTable('portals')
          .set({ data_key_wrapped: wrapped })
          .where('portal_id', '=', String(portalId))
          .execute(),
      );
    }
    for (const program of this.#programs.filter((one) => one.isAlive)) {
      this.#kill(program);
      this.#startProgram();
    }
  }

  async #erase(portal: Portal): Promise<void> {
    const person = this.#random.pick([1, 2]);
    // Whose contact it is must be known: a number that nobody has tied to it cannot be erased with it.
    const isTied = await withPortal(this.#t.db, portal.portalId, (tx) =>
      tx
        .selectFrom('persons as p')
        .leftJoin('sends as s', (join) =>
          join.onRef('s.portal_id', '=', 'p.portal_id').onRef('s.person_id', '=', 'p.person_id'),
        )
        .select('p.person_id')
        .where('p.person_id', '=', `psn_${person}`)
        .where((eb) => eb.or([eb('p.contact_id', 'is not', null), eb('s.contact_id', 'is not', null)]))
        .executeTakeFirst(),
    );
    if (!isTied) return;
    portal.account.contacts.delete(String(500 + person));
    portal.erasedAt.set(person, this.#time.now);
    this.#eraseContact(portal, String(500 + person));
  }

  /** HubSpot's webhook is worked off again and again until it is done: files are deleted at HubSpot, which may be away. */
  #eraseContact(portal: Portal, contactId: string): void {
    const program = this.#anyProgram();
    this.#erasing += 1;
    const done = program
      ? eraseContact({ ...program.services, db: this.#t.db }, portal.portalId, contactId)
      : Promise.reject(new Error('nobody is there'));
    const outcome = done.then(
      () => true,
      () => false,
    );
    void Promise.race([outcome, program?.died.then(() => false) ?? outcome]).then((isDone) => {
      this.#erasing -= 1;
      if (!isDone) this.#time.in(30_000, null, () => this.#eraseContact(portal, contactId));
    });
  }

  async #mendEverything(): Promise<void> {
    this.#hubspot.faultRate = 0;
    this.#outside.faultRate = 0;
    this.#chat.faultRate = 0;
    this.#isCalm = true;
    this.#database.calm();
    for (const portal of this.#portals) {
      if (portal.receiver) portal.receiver.isDown = false;
      await this.#switchOn(portal);
      Object.assign(portal.account, { isDown: false, isFormRefusing: false, isPropertyChanged: false });
      await this.#install(portal);
    }
  }

  async #replayAll(): Promise<void> {
    const program = this.#programs.findLast((one) => one.isAlive);
    if (!program) return;
    for (const row of await this.#rows()) {
      if (row.state === 'dead' || row.state === 'held')
        await replayDelivery({ ...program.services, db: this.#t.db }, Number(row.portal_id), row.delivery_id).catch(
          () => {},
        );
    }
  }

  async #rows() {
    const rows = await Promise.all(
      this.#portals.map(({ portalId }) =>
        withPortal(this.#t.db, portalId, (tx) => tx.selectFrom('deliveries').selectAll().orderBy('seq').execute()),
      ),
    );
    for (const row of rows.flat())
      if (row.state === 'dead' || row.state === 'held') this.#stumbled.add(`${row.submission_id} ${row.destination}`);
    return rows.flat();
  }

  /** Lets things happen one by one until nothing is due any more, each followed by all that it causes at once. */
  async #runToRest(): Promise<void> {
    for (;;) {
      await this.#settle();
      if ((this.#steps += 1) > MAX_STEPS) {
        this.#violations.push('never came to rest');
        return;
      }
      if (this.#time.step()) continue;
      const next = await this.#nextDue();
      if (next === null) return;
      this.#time.at(next, null, () => this.#do(() => this.#sweep()));
    }
  }

  /** Until every program waits for time alone: no statement runs and no transaction is open. */
  async #settle(): Promise<void> {
    const { pool } = this.#t;
    const isBusy = (): boolean => pool.idleCount < pool.totalCount || pool.waitingCount > 0;
    for (let quiet = 0; quiet < 3; quiet = isBusy() ? 0 : quiet + 1) {
      // Waiting for the statement to end instead of asking again and again leaves the cores to PostgreSQL.
      if (isBusy()) await once(pool, 'release');
      await new Promise((resolve) => setImmediate(resolve));
    }
    const doings = this.#doings;
    this.#doings = [];
    await Promise.all(doings);
    if (doings.length > 0) await this.#settle();
  }

  /** When the next delivery is due, in true time; null when none is. */
  async #nextDue(): Promise<number | null> {
    const rows = await this.#rows();
    // A contact that is held only in part lets what depends on it go on.
    const hasContact = new Set(
      rows.flatMap((row) =>
        row.state === 'delivered' || (row.state === 'held' && row.remote_id !== null) ? [row.delivery_id] : [],
      ),
    );
    const isOpen = new Set(
      rows.flatMap(({ submission_id: id, destination, state }) =>
        ['waiting', 'delivering', 'held'].includes(state) ? [`${id} ${destination}`] : [],
      ),
    );
    const dues = rows.flatMap((row) => {
      if (row.state === 'waiting' && isOpen.has(`${row.submission_id} ${AWAITS[row.destination as DestinationKind]}`))
        return [];
      if (row.state === 'waiting' && row.depends_on !== null && !hasContact.has(row.depends_on)) return [];
      // Its turn comes with the older one's: hours of HubSpot's absence are not walked in steps of a second.
      if (row.state === 'waiting' && rows.some((other) => isAhead(other, row))) return [];
      if (row.state === 'waiting') return [this.#time.whenClockShows(row.due_at)];
      return row.state === 'delivering' && row.lease_until ? [this.#time.whenClockShows(row.lease_until)] : [];
    });
    return dues.length === 0 ? null : Math.max(Math.min(...dues), this.#time.now) + 1_100;
  }
}

function submissionIdOf(data: unknown): string | undefined {
  const { extension_message_response: response } = data as {
    extension_message_response: { params: { submission_id?: string } };
  };
  return response.params.submission_id;
}

/** What the phone sends from a screen, as WhatsApp puts it. */
function valuesOf({ portal, person, city, fileId, start }: Typed, screen: string): Record<string, unknown> {
  const fields = flowOf(portal).fields.filter((field) => field.screen === screen);
  const base64 = Buffer.from('0123456789abcdef').toString('base64');
  const file = {
    media_id: fileId,
    cdn_url: 'https://mmg.whatsapp.net/file',
    file_name: 'proof.pdf',
    encryption_metadata: {
      encrypted_hash: base64,
      iv: base64,
      encryption_key: base64,
      hmac_key: base64,
      plaintext_hash: base64,
    },
  };
  const values: Record<string, unknown> = {
    '0-1/email': emailOf(person),
    '0-1/city': city,
    '0-1/file': fileId === null ? [] : [file],
    [APPOINTMENT.day]: start?.slice(0, 10),
    [APPOINTMENT.time]: start,
  };
  return Object.fromEntries(
    fields.flatMap((field) => field.inputs.map(({ name }) => [name, values[field.question.id]])),
  );
}
