import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as ui from '@hubspot/ui-extensions';
import { COMPONENTS } from '../../../server/sandbox/card-host/components/component-set.ts';

const APP = join(import.meta.dirname, '..', '..', '..', 'hubspot-project', 'app');

/** Names that our cards import from HubSpot's package and that begin with a capital letter: components. */
async function importedComponents(): Promise<string[]> {
  const files = (await readdir(APP, { recursive: true })).filter(
    (file) => file.endsWith('.tsx') && !file.includes('node_modules'),
  );
  const names = new Set<string>();
  for (const file of files) {
    const source = await readFile(join(APP, file), 'utf8');
    for (const [, list] of source.matchAll(/import \{([^}]*)\} from '@hubspot\/ui-extensions'/g)) {
      for (const name of (list ?? '').split(',')) if (/^[A-Z]/.test(name.trim())) names.add(name.trim());
    }
  }
  return [...names].sort();
}

describe('the components drawn in the sandbox', () => {
  it('are all that our cards use', async () => {
    const used = await importedComponents();
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((name) => !(name in COMPONENTS))).toEqual([]);
  });

  it('carry names that HubSpot has', () => {
    const known = new Set([
      ...Object.keys(ui),
      'DropdownButtonItem',
      'CrmPropertyList',
      'CrmActionButton',
      'CrmActionLink',
    ]);
    expect(Object.keys(COMPONENTS).filter((name) => !known.has(name))).toEqual([]);
  });
});
