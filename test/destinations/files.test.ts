import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import { AppError } from '../../server/app-error.ts';
import { withPortal } from '../../server/db/db.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import type { FetchFile } from '../../server/destinations/files/fetch-file.ts';
import { fileKindOf, storedName } from '../../server/destinations/files/file-name.ts';
import { createFilesDestination } from '../../server/destinations/files/files-destination.ts';
import { withStoredFiles } from '../../server/destinations/files/stored-files.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { deliveryItem, startPortal, type Portal } from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
let fetched: string[];
/** Bytes, or what is thrown, by media id. */
let atWhatsapp: Record<string, Buffer | AppError>;

const fetchFile: FetchFile = async ({ file }) => {
  fetched.push(file.mediaId);
  const found = atWhatsapp[file.mediaId];
  if (found instanceof AppError) throw found;
  return found ?? Buffer.from(`%PDF-1.4 ${file.mediaId}`);
};
const destination = createFilesDestination(fetchFile);

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  fetched = [];
  atWhatsapp = {};
});
afterEach(() => portal.close());

const file = (mediaId: string): FileAnswer => ({ mediaId, fileName: `${mediaId} Ada.pdf`, sha256: '' });
const item = (...ids: string[]): DeliveryItem =>
  deliveryItem(portal, { answers: { '0-1/papers': { kind: 'files', files: ids.map(file) } } });
const deliver = async (one: DeliveryItem) => (await destination.deliver(portal.context, [one]))[0];
const stored = async (): Promise<{ id: string; path: string }[]> => {
  const answer = await portal.control('GET', `/portals/${portal.portalId}/files`);
  return (answer as { files: { id: string; path: string }[] }).files;
};

describe('the files of a submission', () => {
  test('are put away once each, with their addresses in the detail and no name in it', async () => {
    const outcome = await deliver(item('1', '2'));
    expect(outcome).toMatchObject({
      kind: 'delivered',
      detail: {
        files: [
          { question: '0-1/papers', index: 0 },
          { index: 1, url: expect.stringMatching(/^https:/) },
        ],
      },
    });
    expect(await stored()).toHaveLength(2);
    expect(JSON.stringify([outcome, await stored()])).not.toContain('Ada');
  });

  test('are not doubled when an answer of HubSpot is lost', async () => {
    const one = item('1');
    await portal.fault({ route: 'POST /files/v3/files', kind: 'timeout-after-success' });
    const outcomes = [await deliver(one), await deliver(one)];
    expect(outcomes.at(-1)).toMatchObject({ kind: 'delivered' });
    expect(await stored()).toHaveLength(1);
  }, 30_000);

  test('that are there already are not fetched again', async () => {
    atWhatsapp['2'] = new AppError('fetch_lost', { retryable: true });
    const one = item('1', '2');
    const first = await deliver(one);
    expect(first).toMatchObject({ kind: 'retry', code: 'file_not_fetched', detail: { files: [{ index: 0 }] } });
    delete atWhatsapp['2'];
    const second = await deliver({ ...one, detail: first && 'detail' in first ? first.detail : {} });
    expect(second).toMatchObject({ kind: 'delivered', detail: { files: [{ index: 0 }, { index: 1 }] } });
    expect(fetched).toEqual(['1', '2', '2']);
  });

  test('of one submission never show up in another', async () => {
    const outcomes = await destination.deliver(portal.context, [item('1'), item('2')]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'delivered', detail: { files: [{}] } });
    expect(fetched).toEqual(['1', '2']);
  });

  test.each(['file_gone', 'file_broken', 'fetch_too_large', 'address_refused'])(
    'that are lost for good (%s) do not keep the others back',
    async (code) => {
      atWhatsapp['1'] = new AppError(code);
      const outcome = await deliver(item('1', '2'));
      expect(outcome).toMatchObject({ kind: 'dead', code: 'files_lost', detail: { files: [{ index: 1 }] } });
      expect(await stored()).toHaveLength(1);
    },
  );

  test('wait for the permission, which is asked for before publishing too', async () => {
    await portal.fault({ route: 'POST /files/v3/files', kind: '500', times: 9 });
    expect(await deliver(item('1'))).toMatchObject({ kind: 'retry' });
    expect(await destination.check(portal.context, item().form, item().mapping)).toEqual([]);
    await withPortal(database.db, portal.portalId, (tx) =>
      tx
        .updateTable('hubspot_tokens')
        .set({ scopes: ['forms'] })
        .execute(),
    );
    expect(await destination.check(portal.context, item().form, item().mapping)).toMatchObject([
      { code: 'files_not_permitted' },
    ]);
  }, 30_000);

  test('wait while the WhatsApp account does not let us in', async () => {
    atWhatsapp['1'] = new AppError('meta_token_invalid');
    expect(await deliver(item('1'))).toMatchObject({ kind: 'held', code: 'files_account' });
  });

  test('are asked for only where an answer has some', () => {
    expect(destination.wanted(item().mapping, { files: true })).toBe(true);
    expect(destination.wanted(item().mapping, { files: false })).toBe(false);
  });
});

describe('a file', () => {
  test.each([
    ['a program called .pdf', Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), 'contract.pdf', 'exe'],
    ['a picture without ending', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), 'photo', 'jpg'],
    ['a text', Buffer.from('name;age\nAda;36'), 'list.csv', 'csv'],
    ['bytes that say nothing', Buffer.from([0, 1, 2, 3]), 'list.csv', 'bin'],
    ['a page with a script', Buffer.from('<script>alert(1)</script>'), 'page.html', 'bin'],
    ['an old document', Buffer.from(`d0cf11e0a1b11ae1${'00'.repeat(600)}`, 'hex'), 'letter.DOC', 'doc'],
    ['nothing at all', Buffer.alloc(0), 'x.pdf', 'bin'],
  ])('is named by what it is: %s', async (_title, bytes, fileName, extension) => {
    expect((await fileKindOf(bytes, fileName)).extension).toBe(extension);
  });

  test('has one name per submission, question and place', () => {
    const name = (more: object) =>
      storedName({ submissionId: 'sub_1', question: 'a', index: 0, extension: 'pdf', ...more });
    expect(name({})).toBe(name({}));
    expect(new Set([name({}), name({ index: 1 }), name({ question: 'b' }), name({ submissionId: 'sub_2' })]).size).toBe(
      4,
    );
  });

  test('gets its address in the answer it belongs to, and no other', () => {
    const answers = {
      a: { kind: 'files' as const, files: [file('1'), file('2')] },
      b: { kind: 'text' as const, value: 'x' },
    };
    const filled = withStoredFiles(answers, [{ question: 'a', index: 1, fileId: '9', url: 'https://x.test/2' }]);
    expect(filled.a).toMatchObject({ files: [{ mediaId: '1' }, { mediaId: '2', storedUrl: 'https://x.test/2' }] });
    expect(filled.a?.kind === 'files' && filled.a.files[0]?.storedUrl).toBeUndefined();
    expect(filled.b).toEqual(answers.b);
  });
});
