import { withPortal, type Db } from '../../../../server/db/db.ts';
import { isBalanced, readBalance } from '../../../../server/delivery/check-balance.ts';
import type { DeliveryRow } from '../../../../server/delivery/deliveries.ts';
import { AWAITS, type DestinationKind } from '../../../../server/destinations/destination.ts';
import type { PortalKeys } from '../../../../server/keys/portal-keys.ts';
import { emailOf, PERSONS, wantedOf, type Portal, type Submitted } from './submitted.ts';

const REST_AFTER_ERASE_MS = 60_000;
/** What each of these destinations makes at HubSpot. */
const ACTIVITIES: Record<string, string> = { timeline: 'communications', task: 'tasks' };

/** What an appointment comes to that nobody can book: its time is past, or was taken again and again. */
const LOST_TIMES = ['appointment_past', 'slot_taken_often'];
const isLostTime = (other: DeliveryRow, row: DeliveryRow): boolean =>
  other.delivery_id === row.depends_on && LOST_TIMES.includes(other.reason_code ?? '');

/** What a run left: as the world outside knows it, and where what broke a promise is told. */
export type Judged = {
  portals: readonly Portal[];
  submitted: readonly Submitted[];
  /** `<submission> <destination>` of what was dead or held at some time. */
  stumbled: ReadonlySet<string>;
  /** Media ids that WhatsApp no longer has. */
  goneFiles: ReadonlySet<string>;
  /** How often each submission's calendar file arrived. */
  calendarFiles: ReadonlyMap<string, number>;
  violations: string[];
};

/** Holds what a run of the simulation left against the promises of docs/failure-modes.md. */
export class Judge {
  readonly #world: Judged;

  constructor(world: Judged) {
    this.#world = world;
  }

  /** What each delivery says of itself, against what stands where it goes. */
  rows(when: string, rows: readonly DeliveryRow[]): void {
    const say = (row: DeliveryRow, what: string): void =>
      void this.#world.violations.push(`${when}: ${row.destination} of ${row.submission_id} ${what}`);
    const byId = new Map(rows.map((row) => [row.delivery_id, row]));
    for (const one of this.#world.submitted) {
      const kinds = rows.filter((row) => row.submission_id === one.submissionId).map((row) => row.destination);
      if (kinds.toSorted().join() !== wantedOf(one).toSorted().join())
        this.#world.violations.push(`${when}: ${one.submissionId} has deliveries for ${kinds.join()}`);
    }
    for (const row of rows) {
      if (row.state !== 'delivered' && !row.reason) say(row, `is ${row.state} without a reason`);
      if (row.state === 'delivering') say(row, 'is held by nobody');
      const first = row.depends_on === null ? undefined : byId.get(row.depends_on);
      const awaited = rows.find(
        (other) =>
          other.submission_id === row.submission_id && other.destination === AWAITS[row.destination as DestinationKind],
      );
      if (row.state === 'waiting' && !(first && ['dead', 'held'].includes(first.state)) && awaited?.state !== 'held')
        say(row, `waits for nothing (${row.reason_code})`);
      this.#effects(row, say);
      if (/@lima|city \d/.test(JSON.stringify([row.reason, row.detail]))) say(row, 'holds an answer in its reason');
    }
  }

