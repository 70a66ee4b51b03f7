import { z } from 'zod';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';

/** Flow JSON that the server's validator has passed; the page looks only at what tells it from something else. */
const flowJson = z.custom<FlowJson>(
  (value) =>
    z.looseObject({ version: z.string(), screens: z.array(z.looseObject({ id: z.string() })).min(1) }).safeParse(value)
      .success,
  'Flow JSON with a version and screens',
);

/**
 * What the preview page asks for when it opens: `GET ./session.json` beside the page, or the address in the
 * `data-session` attribute of its root element. The address is single-use and carries no portal or person.
 *
 * Connected flows post `{ version, action, screen, data, flow_token }` in the clear to `exchangeUrl` and read what an
 * endpoint would answer before encryption: 200 `{ screen, data }`, or 427 `{ error_msg }`.
 */
export const previewSession = z.object({
  flowJson,
  /** The flow's name; stands in the chat when the flow has been sent. */
  name: z.string(),
  /** Shown in the header of the chat. */
  businessName: z.string(),
  /** `null` for light flows. Same origin as the page, or with CORS for it. */
  exchangeUrl: z.string().nullable(),
  flowToken: z.string(),
  action: z.enum(['navigate', 'data_exchange']),
  /** First screen and its data for `navigate`; `null` for `data_exchange`. */
  screen: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).nullable(),
  /** The message as the person will receive it. */
  message: z.object({
    header: z.string().nullable(),
    body: z.string(),
    footer: z.string().nullable(),
    cta: z.string(),
  }),
  /** Language of the phone itself and of the page's own words. */
  locale: z.enum(['en', 'de']),
  theme: z.enum(['auto', 'light', 'dark']).default('auto'),
});

export type PreviewSession = z.infer<typeof previewSession>;
