import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { VARIABLES } from '../../server/config.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = await readFile(path.join(root, 'README.md'), 'utf8');

test('the configuration table names every variable as the server explains it', () => {
  const table = [
    '| variable | what for | where from |',
    '|---|---|---|',
    ...Object.entries(VARIABLES).map(
      ([name, about]) => `| \`${name}\`${'optional' in about ? ' (optional)' : ''} | ${about.why} | ${about.where} |`,
    ),
  ];
  expect(readme).toContain(table.join('\n'));
});

test('every file and folder that the documents name exists', async () => {
  for (const file of ['README.md', 'CONTRIBUTING.md']) {
    const text = await readFile(path.join(root, file), 'utf8');
    const links = [...text.matchAll(/\]\(((?!http)[^)#]+)\)/g)].map((match) => match[1] ?? '');
    const named = [...text.matchAll(/`((?:server|shared|test|hubspot-project|docs)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? '',
    );
    const missing = [...links, ...named].filter((name) => !existsSync(path.join(root, name)));
    expect(missing, file).toEqual([]);
  }
});

test('every npm script that the documents name exists', async () => {
  const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? '');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
