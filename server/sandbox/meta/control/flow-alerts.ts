import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findFlow } from '../flow-management/flow-store.ts';
import { readBody } from '../graph/graph-request.ts';
import { GraphError } from '../graph-error.ts';
import type { World } from '../world.ts';

const alertState = z.enum(['ACTIVATED', 'DEACTIVATED']);
const rate = z.strictObject({
  error_rate: z.number().min(0).max(100),
  threshold: z.union([z.literal(5), z.literal(10), z.literal(50)]),
  alert_state: alertState,
  errors: z
    .array(z.strictObject({ error_type: z.string(), error_rate: z.number(), error_count: z.number().int() }))
    .default([]),
});
/** Events of the field `flows` as Meta documents them ("Webhooks" of WhatsApp Flows; whatsapp-flows.md section 10), and any other. */
const alertSchema = z.discriminatedUnion('event', [
  rate.extend({ event: z.literal('CLIENT_ERROR_RATE') }),
  rate.extend({ event: z.literal('ENDPOINT_ERROR_RATE') }),
  z.strictObject({
    event: z.literal('ENDPOINT_LATENCY'),
    p90_latency: z.number(),
    p50_latency: z.number(),
    requests_count: z.number().int(),
    threshold: z.union([z.literal(1_000), z.literal(5_000), z.literal(7_000)]),
    alert_state: alertState,
  }),
  z.strictObject({
    event: z.literal('ENDPOINT_AVAILABILITY'),
    availability: z.number().min(0).max(100),
    threshold: z.literal(90).default(90),
    alert_state: alertState,
  }),
  z.strictObject({ event: z.literal('FLOW_VERSION_EXPIRY_WARNING') }),
  /** What Meta may add tomorrow: sent as it is given. */
  z.strictObject({ event: z.literal('OTHER'), value: z.record(z.string(), z.unknown()) }),
]);
type Alert = z.infer<typeof alertSchema>;

/** `POST /_standin/flows/:id/alerts`: Meta warns of a flow. */
export function addFlowAlertRoute(app: FastifyInstance, world: World): void {
  app.post<{ Params: { id: string } }>('/_standin/flows/:id/alerts', async (request) => {
    const alert = readBody(request.graphBody, ['json'], alertSchema);
    const flow = findFlow(world.store, request.params.id);
    if (!flow) throw new GraphError(404, 100, { message: 'There is no such flow' });
    world.webhooks.enqueue({
      wabaId: flow.waba_id,
      field: 'flows',
      lane: `flow:${flow.id}`,
      value: valueOf(alert, flow),
    });
    return { ok: true };
  });
}

function valueOf(alert: Alert, flow: { id: string; name: string }): Record<string, unknown> {
  switch (alert.event) {
    case 'OTHER':
      return alert.value;
    case 'FLOW_VERSION_EXPIRY_WARNING':
      return {
        event: alert.event,
        warning: `The Flow ${flow.name} uses a version of Flow JSON that will soon expire.`,
        flow_id: flow.id,
      };
    default:
      return {
        ...alert,
        message: `Alert for Flow ${flow.name}: ${alert.event} is ${alert.alert_state}`,
        flow_id: flow.id,
      };
  }
}
