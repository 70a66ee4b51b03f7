import uiExtensions from '@hubspot/eslint-config-ui-extensions';

const extensions = ['hubspot-project/app/{cards,settings}/**/*.{ts,tsx}'];

/** HubSpot's own rules for what it runs, and ours on top; the root configuration spreads this array. */
export default [
  ...uiExtensions.configs.default
    .filter((part) => part.plugins)
    .map((part) => ({ ...part, files: extensions, ignores: ['**/*.test.*'] })),
  {
    name: 'cards: what HubSpot reviews is an error',
    files: extensions,
    rules: {
      '@hubspot/ui-extensions/no-console': 'error',
      '@hubspot/ui-extensions/no-experimental-imports': 'error',
    },
  },
  {
    name: 'cards: only types of the contract, for zod does not resolve in HubSpot’s build',
    files: [...extensions, 'shared/ui/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@flowella/shared/contract/*', '**/contract/*.ts'],
              allowTypeImports: true,
              message: 'Import types only: zod does not resolve in HubSpot’s build (hubspot-platform.md section 1.5).',
            },
            {
              regex: '^(?:@flowella/shared/(?!ui/|contract/)|zod(?:/|$)|node:)',
              message: 'Cards take nothing but shared/ui and the types of shared/contract.',
            },
          ],
        },
      ],
    },
  },
];
