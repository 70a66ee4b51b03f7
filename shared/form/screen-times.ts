import { z } from 'zod';

/** When the answers of a screen came, for the last time; `at` in ISO 8601. */
export const screenTimeSchema = z.object({ screen: z.string(), title: z.string(), at: z.string() });
export type ScreenTime = z.output<typeof screenTimeSchema>;

/** In the order of the path. */
export const screenTimesSchema = z.array(screenTimeSchema);
