import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitions } from './definitions.ts';
import { FIXTURES, readFixture } from './read-fixture.ts';
import { rawFields, roundTrip } from './round-trip-support.ts';

describe('what a person enters on the phone reaches HubSpot field by field', () => {
  for (const fixture of FIXTURES) {
    test(`${fixture}, connected: exactly the fields that were visible and filled in`, async () => {
      for (let seed = 0; seed < 12; seed += 1) {
        let turn = seed;
        const pick = (count: number) => (turn = (turn * 31 + 17) % 9_973) % Math.max(1, count);
        const { actual, expected } = await roundTrip(readFixture(fixture), 'connected', pick);
        expect(actual).toEqual(expected);
      }
    });

    test(`${fixture}, light: the same answers arrive in the chat`, async () => {
      let turn = 5;
      const pick = (count: number) => (turn = (turn * 31 + 17) % 9_973) % Math.max(1, count);
      const { actual, expected } = await roundTrip(readFixture(fixture), 'light', pick);
      // A light flow may ask what does not apply; those answers are dropped, none is invented or changed.
      for (const [id, value] of actual) expect(value).toBe(expected.get(id));
    });
  }

  test('any form that HubSpot can describe compiles to a valid flow, has a line for every field, and its answers come back', async () => {
    const property = fc.asyncProperty(
      definitions,
      fc.constantFrom('connected' as const, 'light' as const),
      fc.infiniteStream(fc.nat(1_000)),
      async (definition, mode, stream) => {
        const pick = (count: number) => Number(stream.next().value) % Math.max(1, count);
        const { compiled, actual, expected } = await roundTrip(definition, mode, pick);
        const lines = compiled.report.map((line) => line.question);
        for (const id of rawFields(definition).keys()) expect(lines.filter((line) => line === id)).toHaveLength(1);
        if (mode === 'connected') expect(actual).toEqual(expected);
        else for (const [id, value] of actual) expect(value).toBe(expected.get(id));
      },
    );
    await fc.assert(property, { numRuns: Number(process.env.FLOWELLA_RUNS ?? 150) });
  }, 120_000);
});
