import path from 'node:path';
import uiExtensions from '@hubspot/eslint-config-ui-extensions';

const extensions = ['hubspot-project/app/{cards,settings}/**/*.{ts,tsx}'];

/**
 * HubSpot builds each extension folder by itself: an import that leaves it fails there. Its own rule (no-parent-imports) knows
 * projects below a folder `src` only, so this one looks at the folder below `app/`.
 */
const stayInFolder = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { leaves: 'HubSpot builds app/{{ folder }} by itself; share code through shared/ui.' },
  },
  create(context) {
    const [, root, folder] = /^(.*[\\/]app[\\/](\w+))[\\/]/.exec(context.filename) ?? [];
    const check = (node) => {
      const source = node.source?.value;
      if (root === undefined || typeof source !== 'string' || !source.startsWith('.')) return;
      const target = path.resolve(path.dirname(context.filename), source);
      if (!target.startsWith(root + path.sep)) context.report({ node, messageId: 'leaves', data: { folder } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

/** HubSpot's own rules for what it runs, and ours on top; the root configuration spreads this array. */
export default [
  ...uiExtensions.configs.default
    .filter((part) => part.plugins)
    .map((part) => ({ ...part, files: extensions, ignores: ['**/*.test.*'] })),
  {
    name: 'cards: what HubSpot reviews is an error',
    files: extensions,
    plugins: { flowella: { rules: { 'stay-in-folder': stayInFolder } } },
    rules: {
      'flowella/stay-in-folder': 'error',
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
