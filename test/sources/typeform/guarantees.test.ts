import { questionsOf, questionsOfValue } from '@flowella/shared/form/evaluate-condition.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { splitRecall } from '@flowella/shared/form/recall.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../server/app-error.ts';
import { toForm } from '../../../server/sources/typeform/to-form.ts';
import { toSubmission } from '../../../server/sources/typeform/to-submission.ts';
import { writeBack } from '../../../server/sources/typeform/write-back.ts';
import { definitionOf, EVERY_TYPE, LOGIC, type RawField } from './definitions.ts';

const runs = { numRuns: Number(process.env.FLOWELLA_RUNS ?? 300) };

/** Everything that must hold of a form, however strange the definition was. */
function check(form: Form): void {
  expect(formSchema.parse(form)).toEqual(form);
  const items = form.pages.flatMap((page) => page.items);
  const places = [...form.pages.map((page) => page.id), ...items.map((item) => item.id)];
  expect(new Set(places).size).toBe(places.length);
  const questions = new Set(items.filter((item) => item.kind !== 'statement').map((item) => item.id));
  const variables = new Set((form.variables ?? []).map((variable) => variable.id));
  const endings = new Set((form.endings ?? []).map((ending) => ending.id));
  expect(endings.size).toBe(form.endings?.length ?? 0);
  for (const rule of form.rules ?? []) {
    if (rule.after !== null) expect(places).toContain(rule.after);
    for (const id of rule.when ? questionsOf(rule.when) : []) expect(questions).toContain(id);
    if (rule.kind === 'calculate') {
      expect(variables).toContain(rule.variable);
      for (const id of questionsOfValue(rule.value)) expect(questions).toContain(id);
    } else if ('item' in rule.to) expect(places).toContain(rule.to.item);
    else if (rule.to.end !== null) expect(endings).toContain(rule.to.end);
  }
  for (const group of form.groups ?? []) for (const id of group.members) expect(questions).toContain(id);
  for (const item of items)
    if ('choices' in item) expect(new Set(item.choices.map((one) => one.id)).size).toBe(item.choices.length);
  const hidden = new Set(form.hidden.map((field) => field.id));
  const known = { answer: questions, variable: variables, hidden };
  for (const text of textsOf(form.pages).concat(textsOf(form.endings), textsOf(form.welcome)))
    for (const part of splitRecall(text)) if (typeof part !== 'string') expect(known[part.kind]).toContain(part.id);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === 'origin' ? [] : textsOf(member)));
}

/** Every field of the raw definition, read without the code under test; inside a type that is one question nothing counts. */
function rawFields(fields: readonly RawField[]): RawField[] {
  return fields.flatMap((field) => [field, ...rawFields((field.properties?.fields ?? []) as RawField[])]);
}

/** How often the form has a line for each raw id: a question, a listed statement, a group or an ending. */
function linesOf(form: Form): Map<string, number> {
  const items = form.pages.flatMap((page) => page.items);
  const ids = [
    ...items.filter((item) => item.kind !== 'statement' || item.isListed).map((item) => item.id),
    ...(form.groups ?? []).map((group) => group.id),
    ...(form.endings ?? []).map((ending) => ending.id),
  ];
  const lines = new Map<string, number>();
  for (const id of ids) lines.set(id, (lines.get(id) ?? 0) + 1);
  return lines;
}

const types = [...new Set(EVERY_TYPE.map((field) => field.type ?? '')), 'thankyou_screen', 'something_new'];
const composites = ['group', 'inline_group', 'matrix', 'contact_info', 'address'];
const label = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'Hi {{field:r3}}', '{{hidden:source}} {{var:score}}', '*b* _i_', '<p>x</p>', '{{field:gone}}'),
);
const rawChoices = fc.array(
  fc.record({ id: fc.constantFrom('a', 'b', 'c'), ref: fc.constantFrom('x', 'y'), label }, { requiredKeys: [] }),
  { maxLength: 4 },
);
const { fields: anyFields } = fc.letrec<{ fields: RawField[]; field: RawField }>((tie) => ({
  fields: fc.array(tie('field'), { maxLength: 5, depthIdentifier: 'fields' }),
  field: fc.oneof(
    { depthIdentifier: 'fields', maxDepth: 3 },
    fc.record({
      type: fc.constantFrom(...types.filter((type) => !composites.includes(type))),
      title: label,
      properties: fc.record(
        { choices: rawChoices, description: label, steps: fc.integer(), allow_multiple_selection: fc.boolean() },
        { requiredKeys: [] },
      ),
    }),
    fc.record({
      type: fc.constantFrom(...composites),
      title: label,
      properties: fc.record({ fields: tie('fields') }),
    }),
  ),
}));

