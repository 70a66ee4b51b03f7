import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const eslint = new ESLint({ cwd: ROOT });

async function rulesBroken(code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, {
    filePath: join(ROOT, 'hubspot-project', 'app', 'cards', 'sample.tsx'),
  });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

describe('the lint rules of the cards still bite', () => {
  it.each([
    [
      'a value of the contract',
      "import { sendSchema } from '@flowella/shared/contract/api.ts';\nexport const a = sendSchema;",
    ],
    ['another room of shared', "import { a } from '@flowella/shared/form/form.ts';\nexport const b = a;"],
    ['zod', "import { z } from 'zod';\nexport const a = z.string();"],
  ])('on an import of %s', async (_what, code) => {
    expect(await rulesBroken(code)).toContain('@typescript-eslint/no-restricted-imports');
  });

  it('but not on a type of the contract', async () => {
    const code = "import type { SendView } from '@flowella/shared/contract/api.ts';\nexport type A = SendView;";
    expect(await rulesBroken(code)).toEqual([]);
  });

  it.each([
    ['no-html-elements', 'export const A = () => <div />;'],
    ['no-browser-storage', "export const a = () => localStorage.getItem('x');"],
    ['no-native-http', "export const a = () => fetch('https://example.com');"],
    [
      'no-experimental-imports',
      "import { FileInput } from '@hubspot/ui-extensions/experimental';\nexport const a = FileInput;",
    ],
  ])('on what HubSpot refuses: %s', async (rule, code) => {
    expect(await rulesBroken(code)).toContain(`@hubspot/ui-extensions/${rule}`);
  });

  it.each(['../../../shared/ui/language.ts', '../settings/parts/settings-kit.ts'])(
    'on an import that leaves the folder HubSpot builds: %s',
    async (source) => {
      expect(await rulesBroken(`import { a } from '${source}';\nexport const b = a;`)).toContain(
        'flowella/stay-in-folder',
      );
    },
  );

  it('but not on one inside it', async () => {
    expect(await rulesBroken("import { a } from './parts/card-kit.ts';\nexport const b = a;")).toEqual([]);
  });
});
