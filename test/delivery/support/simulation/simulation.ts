import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { pino } from 'pino';
import { withPortal } from '../../../../server/db/db.ts';
import { isBalanced, readBalance } from '../../../../server/delivery/check-balance.ts';
import { releaseHeld } from '../../../../server/delivery/release-held.ts';
import { replayDelivery } from '../../../../server/delivery/replay-delivery.ts';
import { createTurns, type Turns } from '../../../../server/delivery/turns.ts';
import { dueTurns } from '../../../../server/delivery/start-delivery.ts';
import type { DeliveryRow } from '../../../../server/delivery/deliveries.ts';
import { workBatch, type DeliveryServices } from '../../../../server/delivery/work-deliveries.ts';
import { DESTINATION_KINDS, type DestinationKind } from '../../../../server/destinations/destination.ts';
import { createDestinations } from '../../../../server/destinations/registry.ts';
import { createBudgets } from '../../../../server/hubspot/budgets.ts';
import { createHubSpotClient } from '../../../../server/hubspot/create-hubspot-client.ts';
import { hubSpotError } from '../../../../server/hubspot/to-hubspot-error.ts';
import { newId } from '../../../../server/ids.ts';
import { PortalKeys } from '../../../../server/keys/portal-keys.ts';
import { wrapDataKey, type MasterKey } from '../../../../server/keys/vault.ts';
import { acceptSubmission } from '../../../../server/submissions/accept.ts';
import { eraseContact } from '../../../../server/whatsapp/erase-contact.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { seedFlow } from '../seed-flow.ts';
import { SimulatedHubSpot, type Account } from './simulated-hubspot.ts';
import { seeded, WorldTime, type Owner, type Random } from './world-time.ts';

const START = new Date('2026-11-23T10:00:00Z');
/** Where every submission of the simulation goes: everywhere in HubSpot but to files, appointments and identity checks, which none has. */
const LEFT_OUT: readonly DestinationKind[] = [
  'files',
  'calendar',
  'invitation',
  'webhook',
  'identity-check',
  'identity-result',
];
const WANTED_KINDS = DESTINATION_KINDS.filter((kind) => !LEFT_OUT.includes(kind));

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
const REST_AFTER_ERASE_MS = 60_000;

