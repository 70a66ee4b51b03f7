import { z } from 'zod';
import type { GraphClient } from './graph-client.ts';

const sentSchema = z.object({ messages: z.array(z.object({ id: z.string() })).min(1) });

/**
 * Hands one message to Meta, once: what may have arrived is never sent a second time by itself (flow-rules.md section 7). Answers the
 * message's id; throws `MetaError` and what the client throws.
 */
export async function postMessage(
  graph: GraphClient,
  o: { phoneNumberId: string; accessToken: string; message: object; deadlineMs?: number },
): Promise<string | null> {
  const { deadlineMs } = o;
  const answer = await graph.call({
    method: 'POST',
    path: `/${o.phoneNumberId}/messages`,
    accessToken: o.accessToken,
    body: { kind: 'json', value: o.message },
    schema: sentSchema,
    idempotent: false,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  return answer.messages[0]?.id ?? null;
}
