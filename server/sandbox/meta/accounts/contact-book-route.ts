import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { identify, requireScope } from '../graph/access.ts';
import { readQuery } from '../graph/graph-request.ts';
import { invalidParameter } from '../graph-error.ts';
import { BSUID_PATTERN, personByBsuid } from '../people/people.ts';
import type { World } from '../world.ts';
import { numberFor } from './accounts.ts';

/** `DELETE /{phone}/contact_book` (whatsapp-users.md section 2): the portfolio forgets a person's number. */
export function addContactBookRoute(app: FastifyInstance, world: World): void {
  app.delete<{ Params: { id: string } }>(
    '/:id/contact_book',
    { config: { graphRoute: '/{Version}/{Phone-Number-ID}/contact_book' } },
    async (request) => {
      const caller = identify(world, request);
      requireScope(caller, 'whatsapp_business_messaging');
      const { waba } = numberFor(world.store, caller, 'DELETE', request.params.id);
      const { bsuid } = readQuery(request, { messaging_product: z.literal('whatsapp'), bsuid: z.string() });
      if (!BSUID_PATTERN.test(bsuid) || bsuid.includes('.ENT.'))
        throw invalidParameter('bsuid must be a business-scoped user ID and not a parent one');
      const person = personByBsuid(world.store, waba.business_id, bsuid);
      const deleted = person
        ? world.store.run(
            'delete from contact_book where business_id = ? and person_id = ?',
            waba.business_id,
            person.id,
          )
        : 0;
      return { messaging_product: 'whatsapp', success: true, deleted: deleted > 0 };
    },
  );
}
