import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { translate } from '@hubspot/project-parsing-lib/translate';
import { validateUid } from '@hubspot/project-parsing-lib/uid';
import { z } from 'zod';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../server/hubspot/scopes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCE = join(ROOT, 'hubspot-project');

async function readJson(...path: string[]): Promise<unknown> {
  return JSON.parse(await readFile(join(...path), 'utf8'));
}

const projectSchema = z.strictObject({
  name: z.string(),
  srcDir: z.literal('hubspot-project'),
  platformVersion: z.string(),
});
const project = projectSchema.parse(await readJson(ROOT, 'hsproject.json'));
const context = { projectSourceDir: SOURCE, platformVersion: project.platformVersion, accountId: 1 };
const translated = await translate(context, { skipValidation: true, profile: 'production' });
const nodes = Object.values(translated.intermediateRepresentation.intermediateNodesIndexedByUid);

/** Metafiles by hand, as they are written: variables are not yet put in. */
async function metaFiles(): Promise<{ path: string; content: unknown }[]> {
  const entries = await readdir(join(SOURCE, 'app'), { recursive: true });
  const paths = entries.filter((entry) => entry.endsWith('-hsmeta.json') && !entry.includes('node_modules'));
  return Promise.all(paths.map(async (path) => ({ path, content: await readJson(SOURCE, 'app', path) })));
}

/** HubSpot's own schemas need an account (hubspot-platform section 9): these are written from section 1.3. */
const origin = z.string().regex(/^\$\{API_ORIGIN\}(\/|$)/);
const scopes = z.array(z.string().regex(/^[a-z_.-]+$/));
const uid = z.string().regex(/^flowella_[a-z_]+$/);
const META = {
  app: z.strictObject({
    uid,
    type: z.literal('app'),
    config: z.strictObject({
      name: z.string().max(200),
      description: z.string().max(1000),
      distribution: z.literal('marketplace'),
      isUserLevel: z.literal(false),
      auth: z.strictObject({
        type: z.literal('oauth'),
        redirectUrls: z.array(origin).min(1),
        requiredScopes: scopes,
        optionalScopes: scopes,
        conditionallyRequiredScopes: scopes,
      }),
      permittedUrls: z.strictObject({ fetch: z.array(origin), iframe: z.array(origin), img: z.array(z.string()) }),
      support: z.strictObject({ supportEmail: z.string(), documentationUrl: z.string(), supportUrl: z.string() }),
    }),
  }),
  card: z.strictObject({
    uid,
    type: z.literal('card'),
    config: z.strictObject({
      name: z.string().min(1),
      description: z.string().min(1),
      location: z.enum(['crm.record.tab', 'crm.record.sidebar', 'crm.preview', 'helpdesk.sidebar']),
      entrypoint: z.string().regex(/^\/app\/cards\/\w+\.tsx$/),
      objectTypes: z.tuple([z.literal('contacts')]),
    }),
  }),
  settings: z.strictObject({
    uid,
    type: z.literal('settings'),
    config: z.strictObject({ entrypoint: z.string().regex(/^\/app\/settings\/\w+\.tsx$/) }),
  }),
  webhooks: z.strictObject({
    uid,
    type: z.literal('webhooks'),
    config: z.strictObject({
      settings: z.strictObject({ targetUrl: origin, maxConcurrentRequests: z.number().gt(5) }),
      subscriptions: z.strictObject({
        hubEvents: z.array(z.strictObject({ subscriptionType: z.string(), active: z.boolean() })),
      }),
    }),
  }),
};
const typeSchema = z.looseObject({ type: z.enum(['app', 'card', 'settings', 'webhooks']) });

