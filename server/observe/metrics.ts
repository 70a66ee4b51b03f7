import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What an operator watches, by destination and never by portal, person or flow: names and numbers only (design, section 3). */
export type Metrics = {
  registry: Registry;
  /** Of every process together, as the last look at the database found it. */
  accepted: Gauge<'destination'>;
  deliveries: Gauge<'destination' | 'state'>;
  unbalanced: Gauge;
  paused: Gauge<'destination'>;
  oldestDueSeconds: Gauge<'destination'>;
  /** Of this process since it started. */
  attempts: Counter<'destination' | 'outcome'>;
  /** Answers of the flow endpoint by HTTP status; 421 counts those that came while there was no room, too. */
  flowAnswers: Counter<'status'>;
  /** What phones reported, by the type Meta's document names. */
  flowClientErrors: Counter<'type'>;
};

/** One registry per server, passed in, so that two servers of one test process do not share their counts. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'flowella_' });
  return {
    registry,
    accepted: new Gauge({
      name: 'flowella_deliveries_accepted',
      help: 'Submissions accepted for a destination; equals the sum of flowella_deliveries over its six states',
      labelNames: ['destination'],
      registers,
    }),
    deliveries: new Gauge({
      name: 'flowella_deliveries',
      help: 'Deliveries by destination and state',
      labelNames: ['destination', 'state'],
      registers,
    }),
    unbalanced: new Gauge({
      name: 'flowella_deliveries_unbalanced',
      help: 'Portals and destinations whose states do not add up to what was accepted; anything but 0 is a fault of ours',
      registers,
    }),
    paused: new Gauge({
      name: 'flowella_destinations_paused',
      help: 'Portals whose destination is paused after five days of failures',
      labelNames: ['destination'],
      registers,
    }),
    oldestDueSeconds: new Gauge({
      name: 'flowella_deliveries_oldest_due_seconds',
      help: 'How long the longest due delivery of a destination has been waiting for a worker',
      labelNames: ['destination'],
      registers,
    }),
    attempts: new Counter({
      name: 'flowella_delivery_attempts_total',
      help: 'Attempts of this process by what came of them',
      labelNames: ['destination', 'outcome'],
      registers,
    }),
    flowAnswers: new Counter({
      name: 'flowella_flow_answers_total',
      help: 'Answers of the flow endpoint by HTTP status',
      labelNames: ['status'],
      registers,
    }),
    flowClientErrors: new Counter({
      name: 'flowella_flow_client_errors_total',
      help: 'Errors that phones reported to the flow endpoint, by type',
      labelNames: ['type'],
      registers,
    }),
  };
}
