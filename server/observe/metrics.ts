import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

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
  endpointSeconds: Histogram;
  endpointCalls: Counter<'outcome'>;
  /** `type`: one of Meta's error types, or `other`. */
  metaNotices: Counter<'type'>;
  /** Of every process together: open alerts of all portals. */
  alertsOpen: Gauge<'kind'>;
  alertNotices: Counter<'event' | 'way' | 'outcome'>;
  /** Answers of the flow endpoint by HTTP status; 421 counts those that came while there was no room, too. */
  flowAnswers: Counter<'status'>;
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
    ...endpointMetrics(registers),
    alertsOpen: new Gauge({
      name: 'flowella_alerts_open',
      help: 'Open alerts of all portals by kind',
      labelNames: ['kind'],
      registers,
    }),
    alertNotices: new Counter({
      name: 'flowella_alert_notices_total',
      help: 'Notices of alerts that this process tried to hand over, by what came of them',
      labelNames: ['event', 'way', 'outcome'],
      registers,
    }),
  };
}

function endpointMetrics(registers: Registry[]): Pick<Metrics, 'endpointSeconds' | 'endpointCalls' | 'metaNotices'> {
  return {
    endpointSeconds: new Histogram({
      name: 'flowella_endpoint_seconds',
      help: "Seconds from the arrival of Meta's call to its answer; Meta warns at a p90 of 1",
      buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 5, 7],
      registers,
    }),
    endpointCalls: new Counter({
      name: 'flowella_endpoint_calls_total',
      help: 'Calls of the encrypted endpoint by outcome: ok, fault, unsigned, unreadable',
      labelNames: ['outcome'],
      registers,
    }),
    metaNotices: new Counter({
      name: 'flowella_meta_error_notices_total',
      help: "Meta's notices of errors on phones, by its error type",
      labelNames: ['type'],
      registers,
    }),
  };
}
