import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import { computeVariables } from '@flowella/shared/compile/compute-path.ts';
import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { Mode } from '@flowella/shared/compile/place-screens.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { FormReader } from '../../server/sources/source.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { fillIn, NOW, withStoredFiles } from '../compile/support/fill-in.ts';
import { picker, seeker } from '../compile/support/walker.ts';
import { expectedValues } from './expected-values.ts';

/** Reads a tool's own submission by question id, sharing nothing with what wrote it. */
export type ReadBack = (raw: unknown, submission: unknown) => Map<string, string[]>;

/** What one definition became in one mode. `faults` is empty when all is well. */
export type Result = {
  mode: Mode;
  kept: number;
  changed: number;
  refused: number;
  screens: number;
  bytes: number;
  milliseconds: number;
  walks: number;
  edges: { taken: number; of: number };
  choices: { taken: number; of: number };
  faults: string[];
};

/** Walks end when so many in a row have shown nothing new. */
const PATIENCE = 25;
const MAX_WALKS = 200;
/** Definitions of half a megabyte have hundreds of screens to walk: time is bounded too. */
const MAX_MILLISECONDS = 20_000;

export async function runDefinition(reader: FormReader, readBack: ReadBack, raw: unknown, mode: Mode): Promise<Result> {
  const started = performance.now();
  const form = reader.toForm(raw);
  const compiled = compile({ form, design: {}, locale: 'en', mode });
  const milliseconds = performance.now() - started;
  const text = JSON.stringify(compiled.flowJson);
  const faults = [...faultsOfFlow(text), ...faultsOfReport(form, compiled)];
  const count = (outcome: string) => compiled.report.filter((line) => line.outcome === outcome).length;
  const walked = compiled.hasQuestions ? await walk(reader, readBack, raw, form, compiled) : nothingWalked();
  return {
    mode,
    kept: count('kept'),
    changed: count('changed'),
    refused: count('refused'),
    screens: compiled.program.screens.length,
    bytes: Buffer.byteLength(text),
    milliseconds,
    ...walked,
    faults: [...faults, ...walked.faults],
  };
}

export function faultsOfFlow(text: string): string[] {
  const { validationErrors, warnings } = validateFlowJson(text);
  return [...validationErrors, ...warnings].map((one) => `${one.error}: ${one.message}`);
}

/** Every question, group, listed text and hidden field has exactly one line. */
export function faultsOfReport(form: Form, compiled: Compiled): string[] {
  const ids = [
    ...form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement' || item.isListed),
    ...(form.groups ?? []),
    ...form.hidden,
  ].map((one) => one.id);
  const lines = compiled.report.map((line) => line.question);
  return [...new Set(ids)].flatMap((id) => {
    const found = lines.filter((line) => line === id).length;
    return found === 1 ? [] : [`${found} lines in the report for ${id}`];
  });
}

type Walked = Pick<Result, 'walks' | 'edges' | 'choices' | 'faults'>;

function nothingWalked(): Walked {
  return { walks: 0, edges: { taken: 0, of: 0 }, choices: { taken: 0, of: 0 }, faults: [] };
}

async function walk(
  reader: FormReader,
  readBack: ReadBack,
  raw: unknown,
  form: Form,
  compiled: Compiled,
): Promise<Walked> {
  const faults = new Set<string>();
  const edges = new Set<string>();
  const choices = new Set<string>();
  const decisive = decisiveChoices(compiled);
  const started = performance.now();
  let walks = 0;
  for (let idle = 0; idle < PATIENCE && walks < MAX_WALKS; walks += 1) {
    if (performance.now() - started > MAX_MILLISECONDS) break;
    const before = edges.size + choices.size;
    const filled = await fillIn(compiled, curious(compiled, picker(walks + 1), decisive, choices));
    if (filled.view.kind !== 'closed' || filled.view.outcome.kind !== 'submitted') {
      faults.add(`walk ${walks + 1} ends on ${filled.visited.at(-1) ?? '?'}: ${describe(filled.view)}`);
      break;
    }
    filled.visited.forEach((screen, index) => {
      const next = filled.visited[index + 1];
      if (next) edges.add(`${screen} ${next}`);
    });
    const expected = expectedValues(compiled.program, filled.seen);
    for (const [id, values] of expected)
      for (const value of values) if (decisive.has(`${id} ${value}`)) choices.add(`${id} ${value}`);
    for (const fault of comeBack(reader, readBack, raw, form, compiled, filled.answers ?? {}, expected))
      faults.add(fault);
    idle = edges.size + choices.size > before ? 0 : idle + 1;
  }
  const possible = compiled.program.screens.reduce((sum, screen) => sum + screen.next.length, 0);
  return {
    walks,
    edges: { taken: edges.size, of: possible },
    choices: { taken: choices.size, of: decisive.size },
    faults: [...faults].slice(0, 5),
  };
}

