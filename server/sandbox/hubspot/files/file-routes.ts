import { createHash, randomInt } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { HubSpotError, validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';

const FILES = ['files'];
/** More than any file a flow can bring. */
const MAX_BYTES = 30_000_000;
/** What HubSpot's file manager does not take: programs and scripts. */
const REFUSED = new Set(['exe', 'msi', 'bat', 'cmd', 'com', 'scr', 'jar', 'vbs', 'ps1', 'sh', 'dll']);
const ACCESS = [
  'PUBLIC_INDEXABLE',
  'PUBLIC_NOT_INDEXABLE',
  'HIDDEN_INDEXABLE',
  'HIDDEN_NOT_INDEXABLE',
  'HIDDEN_PRIVATE',
  'PRIVATE',
  'HIDDEN_SENSITIVE',
  'SENSITIVE',
] as const;

const uploadSchema = z.strictObject({
  file: z.strictObject({ fileName: z.string().min(1).max(255), contentType: z.string(), size: z.number().min(1) }),
  folderPath: z.string().startsWith('/').optional(),
  folderId: z.string().regex(/^\d+$/).optional(),
  fileName: z.string().min(1).optional(),
  charsetHunch: z.string().optional(),
  options: z.string(),
});
const optionsSchema = z.strictObject({
  access: z.enum(ACCESS),
  overwrite: z.boolean().optional(),
  ttl: z.string().optional(),
  duplicateValidationStrategy: z.enum(['NONE', 'REJECT', 'RETURN_EXISTING']).optional(),
  duplicateValidationScope: z.enum(['ENTIRE_PORTAL', 'EXACT_FOLDER']).optional(),
});

/** Bytes by the body they came in: the journal keeps the body without them. */
const contents = new WeakMap<object, Buffer>();

/** The file manager: upload as multipart/form-data and deletion for good (hubspot-platform.md section 5, *Files*). */
export function addFileRoutes(app: FastifyInstance, standIn: StandIn): void {
  app.removeAllContentTypeParsers();
  void app.register(multipart, { limits: { fileSize: MAX_BYTES, files: 1, fields: 10, fieldSize: 10_000 } });
  app.addHook('preHandler', async (request) => {
    if (request.isMultipart()) request.body = await readParts(request);
  });
  addApiRoute(app, standIn, { method: 'POST', url: '/files/v3/files', scopes: FILES, handle: upload });
  addApiRoute(app, standIn, {
    method: 'DELETE',
    url: '/files/v3/files/:fileId/gdpr-delete',
    scopes: FILES,
    handle: erase,
  });
}

/** A file twice, or a field twice, is refused by the schema: only the last would count. */
async function readParts(request: FastifyRequest): Promise<Record<string, unknown>> {
  const parts: Record<string, unknown> = {};
  for await (const part of request.parts()) {
    const isRepeated = part.fieldname in parts;
    if (part.type === 'field') {
      parts[part.fieldname] = isRepeated ? null : part.value;
      continue;
    }
    const content = await part.toBuffer();
    contents.set(parts, content);
    const file = { fileName: part.filename, contentType: part.mimetype, size: content.length };
    parts[part.fieldname] = isRepeated ? null : file;
  }
  return parts;
}

function upload(call: Call): Answer {
  const content = typeof call.body === 'object' && call.body !== null ? contents.get(call.body) : undefined;
  if (!content) throw new HubSpotError(415, { message: 'Unsupported Media Type', category: 'VALIDATION_ERROR' });
  const given = parseBody(uploadSchema, call.body);
  const options = parseBody(optionsSchema, readJson(given.options));
  if ((given.folderPath === undefined) === (given.folderId === undefined))
    throw validationError('Exactly one of folderPath and folderId is required');
  const name = given.fileName ?? given.file.fileName;
  const [, stem = name, extension = ''] = /^(.*)\.([^.]+)$/.exec(name) ?? [];
  if (REFUSED.has(extension.toLowerCase())) throw validationError(`File type ${extension} is not supported`);
  const path = `${given.folderPath ?? `/folder-${given.folderId}`}/${name}`;
  const id = save(call, {
    path,
    stem,
    extension,
    access: options.access,
    content,
    overwrite: options.overwrite ?? false,
  });
  return { status: 201, body: view(call, id) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw validationError('options is not valid JSON');
  }
}

function save(
  call: Call,
  file: { path: string; stem: string; extension: string; access: string; content: Buffer; overwrite: boolean },
): number {
  const { store, clock } = call.standIn;
  const now = clock.now().getTime();
  const found = find(call, file.path);
  if (found && file.overwrite) {
    store.run(
      'update files set content = ?, access = ?, updated_at = ? where id = ?',
      file.content,
      file.access,
      now,
      found.id,
    );
    return found.id;
  }
  // Without overwriting HubSpot keeps both, the new one under a name of its own.
  const n = found ? `-${randomInt(1_000_000)}` : '';
  const path = found ? file.path.replace(/(\.[^.]+)?$/, (ending) => `${n}${ending}`) : file.path;
  const id = 100_000_000_000 + store.nextNumber('files');
  store.run(
    `insert into files (id, portal_id, path, name, extension, access, content, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    call.portalId,
    path,
    `${file.stem}${n}`,
    file.extension,
    file.access,
    file.content,
    now,
    now,
  );
  return id;
}

function find(call: Call, path: string): { id: number } | undefined {
  return call.standIn.store.first(
    z.object({ id: z.number() }),
    'select id from files where portal_id = ? and path = ?',
    call.portalId,
    path,
  );
}

const fileRow = z.object({
  id: z.number(),
  path: z.string(),
  name: z.string(),
  extension: z.string(),
  access: z.string(),
  content: z.instanceof(Uint8Array),
  created_at: z.number(),
  updated_at: z.number(),
});

function view(call: Call, id: number): Record<string, unknown> {
  const row = call.standIn.store.first(fileRow, 'select * from files where id = ?', id);
  if (!row) throw new Error('The file was not stored');
  const url = `https://${call.portalId}.fs1.hubspotusercontent-eu1.net/hubfs/${call.portalId}${encodeURI(row.path)}`;
  return {
    id: String(row.id),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
    archived: false,
    parentFolderId: '1',
    name: row.name,
    path: row.path,
    size: row.content.byteLength,
    type: ['jpg', 'jpeg', 'png', 'gif', 'webp'].includes(row.extension) ? 'IMG' : 'DOCUMENT',
    extension: row.extension,
    defaultHostingUrl: url,
    url,
    isUsableInContent: !row.access.startsWith('HIDDEN'),
    access: row.access,
    fileMd5: createHash('md5').update(row.content).digest('hex'),
    sourceGroup: 'CONTENT',
  };
}

/** Gone or never there: the answer is the same. */
function erase(call: Call): Answer {
  call.standIn.store.run(
    'delete from files where portal_id = ? and id = ?',
    call.portalId,
    Number(call.params.fileId ?? 0),
  );
  return { status: 204 };
}

/** Every file of a portal with its bytes, for the control surface. */
export function listFiles(standIn: StandIn, portalId: number): Record<string, unknown>[] {
  return standIn.store.all(fileRow, 'select * from files where portal_id = ? order by id', portalId).map((row) => ({
    id: String(row.id),
    path: row.path,
    access: row.access,
    base64: Buffer.from(row.content).toString('base64'),
  }));
}
