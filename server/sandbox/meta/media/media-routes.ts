import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findNumber, findWaba, numberFor } from '../accounts/accounts.ts';
import { GraphError, invalidParameter, unknownObject } from '../graph-error.ts';
import { canSee, identify, requireScope, type Caller } from '../graph/access.ts';
import { readBody, readQuery } from '../graph/graph-request.ts';
import { newGraphId } from '../new-id.ts';
import type { Store } from '../store.ts';
import type { World } from '../world.ts';

const mediaRow = z.object({
  id: z.string(),
  number_id: z.string().nullable(),
  mime_type: z.string(),
  content: z.instanceof(Uint8Array),
  at: z.number(),
});
type Media = z.infer<typeof mediaRow>;

/** Files of a picker stay on the CDN up to twenty days, media of a chat thirty (whatsapp-flows.md sections 6.10 and 9). */
const CDN_MS = 20 * 86_400_000;
const MEDIA_MS = 30 * 86_400_000;
const URL_MS = 5 * 60_000;

const base64 = z.base64().min(1);
const mediaBody = z.strictObject({
  phoneNumberId: z.string(),
  mimeType: z.string().regex(/^[a-z]+\/[\w.+-]+$/),
  base64,
});
type Params = { Params: { id: string } };

/**
 * Files that people send: locked ones of a flow with an endpoint on the CDN, open to whoever knows the address and useless
 * without the keys; ordinary media of a chat behind their id and a token. The phone puts them here (`/_standin`).
 */
export function addMediaRoutes(app: FastifyInstance, world: World): void {
  app.post('/_standin/cdn', async (request) => {
    const given = readBody(request.graphBody, ['json'], z.strictObject({ base64 }));
    const id = randomBytes(24).toString('base64url');
    insert(world, { id, kind: 'cdn', numberId: null, mimeType: 'application/octet-stream', base64: given.base64 });
    return { url: `${world.url()}/_files/cdn/${id}` };
  });
  app.post('/_standin/media', async (request) => {
    const given = readBody(request.graphBody, ['json'], mediaBody);
    if (!findNumber(world.store, given.phoneNumberId)) throw invalidParameter('There is no such business number');
    const id = newGraphId();
    insert(world, { id, kind: 'media', numberId: given.phoneNumberId, mimeType: given.mimeType, base64: given.base64 });
    return { id };
  });
  app.post<Params>('/:id/media', { config: { graphRoute: '/{Version}/{Phone-Number-ID}/media' } }, async (request) =>
    upload(world, request, request.params.id),
  );
  app.get<Params>('/_files/cdn/:id', async (request, reply) => {
    const media = find(world.store, 'cdn', request.params.id);
    if (!media || media.at + CDN_MS < world.clock.nowMs()) return reply.code(404).type('text/plain').send('Not found');
    return reply.type('application/octet-stream').send(Buffer.from(media.content));
  });
  app.get<Params>('/_files/media/:id', async (request, reply) => sendMedia(world, request, reply, request.params.id));
}

/** What the Cloud API takes, in the order in which its refusal names it. */
const UPLOADABLE = [
  'audio/aac',
  'audio/mp4',
  'audio/mpeg',
  'audio/amr',
  'audio/ogg',
  'audio/opus',
  'application/vnd.ms-powerpoint',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/pdf',
  'text/plain',
  'application/vnd.ms-excel',
  'image/jpeg',
  'image/png',
  'image/webp',
  'video/mp4',
  'video/3gpp',
];

/** `POST /{phone}/media`: a file for a message that follows, as form-data. Texts only: nothing else is sent here. */
function upload(world: World, request: FastifyRequest, numberId: string): { id: string } {
  const caller = identify(world, request);
  requireScope(caller, 'whatsapp_business_messaging');
  const { number } = numberFor(world.store, caller, 'POST', numberId);
  readQuery(request, {});
  readBody(
    request.graphBody,
    ['multipart'],
    z.strictObject({ messaging_product: z.literal('whatsapp'), type: z.string().optional() }),
  );
  const file = request.graphBody?.kind === 'multipart' ? request.graphBody.files.file : undefined;
  if (!file) throw invalidParameter('The parameter file is required.');
  const mimeType = file.contentType.split(';')[0] ?? '';
  if (!UPLOADABLE.includes(mimeType))
    throw invalidParameter(
      `Param file must be a file with one of the following types: ${UPLOADABLE.join(', ')}. Received file of type '${mimeType}'.`,
    );
  const id = newGraphId();
  const content = Buffer.from(file.text).toString('base64');
  insert(world, { id, kind: 'media', numberId: number.id, mimeType, base64: content });
  return { id };
}

/** The address is of no use without a token that may see the number. */
async function sendMedia(
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<FastifyReply> {
  const { until, signature } = readQuery(request, { until: z.coerce.number(), signature: z.string() });
  const media = mediaFor(world, identify(world, request), id);
  if (until < world.clock.nowMs() || signature !== signatureOf(media, until))
    return reply.code(404).type('text/plain').send('URL signature expired');
  return reply.type(media.mime_type).send(Buffer.from(media.content));
}

export function findMedia(store: Store, id: string): Media | undefined {
  return find(store, 'media', id);
}

/** `GET /{Media-ID}`: an address that holds for five minutes. */
export function readMedia(world: World, caller: Caller, request: FastifyRequest, id: string): Record<string, unknown> {
  requireScope(caller, 'whatsapp_business_messaging');
  const { phone_number_id: numberId } = readQuery(request, { phone_number_id: z.string().optional() });
  const media = mediaFor(world, caller, id);
  if (numberId !== undefined && numberId !== media.number_id) throw unknownObject('GET', id);
  const until = world.clock.nowMs() + URL_MS;
  return {
    url: `${world.url()}/_files/media/${id}?until=${until}&signature=${signatureOf(media, until)}`,
    mime_type: media.mime_type,
    sha256: createHash('sha256').update(media.content).digest('hex'),
    file_size: String(media.content.byteLength),
    id,
    messaging_product: 'whatsapp',
  };
}

function mediaFor(world: World, caller: Caller, id: string): Media {
  const media = findMedia(world.store, id);
  const number = media?.number_id ? findNumber(world.store, media.number_id) : undefined;
  const waba = number ? findWaba(world.store, number.waba_id) : undefined;
  if (!media || !waba || !canSee(caller, waba.id) || media.at + MEDIA_MS < world.clock.nowMs())
    throw unknownObject('GET', id);
  return media;
}

function signatureOf(media: Media, until: number): string {
  return createHmac('sha256', media.content).update(`${media.id}:${until}`).digest('hex');
}

function find(store: Store, kind: 'cdn' | 'media', id: string): Media | undefined {
  return store.first(mediaRow, 'select * from media where kind = ? and id = ?', kind, id);
}

function insert(
  world: World,
  file: { id: string; kind: 'cdn' | 'media'; numberId: string | null; mimeType: string; base64: string },
): void {
  const content = Buffer.from(file.base64, 'base64');
  if (content.length > 25_600 * 1_024 + 32) throw new GraphError(413, 100, { message: 'The file is too large' });
  world.store.run(
    'insert into media (id, kind, number_id, mime_type, content, at) values (?, ?, ?, ?, ?, ?)',
    file.id,
    file.kind,
    file.numberId,
    file.mimeType,
    content,
    world.clock.nowMs(),
  );
}
