import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { FetchFile } from '../destinations/files/fetch-file.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { SafeAnswer, SafeFetch } from '../safe-fetch/safe-fetch.ts';
import { getAccountSecrets } from './accounts.ts';
import type { GraphClient } from './graph-client.ts';
import { broken, hasSha256, openLockedFile } from './open-locked-file.ts';

type MediaServices = { db: Db; keys: PortalKeys; clock: Clock; graph: GraphClient; safeFetch: SafeFetch };

/** A picker takes at most 25 MiB a file (whatsapp-flows.md section 6.10); padding and MAC come on top. */
const LIMITS = { method: 'GET', maxBytes: 25_600 * 1_024 + 32, deadlineMs: 20_000 } as const;

const mediaSchema = z.object({ url: z.url(), sha256: z.string().optional() });

/**
 * Fetches what a person put into a picker: the locked file from WhatsApp's CDN, or ordinary media of the chat for a light flow
 * (whatsapp-flows.md section 6.10), verified against every hash that came with it. Nothing is kept here.
 */
export function createFetchFile(services: MediaServices): FetchFile {
  return async (o) => (o.file.cdn ? fetchLocked(services, o.file, o.signal) : fetchMedia(services, o));
}

async function fetchLocked(services: MediaServices, file: FileAnswer, signal: AbortSignal): Promise<Buffer> {
  const { cdn } = file;
  if (!cdn) throw broken('cdn');
  const answer = await services.safeFetch({ ...LIMITS, url: cdn.url, signal });
  return openLockedFile(bodyOf(answer), { sha256: file.sha256, cdn });
}

async function fetchMedia(
  services: MediaServices,
  o: { portalId: PortalId; submissionId: string; file: FileAnswer; signal: AbortSignal },
): Promise<Buffer> {
  if (!/^\d{1,32}$/.test(o.file.mediaId)) throw broken('media_id');
  const accessToken = await tokenOf(services, o.portalId, o.submissionId);
  const { url, sha256 } = await readMedia(services.graph, o.file.mediaId, accessToken);
  const answer = await services.safeFetch({
    ...LIMITS,
    url,
    headers: { authorization: `Bearer ${accessToken}` },
    signal: o.signal,
  });
  const bytes = bodyOf(answer);
  // What the person's phone said counts; where a message carries no hash, Meta's own does.
  const expected = o.file.sha256 || sha256;
  if (expected && !hasSha256(bytes, expected)) throw broken('sha256');
  return bytes;
}

/** The token goes only to the address that Meta named for this medium. */
async function readMedia(
  graph: GraphClient,
  mediaId: string,
  accessToken: string,
): Promise<z.infer<typeof mediaSchema>> {
  try {
    return await graph.call({ method: 'GET', path: `/${mediaId}`, accessToken, schema: mediaSchema, idempotent: true });
  } catch (err) {
    // An id that Meta does not know (any more) is a wrong parameter to it (whatsapp-flows.md section 9.4).
    if (err instanceof AppError && err.code === 'meta_bad_parameter') throw gone();
    throw err;
  }
}

async function tokenOf(services: MediaServices, portalId: PortalId, submissionId: string): Promise<string> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('submissions as s')
      .innerJoin('sends as n', (join) =>
        join.onRef('n.portal_id', '=', 's.portal_id').onRef('n.send_id', '=', 's.send_id'),
      )
      .innerJoin('wa_numbers as w', (join) =>
        join.onRef('w.portal_id', '=', 'n.portal_id').onRef('w.phone_number_id', '=', 'n.phone_number_id'),
      )
      .select('w.account_id')
      .where('s.portal_id', '=', String(portalId))
      .where('s.submission_id', '=', submissionId)
      .executeTakeFirst(),
  );
  if (!row) throw new AppError('whatsapp_account_not_found', { status: 404 });
  return (await getAccountSecrets(services, portalId, row.account_id)).accessToken;
}

/** A file stays on the CDN for up to twenty days. A refusal may be over in a minute, so it is tried again for three days. */
function bodyOf(answer: SafeAnswer): Buffer {
  switch (answer.kind) {
    case 'refused':
      // A name that no server of names answers for may be known again in a minute.
      if (answer.why === 'not_resolved') throw later('its name was not found');
      throw new AppError('address_refused', { message: `The file's address is not called: ${answer.why}` });
    case 'unreached':
    case 'lost':
      throw later(answer.why);
    case 'answer':
      return bytesOf(answer);
  }
}

function bytesOf({ status, body, truncated }: Extract<SafeAnswer, { kind: 'answer' }>): Buffer {
  if (status === 404 || status === 410) throw gone();
  if (status !== 200) throw later(`its host answered ${status}`);
  if (!truncated) return body;
  if (body.length < LIMITS.maxBytes) throw later('the transfer broke off');
  throw new AppError('fetch_too_large', { message: 'The file is larger than any that a picker takes' });
}

function later(why: string): AppError {
  return new AppError('fetch_lost', { retryable: true, message: `A file was not fetched: ${why}` });
}

function gone(): AppError {
  return new AppError('file_gone', { status: 404, message: 'The file is no longer there' });
}