/** Ids and refs by position, so that each field is found again. */
function named(fields: RawField[], next: { number: number } = { number: 0 }): RawField[] {
  return fields.map((field) => {
    next.number += 1;
    const number = next.number;
    const inner = field.properties?.fields as RawField[] | undefined;
    const properties = inner ? { ...field.properties, fields: named(inner, next) } : field.properties;
    return { ...field, id: `f${number}`, ref: `r${number}`, properties };
  });
}

const operand = fc.oneof(
  fc.record({ type: fc.constant('field'), value: fc.integer({ min: 0, max: 12 }).map((number) => `r${number}`) }),
  fc.record({
    type: fc.constantFrom('constant', 'choice'),
    value: fc.constantFrom<unknown>('x', 'y', 1, true, '2026-01-01', null),
  }),
  fc.record({
    type: fc.constantFrom('hidden', 'variable', 'end'),
    value: fc.constantFrom('source', 'score', 'nothing'),
  }),
);
const OPS =
  'is is_not equal not_equal lower_than greater_equal_than contains not_contains begins_with on later_than answered always'.split(
    ' ',
  );
const leaf = fc.record({ op: fc.constantFrom(...OPS), vars: fc.array(operand, { maxLength: 3 }) });
const condition = fc.oneof(
  leaf,
  fc.record({ op: fc.constantFrom('and', 'or'), vars: fc.array(leaf, { maxLength: 3 }) }),
);
const target = fc.record({
  type: fc.constantFrom('field', 'thankyou', 'hidden'),
  value: fc.constantFrom('r1', 'r2', 'r5', 'r9', 'end_one', 'default_tys', 'gone'),
});
const action = fc.oneof(
  fc.record({ action: fc.constant('jump'), details: fc.record({ to: target }), condition }),
  fc.record({
    action: fc.constantFrom('add', 'set', 'divide'),
    details: fc.record({ target: fc.constant({ type: 'variable', value: 'score' }), value: operand }),
    condition,
  }),
);
const logic = fc.array(
  fc.record({
    type: fc.constantFrom('field', 'hidden'),
    ref: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r7', 'source', 'gone'),
    actions: fc.array(action, { maxLength: 3 }),
  }),
  { maxLength: 5 },
);

describe('nothing is lost and nothing dangles', () => {
  test('every field, also inside others, has exactly one line in the form', () => {
    const fields = rawFields(EVERY_TYPE);
    const lines = linesOf(toForm(definitionOf(EVERY_TYPE, { logic: LOGIC })));
    for (const field of fields) expect([field.id, lines.get(field.id ?? '')]).toEqual([field.id, 1]);
  });

  test('so it is for any form with any logic', () => {
    fc.assert(
      fc.property(anyFields, logic, (fields, rules) => {
        const raw = definitionOf(named(fields), { logic: rules });
        const form = toForm(raw);
        check(form);
        const lines = linesOf(form);
        for (const field of rawFields(raw.fields)) expect([field.id, lines.get(field.id ?? '')]).toEqual([field.id, 1]);
        const actions = rules.flatMap((entry) => entry.actions).length;
        const stops = rawFields(raw.fields).filter((field) => field.type === 'thankyou_screen').length;
        expect(form.rules?.length ?? 0).toBeLessThanOrEqual(actions + stops);
      }),
      runs,
    );
  });
});

describe('strange input', () => {
  const strange = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      '',
      0,
      -1,
      true,
      [],
      {},
      [null],
      'matrix',
      'group',
      '\uE000answer:x\uE001',
      '{{field:',
      1e308,
    ),
    fc.string(),
    fc.jsonValue(),
  );

  test('a definition with any member replaced or removed is read, or refused as no form', () => {
    const base = definitionOf(EVERY_TYPE, { logic: LOGIC });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.option(strange)), { minLength: 1, maxLength: 6 }), (changes) => {
        const raw: unknown = structuredClone(base);
        for (const [at, value] of changes) mutate(raw, at, value);
        let form: Form;
        try {
          form = toForm(raw);
        } catch (err) {
          expect(err).toBeInstanceOf(AppError);
          expect(err).toMatchObject({ code: 'not_a_form' });
          return;
        }
        check(form);
        writeBack(raw);
        const now = new Date(0);
        toSubmission({ form, answers: {}, computed: {}, submissionId: 's', startedAt: now, finishedAt: now });
      }),
      runs,
    );
  });

  test('so is anything at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.jsonValue().map((fields) => ({ id: 'x', fields, logic: fields })),
        ),
        (raw) => {
          try {
            check(toForm(raw));
          } catch (err) {
            if (!(err instanceof AppError)) throw err;
            expect(err.code).toBe('not_a_form');
          }
        },
      ),
      runs,
    );
  });
});

/** Replaces, or removes, the member at a position of the tree. */
function mutate(root: unknown, at: number, value: unknown): void {
  const places: [object, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      walk(Reflect.get(node, key));
    }
  };
  walk(root);
  const [holder, key] = places[at % Math.max(1, places.length)] ?? [];
  if (!holder || key === undefined) return;
  if (value === null) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, structuredClone(value));
}
