import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findApp, findNumber, findWaba } from '../accounts/accounts.ts';
import { healthOf, numberEntity, wabaEntities, wantedNumberId, type HealthEntity } from '../accounts/health.ts';
import type { Caller } from '../graph/access.ts';
import { readQuery } from '../graph/graph-request.ts';
import { readFields, selectFields, type Field, type NodeReaders } from '../graph/read-fields.ts';
import { invalidParameter } from '../graph-error.ts';
import type { World } from '../world.ts';
import { readFlowDocument } from './flow-document.ts';
import { renewPreview, type Flow } from './flow-store.ts';

export const FLOW_DEFAULTS = ['id', 'name', 'status', 'categories', 'validation_errors'] as const;

/** `GET /{flow}?fields=` (whatsapp-flows.md section 8). */
export function readFlow(world: World, caller: Caller, request: FastifyRequest, flow: Flow): Record<string, unknown> {
  const query = readQuery(request, { fields: z.string().optional(), date_format: z.string().optional() });
  return selectFlowFields(world, caller, flow, readFields(query.fields));
}

export function selectFlowFields(
  world: World,
  caller: Caller,
  flow: Flow,
  wanted: Field[] | null,
): Record<string, unknown> {
  return selectFields({
    nodeType: 'WhatsAppBusinessFlow',
    readers: flowReaders(world, caller, flow),
    wanted,
    defaults: FLOW_DEFAULTS,
  });
}

function flowReaders(world: World, caller: Caller, flow: Flow): NodeReaders {
  const document = readFlowDocument(flow.draft);
  const app = flow.app_id === null ? undefined : findApp(world.store, flow.app_id);
  const waba = findWaba(world.store, flow.waba_id);
  return {
    id: () => flow.id,
    name: () => flow.name,
    status: () => flow.status,
    categories: () => flow.categories,
    validation_errors: () => flow.validation_errors,
    json_version: () => document?.version,
    data_api_version: () => document?.data_api_version,
    endpoint_uri: () => flow.endpoint_uri ?? undefined,
    preview: (field) => previewOf(world, flow, field),
    whatsapp_business_account: () =>
      waba && {
        id: waba.id,
        name: waba.name,
        timezone_id: waba.timezone_id,
        message_template_namespace: waba.namespace,
      },
    application: () => app && { id: app.id, name: app.name, link: `https://www.facebook.com/games/?app_id=${app.id}` },
    health_status: (field) => flowHealth(world, caller, flow, field),
  };
}

function previewOf(world: World, flow: Flow, field: Field): unknown {
  const invalidate = field.modifiers.find((modifier) => modifier.name === 'invalidate')?.argument ?? 'false';
  if (invalidate !== 'true' && invalidate !== 'false') throw invalidParameter('preview.invalidate takes true or false');
  const isOver = flow.preview_expires_at <= world.clock.nowMs();
  const current = invalidate === 'true' || isOver ? renewPreview(world, flow) : flow;
  return {
    preview_url: `${world.url()}/_files/flow-previews/${current.id}?token=${current.preview_token}`,
    expires_at: new Date(current.preview_expires_at).toISOString().replace(/\.\d+Z$/, '+0000'),
  };
}

function flowHealth(world: World, caller: Caller, flow: Flow, field: Field): unknown {
  const waba = findWaba(world.store, flow.waba_id);
  const numberId = wantedNumberId(field);
  const number = numberId === undefined ? undefined : findNumber(world.store, numberId);
  if (numberId !== undefined && number?.waba_id !== flow.waba_id)
    throw invalidParameter('health_status.phone_number must name a number of the same account');
  return healthOf([
    flowEntity(flow),
    ...(waba ? wabaEntities(world.store, waba, flow.app_id ?? caller.appId) : []),
    ...(number ? [withKey(numberEntity(number), number.key_status === 'VALID')] : []),
  ]);
}

function flowEntity(flow: Flow): HealthEntity {
  const state =
    flow.status === 'BLOCKED' || flow.status === 'DEPRECATED'
      ? 'BLOCKED'
      : flow.status === 'THROTTLED'
        ? 'LIMITED'
        : 'AVAILABLE';
  if (state === 'AVAILABLE') return { entity_type: 'FLOW', id: flow.id, can_send_message: state };
  const error = {
    error_code: 131000,
    error_description: `The Flow is ${flow.status.toLowerCase()}.`,
    possible_solution: 'See the health of the Flow in WhatsApp Manager.',
  };
  return { entity_type: 'FLOW', id: flow.id, can_send_message: state, errors: [error] };
}

function withKey(entity: HealthEntity, hasKey: boolean): HealthEntity {
  if (hasKey) return entity;
  const error = {
    error_code: 131000,
    error_description: 'endpoint_public_key is missing or its signature is invalid.',
    possible_solution: 'Set up and sign the public key for this phone number.',
  };
  return { ...entity, can_send_message: 'BLOCKED', errors: [error] };
}
