import type { Form, Image } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { createSafeFetch, type SafeAnswer, type SafeFetch } from '../../server/safe-fetch/safe-fetch.ts';
import { fetchPictures, picturesSchema } from '../../server/sources/fetch-pictures.ts';

/** The smallest PNG there is, and the beginning of a JPEG. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0'), Buffer.alloc(40)]);
const NOW = new Date('2026-11-30T10:00:00Z');
const url = (name: string) => `https://images.example/${name}`;

function formOf(statements: Image[], choices: Image[] = []): Form {
  const base = { required: false, origin: {} };
  return {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'f',
    language: 'en',
    revision: 'r',
    pages: [
      {
        id: 'p',
        items: [
          ...statements.map((image, n) => ({ kind: 'statement' as const, id: `s${n}`, image })),
          ...(choices.length > 0
            ? [
                {
                  ...base,
                  kind: 'single-choice' as const,
                  id: 'q',
                  label: 'Which?',
                  choices: choices.map((image, n) => ({ id: `c${n}`, label: `Choice ${n}`, image })),
                },
              ]
            : []),
        ],
      },
    ],
    hidden: [],
    notices: [],
  };
}
const answer = (body: Buffer, more: Partial<Extract<SafeAnswer, { kind: 'answer' }>> = {}): SafeAnswer => ({
  kind: 'answer',
  status: 200,
  headers: {},
  body,
  truncated: false,
  ...more,
});
/** A web that answers by the last part of the address, in order where there are several answers. */
function web(answers: Record<string, SafeAnswer | SafeAnswer[]>): { safeFetch: SafeFetch; asked: string[] } {
  const asked: string[] = [];
  const safeFetch: SafeFetch = async (request) => {
    const name = request.url.slice(url('').length);
    asked.push(name);
    const found = answers[name];
    const one = Array.isArray(found)
      ? found[Math.min(asked.filter((it) => it === name).length, found.length) - 1]
      : found;
    const given = one ?? { kind: 'refused', why: 'not_resolved' };
    // As the real one does: nothing beyond the bound is read.
    if (given.kind !== 'answer' || given.body.byteLength <= request.maxBytes) return given;
    return { ...given, body: given.body.subarray(0, request.maxBytes), truncated: true };
  };
  return { safeFetch, asked };
}
const images = (...names: string[]): Image[] => names.map((name) => ({ url: url(name) }));

describe('pictures of a form', () => {
  test('are fetched once for each address, and are what their bytes say', async () => {
    const { safeFetch, asked } = web({ a: answer(PNG, { headers: { 'content-type': 'text/html' } }), b: answer(JPEG) });
    const pictures = await fetchPictures(formOf(images('a', 'b', 'a'), images('a')), safeFetch, NOW);
    expect(pictures).toEqual({
      assets: { [url('a')]: PNG.toString('base64'), [url('b')]: JPEG.toString('base64') },
      missing: {},
    });
    expect(asked.toSorted()).toEqual(['a', 'b']);
    expect(picturesSchema.parse(JSON.parse(JSON.stringify(pictures)))).toEqual(pictures);
  });

  test.each<[string, SafeAnswer | SafeAnswer[], string]>([
    ['is not there', answer(PNG, { status: 404 }), 'picture_not_reached'],
    ['is somewhere else now', answer(PNG, { status: 302, headers: { location: url('b') } }), 'picture_not_reached'],
    ['stands in a private network', { kind: 'refused', why: 'not_public' }, 'picture_not_reached'],
    ['never comes', { kind: 'unreached', why: 'deadline' }, 'picture_not_reached'],
    ['breaks off', answer(PNG, { truncated: true }), 'picture_not_reached'],
    [
      'is a page',
      answer(Buffer.from('<html></html>'), { headers: { 'content-type': 'image/png' } }),
      'picture_wrong_type',
    ],
    ['is a GIF', answer(Buffer.from('GIF89a\u0001\0\u0001\0\0\0\0;')), 'picture_wrong_type'],
    ['is nothing', answer(Buffer.alloc(0)), 'picture_wrong_type'],
    ['is too large', answer(Buffer.concat([PNG, Buffer.alloc(300 * 1024)])), 'picture_too_large'],
  ])('one that %s is missing with its reason, and the others are there', async (_, given, why) => {
    const { safeFetch } = web({ bad: given, good: answer(PNG) });
    const pictures = await fetchPictures(formOf(images('bad', 'good')), safeFetch, NOW);
    expect(pictures.missing).toEqual({ [url('bad')]: why });
    expect(Object.keys(pictures.assets)).toEqual([url('good')]);
  });

  test('of a choice may be smaller than that of a question only', async () => {
    const large = answer(Buffer.concat([PNG, Buffer.alloc(150 * 1024)]));
    const { safeFetch } = web({ a: large, b: large });
    const pictures = await fetchPictures(formOf(images('a'), images('b')), safeFetch, NOW);
    expect(Object.keys(pictures.assets)).toEqual([url('a')]);
    expect(pictures.missing).toEqual({ [url('b')]: 'picture_too_large' });
  });

  test('are asked for a second time where that may help, and no third time', async () => {
    const busy = answer(PNG, { status: 503 });
    const { safeFetch, asked } = web({ once: [busy, answer(PNG)], always: busy, gone: answer(PNG, { status: 410 }) });
    const pictures = await fetchPictures(formOf(images('once', 'always', 'gone')), safeFetch, NOW);
    expect(Object.keys(pictures.assets)).toEqual([url('once')]);
    expect(asked.toSorted()).toEqual(['always', 'always', 'gone', 'once', 'once']);
  });

  test('are bounded in number and in what is kept of all together', async () => {
    const large = answer(Buffer.concat([PNG, Buffer.alloc(290 * 1024)]));
    const many = images(...Array.from({ length: 60 }, (_, n) => `n${n}`));
    const { safeFetch, asked } = web(Object.fromEntries(many.map((_, n) => [`n${n}`, large])));
    const { assets, missing } = await fetchPictures(formOf(many), safeFetch, NOW);
    expect(asked).toHaveLength(20);
    expect(Object.values(assets).join('').length).toBeLessThan(2_000_000);
    expect(Object.keys(assets).length + Object.keys(missing).length).toBe(60);
    expect(new Set(Object.values(missing))).toEqual(new Set(['pictures_too_many']));
  });

  test('with an address that is no https are not asked for at all', async () => {
    const { safeFetch, asked } = web({});
    const odd = ['http://images.example/a', 'data:image/png;base64,AAAA', 'nonsense', 'file:///etc/passwd'].map(
      (one) => ({ url: one }),
    );
    expect(await fetchPictures(formOf(odd), safeFetch, NOW)).toEqual({ assets: {}, missing: {} });
    expect(asked).toEqual([]);
  });

  test.each(['127.0.0.1', '169.254.169.254', '[::1]', '10.0.0.8'])('at %s are refused by the address', async (host) => {
    const inside = `https://${host}/secret.png`;
    const pictures = await fetchPictures(formOf([{ url: inside }]), createSafeFetch({ allowLoopback: false }), NOW);
    expect(pictures).toMatchObject({ assets: {}, missing: { [inside]: 'picture_not_reached' } });
  });
});