/** Somebody who prefers, where it decides about the path, what nobody has chosen yet. */
function curious(
  { program }: Compiled,
  pick: (count: number) => number,
  decisive: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): (input: InputView) => FieldValue | undefined {
  const seek = seeker(program, pick);
  const ticked = new Set<string>();
  const noted = (view: InputView, value: FieldValue | undefined) => {
    const home = homes.get(view.name);
    const other = home?.input.options?.find(({ choice }) => choice === OTHER_CHOICE)?.id;
    const chosen = Array.isArray(value) ? value : [value];
    if (home && other !== undefined && chosen.some((id) => id === other)) ticked.add(home.field.question.id);
    return value;
  };
  const homes = new Map(program.fields.flatMap((field) => field.inputs.map((input) => [input.name, { field, input }])));
  const turn = pick(100);
  return (view) => {
    const home = homes.get(view.name);
    if (home?.input.role === 'rank' && view.kind === 'dropdown') {
      // Each place has another one, or the form asks again.
      const ranks = home.field.inputs;
      return view.options[(ranks.indexOf(home.input) + turn) % ranks.length]?.id;
    }
    if (home?.field.question.kind === 'number' && (home.field.question.min ?? home.field.question.max) !== undefined) {
      const { min, max } = home.field.question;
      return String(min ?? max);
    }
    // One's own words count as one more choice, which may be one too many.
    if (home?.input.role === 'other' && 'maxSelected' in home.field.question && !ticked.has(home.field.question.id))
      return undefined;
    const fresh = (home?.input.options ?? []).filter(({ choice }) => {
      const key = `${home?.field.question.id ?? ''} ${choice}`;
      return decisive.has(key) && !taken.has(key);
    });
    const one = fresh[pick(fresh.length)];
    if (!one || pick(8) === 0) return noted(view, seek(view));
    if (view.kind === 'radio' || view.kind === 'dropdown') return noted(view, one.id);
    return noted(view, view.kind === 'checkboxes' && (view.minSelected ?? 1) <= 1 ? [one.id] : seek(view));
  };
}

/** The first of what is wrong, as the person would see it. */
function describe(view: Awaited<ReturnType<typeof fillIn>>['view']): string {
  if (view.kind !== 'screen') return JSON.stringify(view).slice(0, 300);
  const errors = view.screen.components.flatMap((one) =>
    'error' in one && one.error ? [`${one.name}: ${one.error}`] : [],
  );
  return [view.screen.notice ?? '', ...errors, `button ${view.screen.footer?.enabled === true ? 'on' : 'off'}`].join(
    ' | ',
  );
}

/** Choices of questions that some condition looks at. */
function decisiveChoices({ program }: Compiled): Set<string> {
  const conditions = JSON.stringify([
    program.definitions,
    program.notes,
    program.fields.map((field) => field.question.visibleWhen),
  ]);
  return new Set(
    program.fields
      .filter(({ question }) => conditions.includes(JSON.stringify(question.id)))
      .flatMap(({ question, inputs }) =>
        inputs.flatMap((input) => (input.options ?? []).map(({ choice }) => `${question.id} ${choice}`)),
      ),
  );
}

function comeBack(
  reader: FormReader,
  readBack: ReadBack,
  raw: unknown,
  form: Form,
  { program, report }: Compiled,
  answers: Parameters<FormReader['toSubmission']>[0]['answers'],
  expected: ReadonlyMap<string, string[]>,
): string[] {
  const submission = reader.toSubmission({
    form,
    answers: withStoredFiles(answers),
    computed: computeVariables(program, answers, NOW.toISOString().slice(0, 10)),
    submissionId: '0192f0c1-2345-7abc-8def-0123456789ab',
    startedAt: new Date(NOW.getTime() - 60_000),
    finishedAt: NOW,
  });
  // A document number stays out of HubSpot until somebody allows it knowingly (flow-rules.md section 7).
  const unwritten = new Set(report.flatMap((line) => (line.code === 'document_number' ? [line.question] : [])));
  const back = readBack(raw, JSON.parse(JSON.stringify(submission)));
  return [...expected].flatMap(([id, values]) => {
    if (program.fields.find((field) => field.question.id === id)?.isConsent || unwritten.has(id)) return [];
    const found = back.get(id) ?? [];
    const isSame = JSON.stringify(found.toSorted()) === JSON.stringify(values.toSorted());
    // An empty box is no answer in some tools.
    const isUnticked = found.length === 0 && values.length === 1 && values[0] === 'false';
    return isSame || isUnticked
      ? []
      : [`${id}: sent ${JSON.stringify(values).slice(0, 120)}, came back ${JSON.stringify(found).slice(0, 120)}`];
  });
}