  #effects(row: DeliveryRow, say: (row: DeliveryRow, what: string) => void): void {
    const one = this.#world.submitted.find((each) => each.submissionId === row.submission_id);
    if (!one) {
      // Accepted, and its person erased before the phone could ask again.
      if (row.state !== 'cancelled' && row.state !== 'delivered') say(row, `is ${row.state}, and nobody heard of it`);
      return;
    }
    const effects = this.#effectsOf(row, one);
    // A calendar file whose arrival nobody can know is sent again by who asks for it.
    const isAskedFor = row.destination === 'invitation' && this.#world.stumbled.has(`${one.submissionId} invitation`);
    const mayRepeat = row.destination === 'contact' || row.destination === 'webhook' || isAskedFor;
    if (!mayRepeat && effects > 1) say(row, `stands there ${effects} times`);
    const isDeleted = row.destination === 'files' && one.portal.erasedAt.has(one.person);
    if (row.state === 'delivered' && effects === 0 && !isDeleted) say(row, 'is said to be delivered, and is not there');
  }

  #effectsOf(row: DeliveryRow, one: Submitted): number {
    const { account, receiver } = one.portal;
    switch (row.destination) {
      case 'files':
        return [...account.files.keys()].filter((name) => name.startsWith(one.submissionId)).length;
      case 'webhook':
        return receiver?.calls.filter(({ submissionId }) => submissionId === one.submissionId).length ?? 0;
      case 'contact':
        return account.cities.filter(({ value }) => value === one.city).length;
      case 'form-submission':
        return account.submissions.filter(({ submissionId }) => submissionId === one.submissionId).length;
      case 'calendar':
        return this.#bookings(one).length;
      case 'invitation':
        return this.#world.calendarFiles.get(one.submissionId) ?? 0;
      default: {
        const type = ACTIVITIES[row.destination] ?? 'notes';
        return account.activities.filter((each) => each.type === type && each.body.includes(one.submissionId)).length;
      }
    }
  }

  /** Meetings at a time that the person of this submission wanted, and in no other one. */
  #bookings(one: Submitted): { start: string; at: number }[] {
    const { submitted } = this.#world;
    const wanted = (each: Submitted): (string | null)[] => [each.start, ...each.tapped];
    const isOthers = (start: string): boolean =>
      submitted.some((each) => each !== one && each.portal === one.portal && wanted(each).includes(start));
    return one.portal.account.meetings.filter(
      ({ email, start }) =>
        email === emailOf(one.person) &&
        wanted(one).includes(start) &&
        // What several of a person's submissions wanted is booked once for all of them.
        (start === wanted(one).at(-1) || !isOthers(start)),
    );
  }

  /** Once everything works again and what died was replayed, all of it has arrived, in order. */
  arrival(rows: readonly DeliveryRow[]): void {
    const seqOf = new Map(rows.map((row) => [`${row.submission_id} ${row.destination}`, Number(row.seq)]));
    for (const row of rows) {
      const one = this.#world.submitted.find((each) => each.submissionId === row.submission_id);
      if (!one) continue;
      const isErased = one.portal.erasedAt.has(one.person);
      const isGone = row.destination === 'files' && this.#world.goneFiles.has(one.fileId ?? '');
      if (isGone && row.state === 'dead') continue;
      if (LOST_TIMES.includes(row.reason_code ?? '')) continue;
      if (row.destination === 'invitation' && rows.some((other) => isLostTime(other, row))) continue;
      if (row.state !== 'delivered' && !(isErased && row.state === 'cancelled'))
        this.#world.violations.push(
          `${row.destination} of ${row.submission_id} ended ${row.state}: ${row.reason_code}`,
        );
    }
    for (const portal of this.#world.portals) {
      for (const person of PERSONS) {
        const own = this.#world.submitted.filter((one) => one.portal === portal && one.person === person);
        for (const [kind, arrived] of this.#arrivals(portal, own)) {
          const seqs = arrived
            .filter((id) => !['contact', AWAITS[kind], kind].some((each) => this.#world.stumbled.has(`${id} ${each}`)))
            .map((id) => seqOf.get(`${id} ${kind}`) ?? 0);
          if (seqs.some((seq, index) => seq < (seqs[index - 1] ?? 0)))
            this.#world.violations.push(
              `${kind} of person ${person} at ${portal.portalId} arrived out of order: ${seqs.join()}`,
            );
        }
      }
      if (portal.account.cities.some(({ value }) => value === 'another city'))
        this.#world.violations.push('a differing repeat was delivered');
    }
    for (const one of this.#world.submitted) this.#content(one, rows);
  }

  /** What arrived is what was typed, on every screen, with the address of the file where one could be kept. */
  #content(one: Submitted, rows: readonly DeliveryRow[]): void {
    const { account, receiver, erasedAt } = one.portal;
    const own = rows.filter((row) => row.submission_id === one.submissionId);
    const files = own.find((row) => row.destination === 'files');
    const isKept = files?.state === 'delivered' && !this.#world.stumbled.has(`${one.submissionId} files`);
    const wrong = (where: string): void =>
      void this.#world.violations.push(`${where} of ${one.submissionId} is not what was typed, or lacks its file`);
    for (const taken of account.submissions.filter(({ submissionId }) => submissionId === one.submissionId)) {
      const isRight = taken.personMark === emailOf(one.person) && taken.city === one.city;
      if (!isRight || (isKept && taken.fileUrl === null)) wrong('the form submission');
    }
    const id = own.find((row) => row.destination === 'webhook')?.delivery_id;
    for (const call of receiver?.calls.filter(({ submissionId }) => submissionId === one.submissionId) ?? []) {
      if (call.id !== id) this.#world.violations.push(`${one.submissionId} was sent under two ids`);
      if (call.city !== one.city || (isKept && call.fileUrl === null)) wrong('the webhook');
      if (call.at > (erasedAt.get(one.person) ?? Infinity) + REST_AFTER_ERASE_MS)
        this.#world.violations.push(`${one.submissionId} was sent to a receiver after the erasure`);
    }
  }

  /** Submissions of one person in the order in which HubSpot took them, by destination. */
  #arrivals({ account, receiver }: Portal, own: readonly Submitted[]): Map<DestinationKind, string[]> {
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
      // A repeat may come after what was accepted later: the first call of each counts.
      ['webhook', [...new Set(receiver?.calls.map(({ submissionId }) => submissionId))].filter((id) => known.has(id))],
    ]);
  }

  /** Nothing of an erased person can be read, and nothing more of them is sent once what was under way has ended. */
  async erased(db: Db, keys: PortalKeys): Promise<void> {
    for (const portal of this.#world.portals) {
      for (const [person, erasedAt] of portal.erasedAt) {
        const { submissions, repeats, identity } = await withPortal(db, portal.portalId, async (tx) => ({
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
          this.#world.violations.push(`answers of person ${person} can be read after the erasure`);
        const known = await keys.openJson(portal.portalId, `persons.identity:psn_${person}`, identity.identity_sealed);
        if (JSON.stringify(known) !== '{}' && submissions.length > 0)
          this.#world.violations.push(`person ${person} is still known after the erasure`);
        const late = portal.account.submissions.filter(
          (one) => one.personMark === emailOf(person) && one.takenAt > erasedAt + REST_AFTER_ERASE_MS,
        );
        if (late.length > 0) this.#world.violations.push(`person ${person} was submitted after the erasure`);
        const booked = portal.account.meetings.filter(
          ({ email, at }) => email === emailOf(person) && at > erasedAt + REST_AFTER_ERASE_MS,
        );
        if (booked.length > 0)
          this.#world.violations.push(`a meeting of person ${person} was booked after the erasure`);
        const kept = [...portal.account.files.keys()].filter((name) =>
          submissions.some((row) => name.startsWith(row.submission_id)),
        );
        if (kept.length > 0)
          this.#world.violations.push(`a file of person ${person} stands at HubSpot after the erasure`);
      }
    }
  }

  /** The equation of the deliveries, and that nothing is missing that a phone has heard of. */
  async balance(db: Db, rows: readonly DeliveryRow[]): Promise<void> {
    const own = new Set(this.#world.portals.map(({ portalId }) => portalId));
    const all = (await readBalance(db)).filter(({ portalId }) => own.has(portalId));
    for (const balance of all)
      if (!isBalanced(balance)) this.#world.violations.push(`the equation does not hold: ${JSON.stringify(balance)}`);
    const counted = all.reduce((sum, balance) => sum + balance.accepted, 0);
    if (counted !== rows.length)
      this.#world.violations.push(`${counted} deliveries are counted, and ${rows.length} are there`);
    const heard = new Set(this.#world.submitted.map(({ submissionId }) => submissionId));
    for (const id of heard) {
      if (!rows.some((row) => row.submission_id === id)) this.#world.violations.push(`${id} was heard of, and is lost`);
    }
  }
}
