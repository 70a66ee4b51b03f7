import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildSingleExtension } from '@hubspot/ui-extensions-dev-server/build';
import { buildCards, type CardBundles } from '../../server/sandbox/card-host/build-cards.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Gates, not limits of HubSpot's: what the bundles need today and some room. A sudden jump means that something large came in. */
const MAX_BYTES: Record<string, number> = { SettingsPage: 180_000 };
const MAX_CARD_BYTES = 60_000;

let folder: string;
let bundles: CardBundles;
beforeAll(async () => {
  // HubSpot builds for production; its build takes the mode from here, and vitest says "test".
  vi.stubEnv('NODE_ENV', 'production');
  folder = await mkdtemp(join(tmpdir(), 'flowella-bundles-'));
  bundles = await buildCards({ root: ROOT, cacheDir: folder });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const read = (name: string) => readFile(join(bundles.folder, name), 'utf8');

describe('the bundles of the cards', () => {
  it('are built for every entry of the project', () => {
    expect(Object.keys(bundles.entries).sort()).toEqual([
      'FlowsCard',
      'FlowsCardHelpDesk',
      'FlowsCardSidebar',
      'SettingsPage',
      'SubmissionsCard',
      'SubmissionsCardHelpDesk',
      'SubmissionsCardSidebar',
    ]);
  });

  it('stay small', async () => {
    for (const [name, file] of Object.entries(bundles.entries)) {
      const bytes = Buffer.byteLength(await read(file));
      expect(bytes, name).toBeLessThan(MAX_BYTES[name] ?? MAX_CARD_BYTES);
    }
  });

  it('hold nothing of the server’s: no zod, no Node module, no contract schema', async () => {
    for (const [name, file] of Object.entries(bundles.entries)) {
      const modules = JSON.parse(await read(`${name}-manifest.json`)) as {
        modules: { internal: { module: string }[] };
      };
      const outside = modules.modules.internal
        .map((one) => one.module)
        .filter((module) => module.startsWith('/') || module.startsWith('..'))
        .filter((module) => !module.includes('/shared/ui/') && !module.includes('node_modules'));
      expect(outside, name).toEqual([]);
      const code = await read(file);
      expect(code, name).not.toMatch(/ZodError|node:(fs|crypto)|process\.env|safeParse/);
    }
  });

  it('call extend once when a worker runs them, and draw with HubSpot’s components only', async () => {
    for (const file of Object.values(bundles.entries)) {
      const drawn: unknown[] = [];
      const scope: Record<string, unknown> = {
        __HUBSPOT_EXTENSION_WORKER__: true,
        React: await import('react'),
        RemoteUI: await import('@remote-ui/react'),
        extend_V2: (render: unknown) => drawn.push(render),
        logger: {},
        hsWorkerAPI: {},
      };
      scope['self'] = scope;
      vm.runInNewContext(await read(file), scope);
      expect(drawn, file).toHaveLength(1);
    }
  });

  it('are not built again while nothing has changed', async () => {
    const writtenAt = async () => (await stat(join(bundles.folder, bundles.worker))).mtimeMs;
    const before = await writtenAt();
    expect(await buildCards({ root: ROOT, cacheDir: folder })).toEqual(bundles);
    expect(await writtenAt()).toBe(before);
  });
});

describe('the upload to HubSpot', () => {
  it('builds a card from what is sent: shared as a folder of its own without installed packages', async () => {
    const upload = await mkdtemp(join(tmpdir(), 'flowella-upload-'));
    try {
      const cards = join(upload, 'app', 'cards');
      const shared = join(upload, '_workspaces', 'shared-0a1b2c3d');
      await cp(join(ROOT, 'hubspot-project', 'app', 'cards'), cards, { recursive: true });
      await cp(join(ROOT, 'shared'), shared, {
        recursive: true,
        filter: (path) => !path.includes('node_modules'),
      });
      await mkdir(join(cards, 'node_modules', '@flowella'), { recursive: true });
      await symlink(shared, join(cards, 'node_modules', '@flowella', 'shared'));
      for (const name of ['@hubspot', '@remote-ui', 'react']) {
        await symlink(join(ROOT, 'node_modules', name), join(cards, 'node_modules', name));
      }
      await buildSingleExtension({
        file: 'FlowsCard.tsx',
        root: cards,
        outputDir: join(upload, 'dist'),
        minify: true,
        logLevel: 'error',
      });
      const built = await readFile(join(upload, 'dist', 'FlowsCard.js'), 'utf8');
      expect(Buffer.byteLength(built)).toBeLessThan(MAX_CARD_BYTES);
      expect(built).toContain('extend');
    } finally {
      await rm(upload, { recursive: true, force: true });
    }
  });
});
