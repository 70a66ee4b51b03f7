import { config } from 'zod';

/** The page's security policy forbids eval, and browsers report even a try at it; so this runs before any schema is made. */
config({ jitless: true });
