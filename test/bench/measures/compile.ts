import { compile } from '@flowella/shared/compile/compile.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { toForm } from '../../../server/sources/typeform/to-form.ts';
import { largeTypeform } from '../../corpus/invent-large.ts';
import { benchForm } from '../support/bench-form.ts';
import { ms, percentile, type Measure } from '../support/measure.ts';

const SIZES = [10, 50, 100, 200];
const ROUNDS = 15;

/** Compile and validate, and what a question costs as forms grow. */
export const compileForm: Measure = {
  name: 'compile',
  deadlineMs: 60_000,
  run() {
    const large = toForm(largeTypeform());
    const questions = large.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement').length;
    const largeTook = median(large, 3);
    const times = SIZES.map((size) => ({ size, took: median(benchForm(size), ROUNDS) }));
    return Promise.resolve([
      ...times.map(({ size, took }) => ({
        what: `compile + validate, ${size} questions`,
        budget: size === 100 ? '≤ 20 ms' : '',
        measured: ms(took),
        limit: `${((took * 1_000) / size).toFixed(0)} µs a question`,
        met: size === 100 ? took <= 20 : null,
      })),
      {
        what: `compile + validate, Typeform of 700 KB, ${questions} questions, 85 blocks of logic`,
        budget: '',
        measured: ms(largeTook),
        limit: `${((largeTook * 1_000) / questions).toFixed(0)} µs a question`,
        met: null,
      },
    ]);
  },
};

function median(form: Form, rounds: number): number {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const at = performance.now();
    const { flowJson } = compile({ form, design: {}, mode: 'connected', locale: 'en' });
    const { validationErrors } = validateFlowJson(JSON.stringify(flowJson));
    taken.push(performance.now() - at);
    if (validationErrors.length > 0) throw new Error(`The compiled form ${form.name} is not valid`);
  }
  return percentile(taken, 0.5);
}
