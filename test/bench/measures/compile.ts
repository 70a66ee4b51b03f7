import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { benchForm } from '../support/bench-form.ts';
import { ms, percentile, type Measure } from '../support/measure.ts';

const SIZES = [10, 50, 100, 200];
const ROUNDS = 15;

/** Compile and validate, and what a question costs as forms grow. */
export const compileForm: Measure = {
  name: 'compile',
  deadlineMs: 60_000,
  run() {
    const times = SIZES.map((size) => ({ size, took: median(size) }));
    return Promise.resolve(
      times.map(({ size, took }) => ({
        what: `compile + validate, ${size} questions`,
        budget: size === 100 ? '≤ 20 ms' : '',
        measured: ms(took),
        limit: `${((took * 1_000) / size).toFixed(0)} µs a question`,
        met: size === 100 ? took <= 20 : null,
      })),
    );
  },
};

function median(size: number): number {
  const form = benchForm(size);
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const at = performance.now();
    const { flowJson } = compile({ form, design: {}, mode: 'connected', locale: 'en' });
    const { validationErrors } = validateFlowJson(JSON.stringify(flowJson));
    taken.push(performance.now() - at);
    if (validationErrors.length > 0) throw new Error(`The compiled form of ${size} questions is not valid`);
  }
  return percentile(taken, 0.5);
}
