import { AppError } from '../../../../server/app-error.ts';
import type { SendDocument } from '../../../../server/destinations/calendar/send-document.ts';
import type { SendTimes, SentTimes } from '../../../../server/destinations/calendar/send-times.ts';
import type { Owner, Random, WorldTime } from './world-time.ts';

/** A list of times that reached a phone. */
export type List = { portalId: number; offerId: string; rows: number };
/** What WhatsApp tells of a calendar file later. */
export type FileStatus = { portalId: number; deliveryId: string; messageId: string; status: 'delivered' | 'failed' };
type Events = { arrived: (list: List) => void; failed: (list: List) => void; ofFile: (status: FileStatus) => void };

/** `outcome unknown`: nobody hears whether it arrived; it has, or it has not. */
const FAULTS = ['busy', 'refused', 'outcome unknown, arrived', 'outcome unknown, lost', 'fails later', 'slow'] as const;
const NOT_SENT: readonly SentTimes['kind'][] = ['window-closed', 'opted-out', 'account'];

/** WhatsApp as far as appointments see it: lists of times and calendar files, sent at most once each. */
export class SimulatedChat {
  /** How often a submission's calendar file arrived. */
  readonly files = new Map<string, number>();
  faultRate = 0;
  #time: WorldTime;
  #random: Random;
  #events: Events;
  #n = 0;

  constructor(time: WorldTime, random: Random, events: Events) {
    this.#time = time;
    this.#random = random;
    this.#events = events;
  }

  sendTimes(owner: Owner): SendTimes {
    return async ({ portalId, offerId, message, claim }) => {
      const random = this.#random;
      await this.#time.sleep(random.between(20, 200), owner);
      if (random.chance(this.faultRate / 2)) return { kind: random.pick(NOT_SENT) } as SentTimes;
      if (!(await claim())) return { kind: 'not-claimed' };
      const list = { portalId, offerId, rows: message.sections.flatMap(({ rows }) => rows).length };
      await this.#send(owner, (isLost) => (isLost ? this.#events.failed(list) : this.#events.arrived(list)));
      return { kind: 'sent' };
    };
  }

  sendDocument(owner: Owner): SendDocument {
    return async ({ portalId, submissionId, deliveryId }) => {
      await this.#time.sleep(this.#random.between(20, 200), owner);
      if (this.#random.chance(this.faultRate / 2)) return { kind: 'window-closed' };
      const messageId = `wamid.${(this.#n += 1)}`;
      await this.#send(owner, (isLost) => {
        if (!isLost) this.files.set(submissionId, (this.files.get(submissionId) ?? 0) + 1);
        const status = { portalId, deliveryId, messageId, status: isLost ? 'failed' : 'delivered' } as const;
        this.#time.in(this.#random.between(10, 20_000), null, () => this.#events.ofFile(status));
      });
      return { kind: 'sent', messageId };
    };
  }

  /** One call: what it does to the phone happens whether or not its sender lives to hear of it. */
  async #send(owner: Owner, effect: (isLost: boolean) => void): Promise<void> {
    const random = this.#random;
    const fault = random.chance(this.faultRate) ? random.pick(FAULTS) : null;
    const fail = (code: string): never => {
      throw new AppError(code, { status: 502, retryable: false });
    };
    const latencyMs = fault === 'slow' ? random.between(2_000, 9_000) : random.between(50, 400);
    if (fault !== 'busy' && fault !== 'refused' && fault !== 'outcome unknown, lost')
      this.#time.in(latencyMs * 0.7, null, () => effect(fault === 'fails later'));
    await this.#time.sleep(latencyMs, owner);
    if (fault === 'busy') fail('meta_unavailable');
    if (fault === 'refused') fail('meta_rejected');
    if (fault?.startsWith('outcome unknown')) fail('meta_outcome_unknown');
  }
}
