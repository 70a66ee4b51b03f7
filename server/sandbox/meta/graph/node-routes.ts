import type { FastifyInstance } from 'fastify';
import { readNumber, readWaba } from '../accounts/account-routes.ts';
import { findBusiness, findNumber, findWaba, numbersOf } from '../accounts/accounts.ts';
import { readFlow } from '../flow-management/flow-node.ts';
import { deleteFlow, updateFlow } from '../flow-management/flow-routes.ts';
import { findFlow, flowFor } from '../flow-management/flow-store.ts';
import { unknownObject } from '../graph-error.ts';
import { findMedia, readMedia } from '../media/media-routes.ts';
import type { Store } from '../store.ts';
import type { ReviewTimer } from '../templates/review-timer.ts';
import { editTemplate, readTemplate } from '../templates/template-routes.ts';
import { findTemplate, templateFor } from '../templates/template-store.ts';
import type { World } from '../world.ts';
import { canSee, identify, requireScope, type Caller } from './access.ts';
import { readQuery } from './graph-request.ts';
import { readFields, selectFields } from './read-fields.ts';
import { z } from 'zod';

type NodeKind = 'waba' | 'number' | 'flow' | 'template' | 'business' | 'media';

const ROUTES: Record<NodeKind, string> = {
  waba: '/{Version}/{WABA-ID}',
  number: '/{Version}/{Phone-Number-ID}',
  flow: '/{Version}/{Flow-ID}',
  template: '/{Version}/{TEMPLATE_ID}',
  business: '/{Version}/{Business-ID}',
  media: '/{Version}/{Media-ID}',
};

function kindOf(store: Store, id: string): NodeKind | null {
  if (findWaba(store, id)) return 'waba';
  if (findNumber(store, id)) return 'number';
  if (findFlow(store, id)) return 'flow';
  if (findTemplate(store, id)) return 'template';
  if (findMedia(store, id)) return 'media';
  return findBusiness(store, id) ? 'business' : null;
}

type Params = { Params: { id: string } };

/** `/{id}`: what it is decides what it answers. */
export function addNodeRoutes(app: FastifyInstance, world: World, timer: ReviewTimer): void {
  app.get<Params>('/:id', async (request) => {
    const caller = identify(world, request);
    const { id } = request.params;
    const kind = kindOf(world.store, id);
    request.graphRoute = kind && ROUTES[kind];
    switch (kind) {
      case 'waba':
        return readWaba(world, caller, request, id);
      case 'number':
        return readNumber(world, caller, request, id);
      case 'flow':
        requireScope(caller, 'whatsapp_business_management');
        return readFlow(world, caller, request, flowFor(world.store, caller, 'GET', id));
      case 'template':
        requireScope(caller, 'whatsapp_business_management');
        return readTemplate(request, templateFor(world.store, caller, 'GET', id));
      case 'business':
        return readBusiness(world, caller, id, readQuery(request, { fields: z.string().optional() }).fields);
      case 'media':
        return readMedia(world, caller, request, id);
      case null:
        throw unknownObject('GET', id);
    }
  });
  app.post<Params>('/:id', async (request) => {
    const caller = identify(world, request);
    const { id } = request.params;
    const kind = kindOf(world.store, id);
    request.graphRoute = kind && ROUTES[kind];
    requireScope(caller, 'whatsapp_business_management');
    if (kind === 'flow') return updateFlow(world, caller, request, flowFor(world.store, caller, 'POST', id));
    if (kind !== 'template') throw unknownObject('POST', id);
    const answer = await editTemplate(world, caller, request, templateFor(world.store, caller, 'POST', id));
    timer.reschedule();
    return answer;
  });
  app.delete<Params>('/:id', async (request) => {
    const caller = identify(world, request);
    const { id } = request.params;
    const kind = kindOf(world.store, id);
    request.graphRoute = kind && ROUTES[kind];
    requireScope(caller, 'whatsapp_business_management');
    if (kind !== 'flow') throw unknownObject('DELETE', id);
    return deleteFlow(world, request, flowFor(world.store, caller, 'DELETE', id));
  });
}

/** A portfolio is seen by who sees one of its accounts. */
function readBusiness(world: World, caller: Caller, id: string, fields: string | undefined): Record<string, unknown> {
  const business = findBusiness(world.store, id);
  const owned = world.store.all(z.object({ id: z.string() }), 'select id from wabas where business_id = ?', id);
  if (!business || !owned.some((waba) => canSee(caller, waba.id))) throw unknownObject('GET', id);
  return selectFields({
    nodeType: 'Business',
    readers: {
      id: () => business.id,
      name: () => business.name,
      verification_status: () => (business.verified ? 'verified' : 'not_verified'),
      whatsapp_business_manager_messaging_limit: () =>
        owned.flatMap((waba) => numbersOf(world.store, waba.id))[0]?.messaging_limit,
    },
    wanted: readFields(fields),
    defaults: ['id', 'name'],
  });
}
