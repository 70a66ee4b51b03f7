import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import type { FlowComponent, FlowJson, JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { FIXTURES, readFixture } from '../sources/hubspot-forms/read-fixture.ts';

function compiled(fixture: string, options: { mode?: 'connected' | 'light'; design?: Design } = {}): Compiled {
  return compile({
    form: toForm(readFixture(fixture)),
    design: options.design ?? {},
    locale: 'en',
    mode: options.mode,
  });
}

function componentsOf(flow: FlowJson): FlowComponent[] {
  const inside = (component: FlowComponent): FlowComponent[] => {
    const { children } = component;
    // Children of a Form are components by construction of the compiler.
    return Array.isArray(children) ? children.flatMap((child) => inside(child as FlowComponent)) : [component];
  };
  return flow.screens.flatMap((screen) => screen.layout.children.flatMap(inside));
}

function named(flow: FlowJson, name: string): Record<string, JsonValue> {
  const found = componentsOf(flow).find((component) => component.name === name);
  if (!found) throw new Error(`no component ${name}`);
  return found;
}

function formOf(questions: Question[], language = 'en'): Form {
  return {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'Form',
    language,
    revision: '0',
    pages: [{ id: 'p', items: questions }],
    hidden: [],
    notices: [],
  };
}

const base = (id: string, extra: object = {}) => ({ id, label: id, required: false, origin: {}, ...extra });

describe('every form of the collection', () => {
  for (const fixture of FIXTURES) {
    for (const mode of ['connected', 'light'] as const) {
      test(`${fixture} compiles to valid Flow JSON without a warning, ${mode}`, () => {
        const result = compiled(fixture, { mode });
        const { validationErrors, warnings } = validateFlowJson(JSON.stringify(result.flowJson, null, 2));
        expect(validationErrors).toEqual([]);
        expect(warnings).toEqual([]);
      });
    }

    test(`${fixture} gives every question, hidden field and consent box exactly one line`, () => {
      const form = toForm(readFixture(fixture));
      const { report } = compile({ form, design: {}, locale: 'en' });
      const lines = report.map((line) => line.question).filter((id) => id !== 'form');
      const expected = [
        ...form.pages.flatMap((page) => page.items).flatMap((item) => (item.kind === 'statement' ? [] : [item.id])),
        ...form.hidden.map((field) => field.id),
        ...(form.consent ? ['consent/processing'] : []),
        ...(form.consent?.communications.map((box) => `consent/${box.id}`) ?? []),
      ];
      expect(lines.toSorted()).toEqual(expected.toSorted());
      for (const line of report) {
        expect(line.message).not.toBe('');
        if (line.outcome === 'refused') expect(line.advice).not.toBe('');
      }
    });

    test(`${fixture} compiles to the same bytes twice, and its program survives the database`, () => {
      const [first, second] = [compiled(fixture), compiled(fixture)];
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      expect(programSchema.parse(JSON.parse(JSON.stringify(first.program)))).toEqual(
        JSON.parse(JSON.stringify(first.program)),
      );
    });
  }
});

describe('screens', () => {
  test('a screen asks a handful of questions, and no screen holds only one when others hold five', () => {
    const questions = Array.from({ length: 6 }, (_, index): Question => ({ kind: 'short-text', ...base(`q${index}`) }));
    const { program } = compile({ form: formOf(questions), design: {}, locale: 'en' });
    expect(program.screens.map((screen) => screen.questions.length)).toEqual([3, 3]);
  });

  test('a form of 500 questions stays within 100 screens and 50 components', () => {
    const questions = Array.from({ length: 500 }, (_, index): Question => ({
      kind: 'short-text',
      ...base(`q${index}`),
    }));
    const { flowJson, report } = compile({ form: formOf(questions), design: {}, locale: 'en', mode: 'connected' });
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
    expect(report.filter((line) => line.screens.length === 1)).toHaveLength(500);
  });

  test('a row of conditional questions never gives a screen more than ten branches', () => {
    const questions: Question[] = [
      { kind: 'short-text', ...base('root') },
      ...Array.from({ length: 120 }, (_, index): Question => {
        return {
          kind: 'short-text',
          ...base(`dependent-${index}`, { visibleWhen: { op: 'contains', question: 'root', value: String(index) } }),
        };
      }),
    ];
    const { flowJson, program } = compile({ form: formOf(questions), design: {}, locale: 'en', mode: 'connected' });
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
    for (const next of Object.values(flowJson.routing_model ?? {})) expect(next.length).toBeLessThanOrEqual(10);
    expect(program.fields).toHaveLength(121);
  });

  test('a flow that can end on a conditional screen ends on a common last screen with the sending button', () => {
    const { program, flowJson } = compile({
      form: formOf([
        { kind: 'short-text', ...base('root') },
        {
          kind: 'short-text',
          ...base('more', { visibleWhen: { op: 'starts-with', question: 'root', value: 'a' } }),
        },
      ]),
      design: {},
      locale: 'en',
    });
    expect(program.mode).toBe('connected');
    expect(program.screens.map(({ certain, terminal }) => ({ certain, terminal }))).toEqual([
      { certain: true, terminal: false },
      { certain: false, terminal: false },
      { certain: true, terminal: true },
    ]);
    expect(flowJson.routing_model?.SCREEN_A).toEqual(['SCREEN_B', 'SCREEN_C', 'NOTICE']);
  });

  test('the design decides screens, titles, texts, order and what is left out', () => {
    const { program, report, flowJson } = compiled('contact-request.json', {
      design: {
        screens: [{ title: 'First things', questions: ['0-1/message', '0-1/email'] }],
        labels: { '0-1/email': 'Work e-mail' },
        required: { '0-1/message': false },
        omitted: ['0-1/phone'],
        submitLabel: 'Off it goes',
      },
    });
    expect(program.screens[0]).toMatchObject({ title: 'First things', questions: ['0-1/message', '0-1/email'] });
    expect(named(flowJson, 'email').label).toBe('Work e-mail');
    expect(named(flowJson, 'message').required).toBe(false);
    expect(report.find((line) => line.question === '0-1/phone')).toMatchObject({
      outcome: 'refused',
      code: 'left_out',
    });
    expect(componentsOf(flowJson).find((one) => one.type === 'Footer' && one.label === 'Off it goes')).toBeDefined();
  });
});

describe('texts and choices', () => {
  test('a label over the limit stands in full above its field and counts as kept', () => {
    const { flowJson, report } = compiled('all-fields.json');
    const size = named(flowJson, 'size');
    expect(String(size.label).length).toBeLessThanOrEqual(30);
    expect(
      componentsOf(flowJson).some((one) => String(one.text).startsWith('How many people work in your company')),
    ).toBe(true);
    expect(report.find((line) => line.question === '0-1/size')?.outcome).toBe('kept');
  });

  test('249 countries are chosen by section on the phone alone, each one by its own id', () => {
    const { flowJson, program, report } = compiled('all-fields.json', { mode: 'connected' });
    const field = program.fields.find((one) => one.question.id === '0-1/nation');
    const choices = field?.inputs.filter((input) => input.role === 'part').flatMap((input) => input.options ?? []);
    expect(choices?.map((option) => option.choice)).toEqual(
      Array.from({ length: 249 }, (_, index) => `C${String(index + 1).padStart(3, '0')}`),
    );
    expect(named(flowJson, 'nation_part_2').visible).toBe("`${form.nation_section} == 'section_2'`");
    expect(report.find((line) => line.question === '0-1/nation')).toMatchObject({ code: 'choices_in_sections' });
  });

  test('27 boxes are spread over two even groups, and a list of one becomes a box', () => {
    const { program, flowJson } = compiled('all-fields.json');
    const topics = program.fields.find((one) => one.question.id === '0-1/topics');
    expect(topics?.inputs.map((input) => input.options?.length)).toEqual([14, 13]);
    expect(named(flowJson, 'newsletter').type).toBe('OptIn');
  });

  test('choices that read the same after cutting can be told apart', () => {
    const { flowJson } = compiled('all-fields.json');
    const items = named(flowJson, 'long_options')['data-source'];
    const titles = Array.isArray(items) ? items.map((item) => (item as { title: string }).title) : [];
    expect(new Set(titles).size).toBe(3);
    for (const title of titles) expect(title.length).toBeLessThanOrEqual(30);
  });

  test('no emoji, Arabic, Thai or Hindi cluster is cut in half', () => {
    const text = JSON.stringify(compiled('many-scripts.json').flowJson);
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toMatch(/\u200d(?:["…]|\\")/);
    expect(text).toContain('الاسم الكامل كما هو مكتوب في جواز السفر');
    expect(text).toContain('👨‍👩‍👧‍👦 Family 👩🏽‍🚀 members travelling with you?');
  });

  test('a German form has German titles, buttons and labels of ours', () => {
    const { flowJson } = compiled('event-rsvp-de.json', { mode: 'connected' });
    const labels = componentsOf(flowJson)
      .filter((one) => one.type === 'Footer')
      .map((one) => one.label);
    expect([...new Set(labels)]).toEqual(['Weiter', 'Jetzt anmelden', 'Schließen']);
    expect(flowJson.screens[0]?.title).toBe('Wir freuen uns auf Sie!');
  });
});

describe('consent', () => {
  test('the box for the processing must be ticked, boxes for communications need not, and none is filled in beforehand', () => {
    const { flowJson, program } = compiled('contact-request.json');
    expect(named(flowJson, 'processing')).toMatchObject({ type: 'OptIn', required: true });
    expect(named(flowJson, 'consent_41001')).toMatchObject({ type: 'OptIn', required: false });
    for (const field of program.fields.filter((one) => one.isConsent)) expect(field.mayPrefill).toBe(false);
    const texts = componentsOf(flowJson).map((one) => one.text);
    expect(texts).toContain('I agree to allow Example Ltd to store and process my personal data.');
    expect(texts).toContain('Read how we protect your data in our Privacy Policy (https://www.example.com/privacy).');
  });

  test('implicit consent and legitimate interest are texts above the button', () => {
    const texts = componentsOf(compiled('event-rsvp-de.json').flowJson).map((one) => one.text);
    expect(texts).toContain(
      'Mit dem Absenden willigen Sie ein, dass wir Ihre Angaben für die Veranstaltung speichern.',
    );
    expect(componentsOf(compiled('many-scripts.json').flowJson).map((one) => one.text)).toContain('نحن نحترم خصوصيتك.');
  });
});

describe('conditions', () => {
  test('a dependant on the same screen is shown by the phone, and required only then', () => {
    const order = named(compiled('contact-request.json').flowJson, 'order_number');
    expect(order.visible).toBe("`${form.topic} == 'support'`");
    expect(order.required).toBe(order.visible);
  });

  test('a dependant of a free text stands on a later screen, where the server decides', () => {
    const { flowJson, program } = compiled('every-operator.json', { mode: 'connected' });
    const field = program.fields.find((one) => one.question.id === '0-1/d_ends');
    const parent = program.fields.find((one) => one.question.id === '0-1/jobtitle');
    expect(field?.screen).not.toBe(parent?.screen);
    expect(named(flowJson, 'd_ends')).toMatchObject({
      visible: '${data.show_d_ends}',
      required: '${data.show_d_ends}',
    });
  });

  test('a light flow that cannot say a condition shows the question to everyone, optional, and says so', () => {
    const { flowJson, report } = compiled('every-operator.json', { mode: 'light' });
    expect(named(flowJson, 'd_ends').required).toBe(false);
    expect(named(flowJson, 'd_ends').visible).toBeUndefined();
    expect(report.find((line) => line.question === '0-1/d_ends')).toMatchObject({ code: 'shown_to_everyone' });
  });

  test('a light screen says that it may be empty only where it can be', () => {
    const { flowJson } = compiled('every-operator.json', { mode: 'light' });
    for (const { layout } of flowJson.screens) {
      const parts = componentsOf({ ...flowJson, screens: [{ id: 'A', title: 'A', layout }] });
      const inputs = parts.filter((one) => one.name !== undefined);
      const says = parts.some((one) => String(one.text).startsWith('If nothing is asked here'));
      expect(says).toBe(inputs.length > 0 && inputs.every((one) => one.visible !== undefined));
    }
  });

  test('a question that hangs on a hidden value is decided beforehand', () => {
    const form = formOf([
      {
        kind: 'short-text',
        ...base('a', { visibleWhen: { op: 'equals', question: 'hidden', value: 'x' }, required: true }),
      },
      { kind: 'short-text', ...base('b', { visibleWhen: { op: 'equals', question: 'hidden', value: 'y' } }) },
    ]);
    form.hidden.push({ id: 'hidden', label: 'hidden', value: 'x', origin: {} });
    const { program, report } = compile({ form, design: {}, locale: 'en' });
    expect(program.fields.map((field) => field.question)).toMatchObject([{ id: 'a', required: true }]);
    expect(program.fields[0]?.question.visibleWhen).toBeUndefined();
    expect(report.find((line) => line.question === 'b')).toMatchObject({ outcome: 'refused', code: 'never_shown' });
  });

  test('a question that hangs on one that cannot be asked is shown to everyone, and nobody must answer it', () => {
    const form = formOf([
      { kind: 'unsupported', rawType: 'signature', ...base('file') },
      { kind: 'short-text', ...base('about', { visibleWhen: { op: 'answered', question: 'file' }, required: true }) },
    ]);
    const { program, report } = compile({ form, design: {}, locale: 'de' });
    expect(program.fields[0]?.question).toMatchObject({ id: 'about', required: false });
    expect(report.map((line) => line.code)).toEqual(['signature_not_possible', 'condition_lost']);
  });
});

describe('mode', () => {
  test('a form that the phone can check alone is light, one with blocked domains or a phone number is connected', () => {
    expect(compiled('newsletter.json').mode).toBe('light');
    expect(compiled('contact-request.json').mode).toBe('connected');
    expect(compiled('newsletter.json', { design: { mode: 'connected' } }).mode).toBe('connected');
  });

  test('a connected flow calls the endpoint from every button, with version and screen in each payload', () => {
    const { flowJson } = compile({
      form: toForm(readFixture('contact-request.json')),
      design: {},
      locale: 'en',
      version: 'ver_1',
    });
    for (const screen of flowJson.screens) {
      const footer = componentsOf({ ...flowJson, screens: [screen] }).find((one) => one.type === 'Footer');
      expect(footer?.['on-click-action']).toMatchObject({
        name: 'data_exchange',
        payload: { v: 'ver_1', s: screen.id },
      });
    }
  });
});

test('a form with nothing to ask still compiles, and says so', () => {
  const { flowJson, report, hasQuestions } = compiled('empty-group.json');
  expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
  expect(hasQuestions).toBe(false);
  expect(report).toMatchObject([{ question: 'form', outcome: 'refused', code: 'nothing_to_ask' }]);
});

test('every kind of question of the form model compiles', () => {
  const choices = ['a', 'b', 'c'].map((id) => ({ id, label: id.toUpperCase() }));
  const questions: Question[] = [
    { kind: 'short-text', ...base('q1'), pattern: '[a-z]+', maxLength: 10, minLength: 2 },
    { kind: 'long-text', ...base('q2') },
    { kind: 'email', ...base('q3') },
    { kind: 'phone', ...base('q4') },
    { kind: 'url', ...base('q5') },
    { kind: 'number', ...base('q6'), min: 1, max: 5, integer: true },
    { kind: 'yes-no', ...base('q7') },
    { kind: 'checkbox', ...base('q8'), mustAccept: false },
    { kind: 'single-choice', ...base('q9'), choices, allowOther: true },
    { kind: 'multi-choice', ...base('q10'), choices, allowOther: true, minSelected: 1, maxSelected: 2 },
    { kind: 'scale', ...base('q11'), min: 0, max: 10, minLabel: 'Not at all likely', maxLabel: 'Extremely likely' },
    { kind: 'ranking', ...base('q12'), choices },
    { kind: 'date', ...base('q13'), min: '2026-01-01', max: '2026-12-31' },
    { kind: 'time', ...base('q14') },
    { kind: 'date-time', ...base('q15') },
    { kind: 'duration', ...base('q16') },
  ];
  for (const required of [true, false]) {
    for (const mode of ['connected', 'light'] as const) {
      const form = formOf(questions.map((question) => ({ ...question, required })));
      const { flowJson, program } = compile({ form, design: {}, locale: 'de', mode });
      expect(validateFlowJson(JSON.stringify(flowJson, null, 1))).toEqual({ validationErrors: [], warnings: [] });
      expect(program.fields).toHaveLength(16);
    }
  }
});

test('a pattern of the form must fit the whole answer, on the phone as at the endpoint', () => {
  const question: Question = { kind: 'short-text', id: 'q', label: 'Code', required: true, pattern: 'a|b', origin: {} };
  const more = { name: 'f', language: 'en', revision: 'r', hidden: [], notices: [] };
  const form: Form = {
    source: 'typeform',
    sourceFormId: 'f',
    pages: [{ id: 'p', items: [question] }],
    ...more,
  };
  const { flowJson } = compile({ form, design: {}, locale: 'en' });
  expect(JSON.stringify(flowJson)).toContain('"pattern":"^(?:a|b)$"');
});
