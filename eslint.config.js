import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import unusedImports from 'eslint-plugin-unused-imports';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { boundaryOf, MAY_IMPORT } from './import-boundaries.js';
import { existsSync } from 'node:fs';

const hubspotProject = existsSync(new URL('./hubspot-project/eslint.config.js', import.meta.url))
  ? (await import('./hubspot-project/eslint.config.js')).default
  : [];

const PURE = 'shared/ is pure: no I/O, no clock, no randomness (design, section 2). Take it as an argument.';
const server = ['server/**/*.{ts,tsx}'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**', 'docs/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { 'unused-imports': unusedImports, 'react-hooks': reactHooks },
    rules: {
      'unused-imports/no-unused-imports': 'error',
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    name: 'typed rules: a forgotten promise loses answers',
    files: ['server/**/*.ts', 'shared/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    name: 'only config.ts reads the environment',
    files: server,
    ignores: ['server/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'server/config.ts is the only reader of the environment.' },
      ],
    },
  },
  {
    name: 'what a person reads stands in both languages',
    files: server,
    ignores: ['server/sandbox/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...['', ' > ConditionalExpression', ' > LogicalExpression'].flatMap((within) =>
          ['Literal', 'TemplateLiteral'].map((text) => ({
            selector: `Property[key.name='userMessage']${within} > ${text}`,
            message: 'A userMessage is { en, de }, or comes from where both stand.',
          })),
        ),
      ],
    },
  },
  {
    name: 'shared is pure',
    files: ['shared/**/*.{ts,tsx}'],
    ignores: ['shared/ui/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:|^(\\.\\./)+(server|hubspot-project|test)/', message: PURE }] },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'setTimeout', 'setInterval', 'fetch'].map((name) => ({ name, message: PURE })),
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: PURE },
        { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: PURE },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: PURE },
      ],
    },
  },
  {
    name: 'boundary: a stand-in shares no code with what it checks',
    files: ['server/sandbox/**/*.{ts,tsx}', 'server/preview/phone/**/*.{ts,tsx}', 'shared/phone/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '@flowella/shared/(?!flow-json/|phone/)',
              message: 'Stand-ins and the phone know only shared/flow-json and shared/phone.',
            },
            {
              regex:
                '(^|/)\\.\\./(?:\\.\\./)*(?:api|audit|db|delivery|destinations|endpoint|flows|hubspot|keys|sources|submissions|whatsapp)/',
              message: 'A stand-in that shares code with what it checks proves nothing.',
            },
          ],
        },
      ],
    },
  },
  ...Object.entries(MAY_IMPORT).map(([room, allowed]) => boundaryOf(room, allowed)),
  {
    name: 'tests and command-line output',
    files: ['test/**/*.{ts,tsx}'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-dynamic-delete': 'off' },
  },
  {
    name: 'plain JavaScript runs in Node',
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly', Buffer: 'readonly' } },
  },
  ...hubspotProject,
  prettier,
);
