import { startWebhookReceiver } from '../../../../server/sandbox/webhook/start-webhook-receiver.ts';
import type { Clock } from '../../../../server/clock.ts';

/** The strict receiver with what a test needs of its control routes. */
export async function startReceiver(clock: Clock) {
  const receiver = await startWebhookReceiver({ port: 0, clock });
  const control = async (method: string, path: string, body: object): Promise<void> => {
    const response = await fetch(`${receiver.url}/_standin${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
  return {
    ...receiver,
    hook: (name: string) => `${receiver.url}/hooks/${name}`,
    knows: (name: string, secrets: string[]) => control('PUT', `/hooks/${name}`, { secrets }),
    fault: (fault: Record<string, unknown>) => control('POST', '/faults', fault),
    taken: () => receiver.calls().filter((call) => call.taken),
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
