import { fileTypeFromBuffer } from 'file-type';
import type { Form, Image } from '@flowella/shared/form/form.ts';
import { z } from 'zod';
import { eachLimited } from '../each-limited.ts';
import type { SafeFetch } from '../safe-fetch/safe-fetch.ts';

/** Why a picture is not there: each has its sentence in the fit report. */
export const PICTURE_PROBLEMS = [
  'picture_not_reached',
  'picture_too_large',
  'picture_wrong_type',
  'pictures_too_many',
] as const;
export type PictureProblem = (typeof PICTURE_PROBLEMS)[number];

/** Pictures of a form by their addresses, as base64 without a prefix, and those that could not be had. Kept with the reading. */
export const picturesSchema = z.object({
  assets: z.record(z.string(), z.string()).default({}),
  missing: z.record(z.string(), z.enum(PICTURE_PROBLEMS)).default({}),
  /** How often those that were not reached have been tried since, and when the last time was (ISO 8601). Absent where none is due. */
  retried: z.object({ count: z.number().int(), at: z.iso.datetime() }).optional(),
});
export type Pictures = z.infer<typeof picturesSchema>;

/** Waits before the tries after the first, in ms; then a picture stays a link until the form changes. */
const RETRY_AFTER_MS = [60_000, 600_000, 3_600_000, 21_600_000, 86_400_000];

export const NO_PICTURES: Pictures = { assets: {}, missing: {} };

/** An Image of Flow JSON, and a choice's picture since 6.0 (whatsapp-flows.md section 4.2). */
const MAX_BYTES = { image: 300 * 1024, choice: 100 * 1024 };
/** Of one form: what is kept stays below two megabytes, however many pictures a form has. */
const MAX_PICTURES = 20;
const MAX_TOTAL_LENGTH = 2_000_000;
const AT_ONCE = 4;
const TRIES = 2;
const ONE_DEADLINE_MS = 4_000;
/** Of all together: somebody waits for the form, and HubSpot cuts a page's call off after 15 s. */
const DEADLINE_MS = 6_000;

/**
 * Fetches the pictures that stand in a form, of any tool, for the compiler, which does no I/O: https only, to checked public addresses,
 * no redirect followed, bounded in bytes, number and time. What it is, the bytes say and not the answer's head: JPEG or PNG.
 * Never throws: a form is read without its pictures too.
 */
export async function fetchPictures(form: Form, safeFetch: SafeFetch, now: Date): Promise<Pictures> {
  const wanted = [...picturesOf(form)];
  const pictures: Pictures = { assets: {}, missing: {} };
  for (const [url] of wanted.slice(MAX_PICTURES)) pictures.missing[url] = 'pictures_too_many';
  await fetchInto(pictures, wanted.slice(0, MAX_PICTURES), safeFetch);
  return isOpen(pictures) ? { ...pictures, retried: { count: 0, at: now.toISOString() } } : pictures;
}

/**
 * Tries once more those pictures of a reading that were not reached, when it is time; the others stay as they are. Answers the
 * pictures that were given where nothing is to be done.
 */
export async function retryPictures(form: Form, known: Pictures, safeFetch: SafeFetch, now: Date): Promise<Pictures> {
  // Readings kept before tries were counted are tried at once.
  const { count, at } = known.retried ?? { count: 0, at: new Date(0).toISOString() };
  const wait = RETRY_AFTER_MS[count];
  if (!isOpen(known) || wait === undefined || now.getTime() - Date.parse(at) < wait) return known;
  const open = [...picturesOf(form)].filter(([url]) => known.missing[url] === 'picture_not_reached');
  const missing = Object.entries(known.missing).filter(([, why]) => why !== 'picture_not_reached');
  const pictures: Pictures = { assets: { ...known.assets }, missing: Object.fromEntries(missing) };
  await fetchInto(pictures, open, safeFetch);
  return isOpen(pictures) ? { ...pictures, retried: { count: count + 1, at: now.toISOString() } } : pictures;
}

function isOpen({ missing }: Pictures): boolean {
  return Object.values(missing).includes('picture_not_reached');
}

async function fetchInto(pictures: Pictures, wanted: [string, number][], safeFetch: SafeFetch): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  let length = Object.values(pictures.assets).reduce((sum, { length: own }) => sum + own, 0);
  await eachLimited(wanted, AT_ONCE, async ([url, maxBytes]) => {
    const found = await fetchOne(url, maxBytes, { safeFetch, signal });
    if ('why' in found) pictures.missing[url] = found.why;
    else if (length + found.base64.length > MAX_TOTAL_LENGTH) pictures.missing[url] = 'pictures_too_many';
    else {
      length += found.base64.length;
      pictures.assets[url] = found.base64;
    }
  });
}

async function fetchOne(
  url: string,
  maxBytes: number,
  { safeFetch, signal }: { safeFetch: SafeFetch; signal: AbortSignal },
): Promise<{ base64: string } | { why: PictureProblem }> {
  for (let n = 1; ; n += 1) {
    const headers = { accept: 'image/jpeg, image/png', 'user-agent': 'Flowella' };
    const answer = await safeFetch({ url, method: 'GET', headers, deadlineMs: ONE_DEADLINE_MS, maxBytes, signal });
    if (answer.kind === 'answer' && answer.status === 200) return judge(answer, maxBytes);
    const mayHelp =
      answer.kind === 'lost' || answer.kind === 'unreached' || (answer.kind === 'answer' && answer.status >= 500);
    if (!mayHelp || n === TRIES || signal.aborted) return { why: 'picture_not_reached' };
  }
}

async function judge(
  { body, truncated, headers }: { body: Buffer; truncated: boolean; headers: Record<string, string> },
  maxBytes: number,
): Promise<{ base64: string } | { why: PictureProblem }> {
  const type = await fileTypeFromBuffer(body).catch(() => undefined);
  if (type?.mime !== 'image/jpeg' && type?.mime !== 'image/png') return { why: 'picture_wrong_type' };
  if (body.byteLength >= maxBytes || Number(headers['content-length'] ?? 0) > maxBytes)
    return { why: 'picture_too_large' };
  // Broken off before its end: half a picture is none.
  return truncated ? { why: 'picture_not_reached' } : { base64: body.toString('base64') };
}

/** Each address once, with the bytes that its smallest place allows. */
function picturesOf(form: Form): Map<string, number> {
  const found = new Map<string, number>();
  const add = (image: Image | undefined, maxBytes: number): void => {
    if (image && URL.parse(image.url)?.protocol === 'https:')
      found.set(image.url, Math.min(found.get(image.url) ?? maxBytes, maxBytes));
  };
  for (const item of [...(form.welcome ? [form.welcome] : []), ...form.pages.flatMap((page) => page.items)]) {
    add(item.image, MAX_BYTES.image);
    if (item.kind !== 'statement' && 'choices' in item)
      for (const choice of item.choices) add(choice.image, MAX_BYTES.choice);
  }
  return found;
}
