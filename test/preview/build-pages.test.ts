import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildPage } from '../../server/preview/build-pages.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flowella-pages-'));
  await mkdir(path.join(folder, 'page'));
  await writePage('one');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function writePage(word: string): Promise<void> {
  await writeFile(
    path.join(folder, 'page/index.html'),
    '<!doctype html><title>x</title><script type="module" src="./main.ts"></script>',
  );
  await writeFile(path.join(folder, 'page/main.ts'), `document.title = '${word}';`);
}

async function scriptOf(built: string): Promise<string> {
  const [script = ''] = await readdir(path.join(built, 'assets'));
  return readFile(path.join(built, 'assets', script), 'utf8');
}

test('a page is built once per state of its sources, and built again when they change', async () => {
  const page = { root: path.join(folder, 'page'), outDir: path.join(folder, 'built') };
  const first = await buildPage(page);
  expect(await scriptOf(first)).toContain('one');
  await writeFile(path.join(first, 'marker'), '');
  expect(await buildPage(page)).toBe(first);
  expect(await readdir(first)).toContain('marker');
  await writePage('two');
  const second = await buildPage(page);
  expect(second).not.toBe(first);
  expect(await scriptOf(second)).toContain('two');
});

test('two processes that build the same page at once both get it whole, and nothing half-built is left', async () => {
  const page = { root: path.join(folder, 'page'), outDir: path.join(folder, 'built') };
  const built = await Promise.all([buildPage(page), buildPage(page)]);
  expect(built[0]).toBe(built[1]);
  expect(await readdir(page.outDir)).toEqual([path.basename(built[0])]);
});

test('a built page asks for nothing outside its own folder', async () => {
  const root = path.join(import.meta.dirname, '../../server/preview/preview-page');
  const built = await buildPage({ root, outDir: path.join(folder, 'built') });
  const files = await readdir(path.join(built, 'assets'));
  const html = await readFile(path.join(built, 'index.html'), 'utf8');
  const css = await readFile(path.join(built, 'assets', files.find((name) => name.endsWith('.css')) ?? ''), 'utf8');
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
  expect(addresses.every((address) => address.startsWith('./assets/') || address === 'data:,')).toBe(true);
  expect(css).not.toMatch(/@import|https?:\/\/|url\((?!["']?data:)/);
});