const question = (name: string, kind: 'email' | 'short-text') => ({
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
  pages: [{ id: 'p', items: [question('email', 'email'), question('city', 'short-text')] }],
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
/** What each of these destinations makes at HubSpot. */
const ACTIVITIES: Record<string, string> = { timeline: 'communications', task: 'tasks' };
const PERSONS = [1, 2, 3] as const;
const emailOf = (person: number): string => `person${person}@lima.test`;

type Portal = {
  portalId: number;
  account: Account;
  isInstalled: boolean;
  erasedAt: Map<number, number>;
};
/** One submission as the world outside knows it: its answers name it, so that what arrives can be told apart. */
type Submitted = { portal: Portal; person: number; sendId: string; city: string; submissionId: string; n: number };
type Program = Owner & { services: DeliveryServices; turns: Turns };

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
  readonly #portals: Portal[] = [];
  readonly #submitted: Submitted[] = [];
  readonly #log: string[] = [];
  readonly #violations: string[] = [];
  readonly #stumbled = new Set<string>();
  #programs: Program[] = [];
  #keyring: readonly MasterKey[];
  #doings: Promise<void>[] = [];
  #n = 0;
  #steps = 0;

  constructor(t: TestDatabase, seed: number) {
    this.#t = t;
    this.#seed = seed;
    this.#random = seeded(seed);
    this.#start = new Date(START.getTime() + (seed % RUNS_PER_DATABASE) * RUN_APART_MS);
    this.#time = new WorldTime(this.#start);
    this.#hubspot = new SimulatedHubSpot(this.#time, this.#random);
    this.#keyring = t.keyring;
  }

  async run(): Promise<void> {
    const random = this.#random;
    for (let n = 1 + random.below(2); n > 0; n -= 1) await this.#addPortal();
    this.#hubspot.faultRate = random.pick([0, 0.05, 0.15, 0.35]);
    for (let n = 0; n < 2; n += 1) this.#startProgram();
    for (let n = 3 + random.below(6); n > 0; n -= 1) this.#someTime(() => this.#submit());
    for (let n = random.below(7); n > 0; n -= 1) this.#someTime(() => this.#disturb());
    for (let at = 0; at < ACTIVE_MS; at += SWEEP_EVERY_MS) this.#time.in(at, null, () => this.#do(() => this.#sweep()));
    await this.#runToRest();
    this.#judge('at rest', await this.#rows());
    await this.#mendEverything();
    await this.#runToRest();
    await this.#replayAll();
    await this.#runToRest();
    const rows = await this.#rows();
    this.#judge('after the replay', rows);
    this.#judgeArrival(rows);
    await this.#judgeErased();
    await this.#judgeBalance();
    this.#violations.push(...this.#hubspot.overLimit.map((what) => `over the limit: ${what}`));
    for (const program of this.#programs) program.isAlive = false;
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
    await seedFlow(this.#t, portalId, { now: this.#start, mapping: MAPPING, form: FORM, persons: PERSONS.length });
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
    this.#portals.push({ portalId, account, isInstalled: true, erasedAt: new Map() });
  }

  #startProgram(): void {
    const random = this.#random;
    const owner: Owner = { name: `program ${this.#programs.length + 1}`, isAlive: true, frozenUntil: 0 };
    const clock = this.#time.clock(random.between(-1_000, 1_000));
    const db = this.#t.db;
    const log = pino({ level: 'silent' });
    const keys = new PortalKeys(db, this.#keyring);
    const services: DeliveryServices = {
      db,
      keys,
      clock,
      log,
      publicUrl: 'https://api.flowella.test',
      random,
      // No form of the simulation asks for files, and no flow has a webhook or an identity check.
      destinations: createDestinations({
        identity: {
          standInUrl: null,
          sendLink: () => Promise.resolve({ kind: 'by_rep', code: 'no-recipient' }),
          countryOf: () => null,
        },
        keys,
        urlRules: { allowLoopback: false },
        fetchFile: () => Promise.reject(new Error('not used')),
        sendDocument: () => Promise.reject(new Error('not used')),
      }),
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
    const turns = createTurns(async ({ portalId, destination }) => {
      try {
        return await workBatch(services, portalId, destination);
      } catch (err) {
        this.#note(`a batch failed: ${err instanceof Error ? err.message : String(err)}`);
        return 0;
      }
    });
    this.#programs.push(Object.assign(owner, { services, turns }));
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
    for (const turn of await dueTurns(program.services)) if (own.has(turn.portalId)) program.turns.ask(turn);
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

  /** A phone sends its last screen, may send it again, and goes on until it hears SUCCESS. */
  async #submit(): Promise<void> {
    const random = this.#random;
    const portal = random.pick(this.#portals);
    const person = random.pick(PERSONS);
    if (portal.erasedAt.has(person)) return;
    const n = (this.#n += 1);
    const one = { portal, person, sendId: newId('send'), city: `city ${String(n).padStart(3, '0')}`, n };
    const isKnown = person < 3 && random.chance(0.5);
    await this.#addSend(one, isKnown);
    if (random.chance(0.2)) await this.#accept(one, isKnown, { crashBeforeCommit: true }).catch(() => {});
    const first = await this.#accept(one, isKnown);
    this.#submitted.push({ ...one, submissionId: first.submissionId });
    this.#note(`${first.submissionId} of person ${person} at ${portal.portalId} accepted as ${one.city}`);
    for (let repeats = random.below(3); repeats > 0; repeats -= 1) {
      const differs = random.chance(0.3);
      const again = await this.#accept(differs ? { ...one, city: 'another city' } : one, isKnown);
      if (again.first || again.submissionId !== first.submissionId)
        this.#violations.push(`${one.sendId} was accepted twice`);
    }
  }

  async #addSend({ portal, person, sendId }: Omit<Submitted, 'submissionId'>, isKnown: boolean): Promise<void> {
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
          token_expires_at: this.#start,
          created_at: this.#start,
        })
        .execute(),
    );
  }

  async #accept(
    one: Omit<Submitted, 'submissionId'>,
    isKnown: boolean,
    fault: { crashBeforeCommit?: boolean } = {},
  ): Promise<{ submissionId: string; first: boolean }> {
    const { portal, person } = one;
    const program = this.#programs.findLast((each) => each.isAlive);
    if (!program) throw new Error('Nobody is there to accept');
    const { keys, clock, wakeUps, destinations } = program.services;
    const dataKey = await keys.dataKey(portal.portalId);
    return withPortal(this.#t.db, portal.portalId, async (tx) => {
      const accepted = await acceptSubmission(
        tx,
        { wakeUps, destinations, dataKey, now: clock.now() },
        {
          portalId: portal.portalId,
          sendId: one.sendId,
          flowId: 'flw_1',
          versionId: 'ver_1',
          formId: 'frm_1',
          formRevision: 'r1',
          contactId: isKnown ? String(500 + person) : null,
          personId: `psn_${person}`,
          mapping: MAPPING,
          answers: {
            '0-1/email': { kind: 'email', value: emailOf(person) },
            '0-1/city': { kind: 'text', value: one.city },
          },
          acceptedFrom: 'endpoint',
          locale: 'en',
          openedAt: clock.now(),
          finishedAt: clock.now(),
        },
      );
      if (fault.crashBeforeCommit) throw new Error('killed before the commit');
      return accepted;
    });
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
        if (victim) victim.isAlive = false;
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
        for (let n = 0; n < 6; n += 1) await this.#submit();
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
      program.isAlive = false;
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
    const keys = new PortalKeys(this.#t.db, this.#keyring);
    const hubspot = { call: () => Promise.reject(new Error('there are no files to erase')) };
    const services = { db: this.#t.db, keys, clock: this.#time.clock(), log: pino({ level: 'silent' }), hubspot };
    await eraseContact(services, portal.portalId, String(500 + person));
  }

  async #mendEverything(): Promise<void> {
    this.#hubspot.faultRate = 0;
    for (const portal of this.#portals) {
      Object.assign(portal.account, { isDown: false, isFormRefusing: false, isPropertyChanged: false });
      await this.#install(portal);
    }
  }

  async #replayAll(): Promise<void> {
    const program = this.#programs.findLast((one) => one.isAlive);
    if (!program) return;
    for (const row of await this.#rows()) {
      if (row.state === 'dead' || row.state === 'held')
        await replayDelivery(program.services, Number(row.portal_id), row.delivery_id).catch(() => {});
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
    const dues = rows.flatMap((row) => {
      if (row.state === 'waiting' && row.depends_on !== null && !hasContact.has(row.depends_on)) return [];
      // Its turn comes with the older one's: hours of HubSpot's absence are not walked in steps of a second.
      if (row.state === 'waiting' && rows.some((other) => isAhead(other, row))) return [];
      if (row.state === 'waiting') return [this.#time.whenClockShows(row.due_at)];
      return row.state === 'delivering' && row.lease_until ? [this.#time.whenClockShows(row.lease_until)] : [];
    });
    return dues.length === 0 ? null : Math.max(Math.min(...dues), this.#time.now) + 1_100;
  }

  #judge(when: string, rows: readonly DeliveryRow[]): void {
    const say = (row: DeliveryRow, what: string): void =>
      void this.#violations.push(`${when}: ${row.destination} of ${row.submission_id} ${what}`);
    const byId = new Map(rows.map((row) => [row.delivery_id, row]));
    for (const one of this.#submitted) {
      const kinds = rows.filter((row) => row.submission_id === one.submissionId).map((row) => row.destination);
      if (kinds.toSorted().join() !== [...WANTED_KINDS].toSorted().join())
        this.#violations.push(`${when}: ${one.submissionId} has deliveries for ${kinds.join()}`);
    }
    for (const row of rows) {
      if (row.state !== 'delivered' && !row.reason) say(row, `is ${row.state} without a reason`);
      if (row.state === 'delivering') say(row, 'is held by nobody');
      const first = row.depends_on === null ? undefined : byId.get(row.depends_on);
      if (row.state === 'waiting' && !(first && ['dead', 'held'].includes(first.state)))
        say(row, `waits for nothing (${row.reason_code})`);
      const effects = this.#effectsOf(row);
      if (row.destination !== 'contact' && effects > 1) say(row, `stands at HubSpot ${effects} times`);
      if (row.state === 'delivered' && effects === 0) say(row, 'is said to be delivered, and is not there');
      if (/@lima|city \d/.test(JSON.stringify([row.reason, row.detail]))) say(row, 'holds an answer in its reason');
    }
  }

  #effectsOf(row: DeliveryRow): number {
    const one = this.#submitted.find((each) => each.submissionId === row.submission_id);
    if (!one) return 0;
    const { account } = one.portal;
    switch (row.destination) {
      case 'contact':
        return account.cities.filter(({ value }) => value === one.city).length;
      case 'form-submission':
        return account.submissions.filter(({ submissionId }) => submissionId === one.submissionId).length;
      default: {
        const type = ACTIVITIES[row.destination] ?? 'notes';
        return account.activities.filter((each) => each.type === type && each.body.includes(one.submissionId)).length;
      }
    }
  }

  /** Once everything works again and what died was replayed, all of it has arrived, in order. */
  #judgeArrival(rows: readonly DeliveryRow[]): void {
    const seqOf = new Map(rows.map((row) => [`${row.submission_id} ${row.destination}`, Number(row.seq)]));
    for (const row of rows) {
      const one = this.#submitted.find((each) => each.submissionId === row.submission_id);
      const isErased = one?.portal.erasedAt.has(one.person) === true;
      if (row.state !== 'delivered' && !(isErased && row.state === 'cancelled'))
        this.#violations.push(`${row.destination} of ${row.submission_id} ended ${row.state}: ${row.reason_code}`);
    }
    for (const portal of this.#portals) {
      for (const person of PERSONS) {
        const own = this.#submitted.filter((one) => one.portal === portal && one.person === person);
        for (const [kind, arrived] of this.#arrivals(portal.account, own)) {
          const seqs = arrived
            .filter((id) => !['contact', kind].some((each) => this.#stumbled.has(`${id} ${each}`)))
            .map((id) => seqOf.get(`${id} ${kind}`) ?? 0);
          if (seqs.some((seq, index) => seq < (seqs[index - 1] ?? 0)))
            this.#violations.push(
              `${kind} of person ${person} at ${portal.portalId} arrived out of order: ${seqs.join()}`,
            );
        }
      }
      if (portal.account.cities.some(({ value }) => value === 'another city'))
        this.#violations.push('a differing repeat was delivered');
    }
  }

  /** Submissions of one person in the order in which HubSpot took them, by destination. */
  #arrivals(account: Account, own: readonly Submitted[]): Map<DestinationKind, string[]> {
    const ids = new Map(own.map((one) => [one.city, one.submissionId]));
    const known = new Set(ids.values());
    const activities = (type: string): string[] =>
      account.activities
        .filter((one) => one.type === type)
        .flatMap(({ body }) => /Flowella (?:reference|follow-up): (sub_\w+)/.exec(body)?.[1] ?? [])
        .filter((id) => known.has(id));
    return new Map<DestinationKind, string[]>([
      ['contact', account.cities.flatMap(({ value }) => ids.get(value) ?? [])],
      ['form-submission', account.submissions.map(({ submissionId }) => submissionId).filter((id) => known.has(id))],
      ['kyc-record', activities('notes')],
      ['timeline', activities('communications')],
      ['task', activities('tasks')],
    ]);
  }

  /** Nothing of an erased person can be read, and nothing more of them is sent once what was under way has ended. */
  async #judgeErased(): Promise<void> {
    const keys = new PortalKeys(this.#t.db, this.#keyring);
    for (const portal of this.#portals) {
      for (const [person, erasedAt] of portal.erasedAt) {
        const { submissions, repeats, identity } = await withPortal(this.#t.db, portal.portalId, async (tx) => ({
          submissions: await tx
            .selectFrom('submissions')
            .selectAll()
            .where('person_id', '=', `psn_${person}`)
            .execute(),
          repeats: await tx
            .selectFrom('submission_repeats as r')
            .innerJoin('submissions as s', (join) =>
              join.onRef('s.portal_id', '=', 'r.portal_id').onRef('s.submission_id', '=', 'r.submission_id'),
            )
            .select('r.submission_id')
            .where('s.person_id', '=', `psn_${person}`)
            .execute(),
          identity: await tx
            .selectFrom('persons')
            .select('identity_sealed')
            .where('person_id', '=', `psn_${person}`)
            .executeTakeFirstOrThrow(),
        }));
        if (submissions.some((row) => row.answers_sealed ?? row.answers_key_wrapped) || repeats.length > 0)
          this.#violations.push(`answers of person ${person} can be read after the erasure`);
        const known = await keys.openJson(portal.portalId, `persons.identity:psn_${person}`, identity.identity_sealed);
        if (JSON.stringify(known) !== '{}' && submissions.length > 0)
          this.#violations.push(`person ${person} is still known after the erasure`);
        const late = portal.account.submissions.filter(
          (one) => one.personMark === emailOf(person) && one.takenAt > erasedAt + REST_AFTER_ERASE_MS,
        );
        if (late.length > 0) this.#violations.push(`person ${person} was submitted after the erasure`);
      }
    }
  }

  async #judgeBalance(): Promise<void> {
    const own = new Set(this.#portals.map(({ portalId }) => portalId));
    const all = (await readBalance(this.#t.db)).filter(({ portalId }) => own.has(portalId));
    for (const balance of all)
      if (!isBalanced(balance)) this.#violations.push(`the equation does not hold: ${JSON.stringify(balance)}`);
    const accepted = all.reduce((sum, balance) => sum + balance.accepted, 0);
    if (accepted !== this.#submitted.length * WANTED_KINDS.length)
      this.#violations.push(`${accepted} deliveries are counted for ${this.#submitted.length} submissions`);
  }
}
