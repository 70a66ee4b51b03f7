import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { identify, requireScope, type Caller } from '../graph/access.ts';
import { readQuery } from '../graph/graph-request.ts';
import { pageOf, pageParameters } from '../graph/page.ts';
import { readFields, selectFields, type Field, type NodeReaders } from '../graph/read-fields.ts';
import { invalidParameter } from '../graph-error.ts';
import type { World } from '../world.ts';
import { findBusiness, numberFor, numbersOf, wabaFor, type PhoneNumber, type Waba } from './accounts.ts';
import { healthOf, numberEntity, wabaEntities } from './health.ts';

const fieldsParameter = { fields: z.string().optional() };

/** `GET /{waba}`: default fields are id and name (specs/meta, path /{Version}/{WABA-ID}). */
export function readWaba(world: World, caller: Caller, request: FastifyRequest, id: string): Record<string, unknown> {
  requireScope(caller, 'whatsapp_business_management');
  const waba = wabaFor(world.store, caller, request.method, id);
  const { fields } = readQuery(request, fieldsParameter);
  return selectFields({
    nodeType: 'WhatsAppBusinessAccount',
    readers: wabaReaders(world, caller, waba),
    wanted: readFields(fields),
    defaults: ['id', 'name'],
  });
}

function wabaReaders(world: World, caller: Caller, waba: Waba): NodeReaders {
  const business = findBusiness(world.store, waba.business_id);
  const info = { id: waba.business_id, name: business?.name ?? '' };
  return {
    id: () => waba.id,
    name: () => waba.name,
    timezone_id: () => waba.timezone_id,
    currency: () => waba.currency,
    country: () => waba.country,
    message_template_namespace: () => waba.namespace,
    account_review_status: () => 'APPROVED',
    business_verification_status: () => (business?.verified ? 'VERIFIED' : 'UNVERIFIED'),
    ownership_type: () => 'SELF_OWNED',
    owner_business_info: () => info,
    // A self-owned account acts on nobody's behalf: Meta omits the field.
    on_behalf_of_business_info: () => undefined,
    primary_business_location: () => waba.country,
    whatsapp_business_manager_messaging_limit: () => numbersOf(world.store, waba.id)[0]?.messaging_limit,
    health_status: () => healthOf(wabaEntities(world.store, waba, caller.appId)),
  };
}

/** `GET /{phone}`: default fields as in the description's examples. */
export function readNumber(world: World, caller: Caller, request: FastifyRequest, id: string): Record<string, unknown> {
  requireScope(caller, 'whatsapp_business_management');
  const { number, waba } = numberFor(world.store, caller, request.method, id);
  const { fields } = readQuery(request, fieldsParameter);
  return selectFields({
    nodeType: 'WhatsAppBusinessPhoneNumber',
    readers: {
      ...numberReaders(number),
      status: () => 'CONNECTED',
      health_status: () => healthOf([numberEntity(number), ...wabaEntities(world.store, waba, caller.appId)]),
    },
    wanted: readFields(fields),
    defaults: ['id', 'display_phone_number', 'verified_name', 'quality_rating', 'code_verification_status'],
  });
}

function numberReaders(number: PhoneNumber): NodeReaders {
  return {
    id: () => number.id,
    display_phone_number: () => number.display,
    verified_name: () => number.verified_name,
    quality_rating: () => number.quality,
    name_status: () => number.name_status,
    code_verification_status: () => 'VERIFIED',
    account_mode: () => 'LIVE',
    host_platform: () => 'CLOUD_API',
    is_official_business_account: () => false,
    platform_type: () => 'CLOUD_API',
    throughput: () => ({ level: 'STANDARD' }),
    whatsapp_business_manager_messaging_limit: () => number.messaging_limit,
  };
}

export function addAccountRoutes(app: FastifyInstance, world: World): void {
  app.get<{ Params: { id: string } }>(
    '/:id/phone_numbers',
    { config: { graphRoute: '/{Version}/{WABA-ID}/phone_numbers' } },
    async (request) => {
      const caller = identify(world, request);
      requireScope(caller, 'whatsapp_business_management');
      const waba = wabaFor(world.store, caller, 'GET', request.params.id);
      const query = readQuery(request, { ...fieldsParameter, ...pageParameters, sort: z.string().optional() });
      if (query.limit !== undefined && query.limit > 100) throw invalidParameter('Param limit must be at most 100');
      const wanted = readFields(query.fields);
      const page = pageOf(numbersOf(world.store, waba.id), {
        ...query,
        url: `${world.url()}${request.originalUrl}`,
        keyOf: (number) => number.id,
      });
      return { ...page, data: page.data.map((number) => edgeNumber(world, caller, waba, number, wanted)) };
    },
  );
}

function edgeNumber(
  world: World,
  caller: Caller,
  waba: Waba,
  number: PhoneNumber,
  wanted: Field[] | null,
): Record<string, unknown> {
  return selectFields({
    nodeType: 'WhatsAppBusinessPhoneNumber',
    // The list's description names another set of statuses than the number's own.
    readers: {
      ...numberReaders(number),
      status: () => 'LINKED',
      health_status: () => healthOf([numberEntity(number), ...wabaEntities(world.store, waba, caller.appId)]),
    },
    wanted,
    defaults: [
      'id',
      'display_phone_number',
      'verified_name',
      'status',
      'quality_rating',
      'code_verification_status',
      'account_mode',
      'host_platform',
      'is_official_business_account',
    ],
  });
}
