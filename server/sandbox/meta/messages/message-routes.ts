import type { FastifyInstance } from 'fastify';
import { numberFor } from '../accounts/accounts.ts';
import { identify, requireScope } from '../graph/access.ts';
import { parseMessage, readQuery } from '../graph/graph-request.ts';
import { GraphError, invalidParameter, messageError } from '../graph-error.ts';
import type { World } from '../world.ts';
import { messageSchema, readReceiptSchema } from './message-schema.ts';
import { findMessage } from './message-store.ts';
import { sendMessage } from './send-message.ts';

const SERVED_TYPES = ['text', 'document', 'interactive', 'template'];
/** Types that exist at Meta and not here; refused as unsupported so that nobody mistakes silence for success. */
const OTHER_TYPES = ['audio', 'contacts', 'image', 'location', 'reaction', 'sticker', 'video'];

/** `POST /{phone}/messages`: JSON only. */
export function addMessageRoutes(app: FastifyInstance, world: World): void {
  app.post<{ Params: { id: string } }>(
    '/:id/messages',
    { config: { graphRoute: '/{Version}/{Phone-Number-ID}/messages' } },
    async (request) => {
      const caller = identify(world, request);
      requireScope(caller, 'whatsapp_business_messaging');
      const { number, waba } = numberFor(world.store, caller, 'POST', request.params.id);
      readQuery(request, {});
      const body = request.graphBody?.kind === 'json' ? request.graphBody.value : null;
      if (typeof body !== 'object' || body === null || Array.isArray(body))
        throw invalidParameter('The body must be a JSON object sent as application/json');
      if ('status' in body) return markRead(world, number.id, body);
      checkFrame(body);
      return sendMessage(world, number, waba, parseMessage(messageSchema, body));
    },
  );
}

/** What Meta looks at before the message itself, with its own words. */
function checkFrame(body: object): void {
  const product: unknown = Reflect.get(body, 'messaging_product');
  if (product === undefined)
    throw new GraphError(400, 100, { message: '(#100) The parameter messaging_product is required.' });
  const recipientType: unknown = Reflect.get(body, 'recipient_type');
  if (recipientType !== undefined && recipientType !== 'individual')
    throw invalidParameter(`Param recipient_type must be one of {INDIVIDUAL} - got "${String(recipientType)}".`);
  const type: unknown = Reflect.get(body, 'type');
  if (type === undefined) throw messageError(131008, 'The parameter type is required.');
  if (OTHER_TYPES.includes(String(type)))
    throw messageError(131051, `The stand-in does not deliver messages of type ${String(type)}.`);
  if (!SERVED_TYPES.includes(String(type)))
    throw invalidParameter(`Param type must be one of the message types - got "${String(type)}".`);
}

function markRead(world: World, numberId: string, body: object): { success: true } {
  const receipt = parseMessage(readReceiptSchema, body);
  const message = findMessage(world.store, receipt.message_id);
  if (!message || message.number_id !== numberId || message.direction !== 'in')
    throw messageError(131009, 'message_id is not an incoming message of this number.');
  return { success: true };
}