describe('the HubSpot project', () => {
  it('is read by HubSpot’s own parser without a skipped or doubled component', async () => {
    expect(translated.skippedHsMetaFiles).toEqual([]);
    expect(nodes).toHaveLength((await metaFiles()).length);
    expect(nodes.map((node) => node.componentType).sort()).toEqual(
      ['APPLICATION', ...Array.from({ length: 6 }, () => 'CARD'), 'SETTINGS', 'WEBHOOKS'].sort(),
    );
  });

  it('stands on the current platform version', () => {
    expect(project.platformVersion).toBe('2026.09');
  });

  it('keeps the uids that HubSpot knows: renaming one deletes a component at every customer', () => {
    expect(nodes.map((node) => node.uid).sort()).toEqual([
      'flowella_app',
      'flowella_flows_card',
      'flowella_flows_card_help_desk',
      'flowella_flows_card_sidebar',
      'flowella_settings',
      'flowella_submissions_card',
      'flowella_submissions_card_help_desk',
      'flowella_submissions_card_sidebar',
      'flowella_webhooks',
    ]);
    for (const node of nodes) expect(validateUid(node.uid)).toBeUndefined();
  });

  it('writes every metafile in the shape of its type, with nothing unknown in it', async () => {
    for (const { path, content } of await metaFiles()) {
      const { type } = typeSchema.parse(content);
      const parsed = META[type].safeParse(content);
      expect(parsed.error?.issues ?? [], path).toEqual([]);
    }
  });

  it('asks for exactly the scopes that the server asks for', async () => {
    const { auth } = META.app.parse(await readJson(SOURCE, 'app', 'app-hsmeta.json')).config;
    expect(auth.requiredScopes).toEqual([...REQUIRED_SCOPES]);
    expect(auth.optionalScopes).toEqual([...OPTIONAL_SCOPES]);
  });

  it('asks for no sensitive scope, which would take hubspot.fetch away from the cards', () => {
    expect([...REQUIRED_SCOPES, ...OPTIONAL_SCOPES].filter((scope) => scope.includes('sensitive'))).toEqual([]);
  });

  it('hears of contacts that were erased for privacy', async () => {
    const { config } = META.webhooks.parse(await readJson(SOURCE, 'app', 'webhooks', 'webhooks-hsmeta.json'));
    expect(config.subscriptions.hubEvents).toContainEqual({
      subscriptionType: 'contact.privacyDeletion',
      active: true,
    });
  });

  it('names entry files that lie directly beside their metafile', async () => {
    for (const { path, content } of await metaFiles()) {
      const entry = z.object({ config: z.object({ entrypoint: z.string().optional() }) }).parse(content)
        .config.entrypoint;
      if (entry === undefined) continue;
      expect(existsSync(join(SOURCE, entry)), path).toBe(true);
      expect(join('/app', path, '..')).toBe(join(entry, '..'));
    }
  });

  it.each(['development', 'production'])(
    'has every variable in the profile %s that the metafiles use',
    async (name) => {
      const profile = z
        .strictObject({ accountId: z.number(), variables: z.record(z.string(), z.string()) })
        .parse(await readJson(SOURCE, `hsprofile.${name}.json`));
      const used = (await metaFiles()).flatMap(({ content }) =>
        [...JSON.stringify(content).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]),
      );
      expect(Object.keys(profile.variables).sort()).toEqual([...new Set(used)].sort());
      expect(profile.variables['API_ORIGIN']).toMatch(/^https:\/\/[^/]+$/);
    },
  );
});

describe.each(['cards', 'settings'])('the packages of app/%s', (folder) => {
  const packageSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

  it('are few, pinned, and the same as the repository’s', async () => {
    const { dependencies } = packageSchema.parse(await readJson(SOURCE, 'app', folder, 'package.json'));
    const root = packageSchema.parse(await readJson(ROOT, 'package.json'));
    expect(dependencies).toEqual({
      '@flowella/shared': 'file:../../../shared',
      '@hubspot/ui-extensions': root.dependencies['@hubspot/ui-extensions'],
      react: root.dependencies['react'],
    });
  });

  it('are locked without an address of any registry', async () => {
    const lock = await readFile(join(SOURCE, 'app', folder, 'package-lock.json'), 'utf8');
    expect(lock).not.toContain('://');
    const resolved = [...lock.matchAll(/"resolved": "([^"]*)"/g)].map((match) => match[1]);
    expect(resolved).toEqual(['../../../shared']);
  });

  it('agree with their lock', async () => {
    const own = packageSchema.parse(await readJson(SOURCE, 'app', folder, 'package.json'));
    const lock = z
      .object({
        packages: z.record(z.string(), z.looseObject({ dependencies: z.record(z.string(), z.string()).optional() })),
      })
      .parse(await readJson(SOURCE, 'app', folder, 'package-lock.json'));
    expect(lock.packages['']?.dependencies).toEqual(own.dependencies);
    const shared = z
      .looseObject({ dependencies: z.record(z.string(), z.string()) })
      .parse(await readJson(ROOT, 'shared', 'package.json'));
    expect(lock.packages['../../../shared']?.dependencies).toEqual(shared.dependencies);
  });
});
