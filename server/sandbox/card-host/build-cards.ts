import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { buildSingleExtension } from '@hubspot/ui-extensions-dev-server/build';
import { build } from 'vite';
import { z } from 'zod';

/** `worker` and each of `entries` (`FlowsCard`, `SettingsPage`, …) are names of JavaScript files in `folder`. */
export type CardBundles = { folder: string; worker: string; entries: Record<string, string> };

const manifestSchema = z.object({ worker: z.string(), entries: z.record(z.string(), z.string()) });
const hsmetaSchema = z.object({ config: z.object({ entrypoint: z.string() }) });

/** Folders of the HubSpot project with components that HubSpot runs in a worker. */
const EXTENSION_FOLDERS = ['cards', 'settings'] as const;
const WORKER_FOLDER = join(import.meta.dirname, 'worker');
const MANIFEST = 'bundles.json';

/**
 * Bundles every card and page of the HubSpot project with HubSpot's own build, and the worker that runs them, into a folder
 * named after the content of all sources: unchanged sources cost reading them (some milliseconds), changed ones about two
 * seconds. The folder appears whole or not at all.
 */
export async function buildCards(options: {
  /** The repository's folder. */
  root: string;
  /** Where bundles are kept between starts. */
  cacheDir: string;
}): Promise<CardBundles> {
  const folder = join(options.cacheDir, await hashSources(options.root));
  if (existsSync(join(folder, MANIFEST))) return readBundles(folder);
  const draft = `${folder}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const entries: Record<string, string> = {};
  for (const entry of await findEntries(options.root)) {
    await buildSingleExtension({
      file: entry.file,
      root: entry.folder,
      outputDir: draft,
      emptyOutDir: false,
      minify: true,
      logLevel: 'error',
    });
    entries[entry.name] = `${entry.name}.js`;
  }
  const worker = await buildWorker(draft);
  await writeFile(join(draft, MANIFEST), JSON.stringify({ worker, entries }));
  await replaceFolder(draft, folder);
  return readBundles(folder);
}

async function readBundles(folder: string): Promise<CardBundles> {
  return { folder, ...manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'))) };
}

/** Another process may have finished the same folder meanwhile: its content is the same by name. */
async function replaceFolder(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (err) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(join(folder, MANIFEST))) throw err;
  }
}

type Entry = { name: string; file: string; folder: string };

/** What the project's own configuration names as entry points. */
async function findEntries(root: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const area of EXTENSION_FOLDERS) {
    const folder = join(root, 'hubspot-project', 'app', area);
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('-hsmeta.json')).sort()) {
      const { config } = hsmetaSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      const file = basename(config.entrypoint);
      entries.push({ name: file.replace(/\.[a-z]+$/, ''), file, folder });
    }
  }
  return entries;
}

/** A classic worker script: HubSpot's bundles are scripts that look for their libraries on `self`. */
async function buildWorker(outDir: string): Promise<string> {
  const fileName = 'card-worker.js';
  await build({
    configFile: false,
    root: WORKER_FOLDER,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    build: {
      lib: {
        entry: join(WORKER_FOLDER, 'start-worker.ts'),
        name: 'CardWorker',
        formats: ['iife'],
        fileName: () => fileName,
      },
      outDir,
      emptyOutDir: false,
      minify: true,
    },
  });
  return fileName;
}

async function hashSources(root: string): Promise<string> {
  const hash = createHash('sha256');
  const folders = [
    ...EXTENSION_FOLDERS.map((area) => join(root, 'hubspot-project', 'app', area)),
    join(root, 'shared', 'ui'),
    WORKER_FOLDER,
  ];
  for (const folder of folders) {
    for (const file of (await listFiles(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  }
  hash.update(await readFile(import.meta.filename));
  const require = createRequire(import.meta.url);
  for (const name of ['react', '@hubspot/ui-extensions-dev-server', 'vite']) hash.update(versionOf(require, name));
  return hash.digest('hex').slice(0, 16);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:tsx?|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.split('/').includes('node_modules') && !file.split('/').includes('dist'));
}

function versionOf(require: NodeJS.Require, name: string): string {
  const paths = require.resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name, 'package.json')).find((path) => existsSync(path));
  if (found === undefined) return `${name}@unknown`;
  return `${name}@${z.object({ version: z.string() }).parse(require(found)).version}`;
}
