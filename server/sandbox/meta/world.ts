import type { Log } from '../../observe/log.ts';
import type { Faults } from './control/faults.ts';
import type { StandInClock } from './stand-in-clock.ts';
import type { Store } from './store.ts';
import type { WebhookQueue } from './webhooks/webhook-queue.ts';

/** Everything a route of the stand-in works with. */
export type World = {
  store: Store;
  clock: StandInClock;
  webhooks: WebhookQueue;
  faults: Faults;
  templateApprovalDelayMs: number;
  /** Where the stand-in listens; known once it does. */
  url(): string;
  log: Log | null;
};
