import { compile } from '@flowella/shared/compile/compile.ts';
import { describe, expect, it } from 'vitest';
import { FORM_READERS } from '../../server/sources/readers.ts';
import { countQuestions } from '../sources/support/places-of-questions.ts';
import { LARGE } from './invent-large.ts';
import { faultsOfFlow, faultsOfReport } from './run-definition.ts';

/** About a second on an idle core; what would be felt as a hang is many times that. */
const MAX_MILLISECONDS = 10_000;
/** Of the Flow JSON (whatsapp-flows.md section 2). */
const MAX_BYTES = 10 * 1_024 * 1_024;

describe.each(FORM_READERS.map((reader) => [reader.name, reader] as const))('a very large %s form', (name, reader) => {
  const raw = LARGE[name]?.() ?? {};

  it.each(['connected', 'light'] as const)(
    'is compiled soon, valid, and without a question lost (%s)',
    (mode) => {
      const started = performance.now();
      const form = reader.toForm(raw);
      const compiled = compile({ form, design: {}, locale: 'en', mode });
      expect(performance.now() - started).toBeLessThan(MAX_MILLISECONDS);
      const text = JSON.stringify(compiled.flowJson);
      expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
      expect([...faultsOfFlow(text), ...faultsOfReport(form, compiled)]).toEqual([]);
      expect(countQuestions(name, raw)).toBeGreaterThanOrEqual(30);
      const lines = compiled.report.filter((line) => line.question !== 'form').length;
      expect(lines).toBeGreaterThanOrEqual(countQuestions(name, raw));
      expect(compiled.program.fields.length).toBeGreaterThan(90);
    },
    60_000,
  );
});
