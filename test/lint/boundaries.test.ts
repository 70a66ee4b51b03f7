import path from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({ cwd: root });
});

/** Rules that a text breaks when it stands at the place of an existing file. */
async function broken(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(root, file) });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

test.each([
  ['delivery may not reach back to the endpoint', 'server/delivery/back-off.ts', `import '../endpoint/flow-route.ts';`],
  ['destinations may not know the delivery', 'server/destinations/destination.ts', `import '../delivery/back-off.ts';`],
  ['submissions may not know the endpoint', 'server/submissions/accept.ts', `import '../endpoint/runs.ts';`],
  [
    "a stand-in may not use the server's cryptography",
    'server/sandbox/hubspot/store.ts',
    `import '../../endpoint/encrypt-reply.ts';`,
  ],
  ['the phone may not use the compiler', 'shared/phone/run-flow.ts', `import '@flowella/shared/compile/program.ts';`],
  ['shared code may not touch Node', 'shared/form/cut-text.ts', `import 'node:fs';`],
])('%s', { timeout: 60_000 }, async (_title, file, text) => {
  expect(await broken(file, text)).toContain('no-restricted-imports');
});

test('only config.ts reads the environment', { timeout: 60_000 }, async () => {
  expect(await broken('server/delivery/back-off.ts', 'export const home = process.env.HOME;')).toContain(
    'no-restricted-properties',
  );
  expect(await broken('server/config.ts', 'export const home = process.env.HOME;')).not.toContain(
    'no-restricted-properties',
  );
});

test('shared code has no clock and no randomness of its own', { timeout: 60_000 }, async () => {
  for (const text of [
    'export const x = Math.random();',
    'export const x = Date.now();',
    'export const x = new Date();',
  ]) {
    expect(await broken('shared/form/cut-text.ts', text)).toContain('no-restricted-syntax');
  }
});

test('a sentence for people in one language alone is refused', { timeout: 60_000 }, async () => {
  const said = (sentence: string): string =>
    `import { AppError } from '../app-error.ts';\nexport const e = new AppError('x', { userMessage: ${sentence} });`;
  for (const sentence of ["'Gone.'", '`Gone ${1}.`', "Math.PI > 3 ? 'Gone.' : undefined", "undefined ?? 'Gone.'"])
    expect(await broken('server/delivery/back-off.ts', said(sentence)), sentence).toContain('no-restricted-syntax');
  expect(await broken('server/delivery/back-off.ts', said("{ en: 'Gone.', de: 'Weg.' }"))).not.toContain(
    'no-restricted-syntax',
  );
});

test('a forgotten promise is refused in the server', { timeout: 60_000 }, async () => {
  expect(await broken('server/delivery/back-off.ts', 'Promise.reject(new Error("lost"));')).toContain(
    '@typescript-eslint/no-floating-promises',
  );
});
