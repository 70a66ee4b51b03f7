import { describe, expect, it } from 'vitest';
import { FORM_READERS } from '../../server/sources/readers.ts';
import { countQuestions } from '../sources/support/places-of-questions.ts';
import { NASTY_FORMS } from './nasty-forms.ts';
import { READ_BACK } from './read-back.ts';
import { runDefinition } from './run-definition.ts';

describe.each(NASTY_FORMS)('$tool: $name', ({ tool, raw }) => {
  it.each(['connected', 'light'] as const)(
    'is valid, has a line for each question, and every answer comes back (%s)',
    async (mode) => {
      const reader = FORM_READERS.find((one) => one.name === tool);
      const readBack = READ_BACK[tool];
      if (!reader || !readBack) throw new Error(`No reader for ${tool}`);
      const result = await runDefinition(reader, readBack, raw, mode);
      expect(result.faults).toEqual([]);
      expect(result.walks).toBeGreaterThan(5);
      expect(result.kept + result.changed + result.refused).toBeGreaterThanOrEqual(countQuestions(tool, raw));
    },
    90_000,
  );
});
