import { describe, expect, test } from 'vitest';
import { CURRENT_VERSIONS } from '@flowella/shared/flow-json/flow-version.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { PUBLISHED } from './published.ts';
import { write } from './samples.ts';

describe.each(PUBLISHED)('$title', ({ since, flow }) => {
  const first = CURRENT_VERSIONS.findIndex((version) => version === since);
  test.each(CURRENT_VERSIONS.slice(first))('is clean in %s', (version) => {
    expect(validateFlowJson(write({ version, ...flow }))).toEqual({ validationErrors: [], warnings: [] });
  });
});
