import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name: string): Promise<string> => readFile(path.join(root, name), 'utf8');
const NAMED = /`((?:server|shared|test|hubspot-project|docs)\/[\w./-]+|[\w-]+\.json|Dockerfile)`/g;

/** How many requirements of level 1 and 2 each section of ASVS 5.0.0 has; they are numbered from 1 but for those of level 3. */
const LEVEL_1_AND_2: Record<string, number[]> = {
  V1: [2, 9, 11, 3, 2],
  V2: [3, 3, 4, 1],
  V3: [0, 2, 4, 6, 5, 0, 2],
  V4: [3, 1, 2, 4],
  V5: [1, 3, 2, 3],
  V6: [3, 12, 4, 4, 5, 3, 0, 4],
  V7: [3, 4, 2, 5, 2, 2],
  V8: [2, 3, 1, 1],
  V9: [3, 4],
  V10: [2, 2, 4, 11, 5, 2, 3],
  V11: [2, 3, 3, 4, 1, 1, 0],
  V12: [3, 2, 4],
  V13: [1, 5, 2, 5],
  V14: [2, 4, 3],
  V15: [3, 3, 7],
  V16: [1, 5, 4, 3, 3],
  V17: [1, 4, 2],
};
const LEVEL_3 = [
  ...['8.1.3', '8.1.4', '8.2.4', '8.3.2', '8.3.3', '8.4.2'],
  ...['11.1.3', '11.1.4', '11.2.4', '11.2.5', '11.3.4', '11.3.5', '11.5.2', '11.6.2', '11.7.1', '11.7.2'],
].map((number) => `V${number}`);

type Row = { id: string; state: string; evidence: string };
async function rows(): Promise<Row[]> {
  const text = await read('docs/asvs.md');
  return [
    ...text.matchAll(/^\| (V\d+\.\d+\.\d+)\s*\| .*? \| (met|in part|not met|does not apply)\s*\| (.*?)\s*\|$/gm),
  ].map(([, id = '', state = '', evidence = '']) => ({ id, state, evidence }));
}

test.each(['docs/threat-model.md', 'docs/asvs.md'])('every file that %s names exists', async (page) => {
  const text = await read(page);
  const named = [...text.matchAll(NAMED)].map((match) => match[1] ?? '');
  const links = [...text.matchAll(/\]\(((?!http)[^)#]+)\)/g)].map((match) => path.join('docs', match[1] ?? ''));
  expect(named.length).toBeGreaterThan(20);
  expect([...named, ...links].filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
});

test('every requirement of level 1 and 2, and of level 3 for authorization and cryptography, stands there once', async () => {
  const expected = Object.entries(LEVEL_1_AND_2).flatMap(([chapter, sections]) =>
    sections.flatMap((count, index) =>
      Array.from({ length: count }, (_, number) => `${chapter}.${index + 1}.${number + 1}`),
    ),
  );
  expect(expected).toHaveLength(253);
  const found = (await rows()).map(({ id }) => id);
  expect(found.toSorted()).toEqual([...expected, ...LEVEL_3].toSorted());
});

test('whatever is said to be met names what does it or proves it, and whatever is not says why', async () => {
  for (const { id, state, evidence } of await rows()) {
    expect([id, evidence.length > 2]).toEqual([id, true]);
    if (state === 'not met') expect([id, evidence.length > 5]).toEqual([id, true]);
  }
});

test('the counts at the top are those of the rows', async () => {
  const text = await read('docs/asvs.md');
  const found = await rows();
  for (const state of ['met', 'in part', 'not met', 'does not apply']) {
    const count = found.filter((row) => row.state === state).length;
    expect(text).toMatch(new RegExp(`\\| ${state}\\s*\\| ${count}\\s*\\|`));
  }
});
