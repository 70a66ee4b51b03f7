/** Schema of pg-boss, made by its own migrations as the owner; the app's role only uses it. */
export const JOB_SCHEMA = 'pgboss';

/** Queue of wake-ups for due deliveries. */
export const DELIVERY_QUEUE = 'delivery';

/** Queue of rounds in which keys are looked after: one at a time over all processes. */
export const KEYS_QUEUE = 'keys';
