/** Schema of pg-boss, made by its own migrations as the owner; the app's role only uses it. */
export const JOB_SCHEMA = 'pgboss';

/** Queue of wake-ups for due deliveries. */
export const DELIVERY_QUEUE = 'delivery';

/** Queue of looks at a portal's source forms. */
export const FORM_CHECK_QUEUE = 'form-checks';
