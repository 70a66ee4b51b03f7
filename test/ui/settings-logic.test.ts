import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  movesOf,
  withMove,
  withoutQuestion,
  withQuestion,
  withQuestionAgain,
} from '../../hubspot-project/app/settings/get-started/edit-design.ts';
import { newPropertyName } from '../../hubspot-project/app/settings/get-started/edit-mapping.ts';
import { flowInWork, reachOf, stepToShow } from '../../hubspot-project/app/settings/get-started/steps.ts';
import { mappingSchema } from '@flowella/shared/contract/mapping.ts';
import { aFlow, anAccount, setup } from './support/sample-data.ts';

const screensOf = (sizes: number[]) =>
  sizes.map((size, screen) => ({
    id: `S${screen}`,
    title: `Title ${screen}`,
    questions: Array.from({ length: size }, (_, index) => ({
      question: `q${screen}_${index}`,
      label: '',
      required: false,
      kind: 'short-text',
      isConditional: false,
      comparisons: [],
      choices: [],
    })),
  }));

describe('moving a question', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });

  it('keeps every question exactly once and leaves no empty screen, wherever it is moved', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (counts, pick, choice) => {
        const screens = screensOf(counts);
        const questions = screens.flatMap((screen) => screen.questions.map((one) => one.question));
        const question = questions[pick % Math.max(1, questions.length)];
        if (question === undefined) return;
        const moves = movesOf(screens, question);
        const move = moves[choice % Math.max(1, moves.length)];
        if (move === undefined) return;
        const after = withMove({}, screens, question, move).screens!;
        expect(after.flatMap((screen) => screen.questions).sort()).toEqual([...questions].sort());
        expect(after.every((screen) => screen.questions.length > 0)).toBe(true);
      }),
    );
  });

  it('moves within a screen, over its edge, and begins and joins screens', () => {
    const screens = screensOf([2, 2]);
    const order = (question: string, move: 'up' | 'down' | 'new-screen' | 'join-screen') =>
      withMove({}, screens, question, move).screens!.map((screen) => screen.questions.join(' '));
    expect(order('q0_1', 'up')).toEqual(['q0_1 q0_0', 'q1_0 q1_1']);
    expect(order('q0_1', 'down')).toEqual(['q0_0', 'q0_1 q1_0 q1_1']);
    expect(order('q1_1', 'new-screen')).toEqual(['q0_0 q0_1', 'q1_0', 'q1_1']);
    expect(order('q1_0', 'join-screen')).toEqual(['q0_0 q0_1 q1_0 q1_1']);
  });
});

describe('a design', () => {
  it('goes back to the form’s text when a text is emptied, and keeps everything else', () => {
    const design = { labels: { a: 'A', b: 'B' }, submitLabel: 'Send it' };
    const before = { label: 'A', help: '', required: false };
    expect(withQuestion(design, 'a', before, { label: ' ', help: '', required: true })).toEqual({
      labels: { b: 'B' },
      required: { a: true },
      submitLabel: 'Send it',
    });
    expect(withQuestion(design, 'a', before, before)).toEqual(design);
  });

  it('leaves a question out once, however often it is asked to', () => {
    const twice = withoutQuestion(withoutQuestion({}, 'a'), 'a');
    expect(twice.omitted).toEqual(['a']);
    expect(withQuestionAgain(twice, 'a').omitted).toEqual([]);
  });
});

describe('the name of a new property', () => {
  it('is one that the contract and HubSpot take, for labels in any writing', () => {
    const labels = ['Größe & Gewicht', '你好吗', 'कितना?', 'كم عمرك؟', '👩‍👩‍👧', '   ', 'x'.repeat(300)];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...labels), fc.string({ unit: 'grapheme' })), (label) => {
        const property = newPropertyName(label);
        expect(property.length).toBeLessThanOrEqual(100);
        expect(
          mappingSchema.shape.contact.safeParse({ enabled: true, properties: [{ question: 'q', property }] }).success,
        ).toBe(true);
        expect(property.startsWith('flowella_')).toBe(true);
      }),
    );
    expect(newPropertyName('Größe & Gewicht')).toBe('flowella_grosse_gewicht');
    expect(newPropertyName('你好吗')).not.toBe(newPropertyName('再见'));
  });
});

describe('the step that is shown', () => {
  const connected = setup({ accounts: [anAccount()], nextStep: 'publish' });

  it('is never ahead of what the server has', () => {
    expect(stepToShow('test', connected, aFlow())).toBe('publish');
    expect(stepToShow('publish', connected, null)).toBe('choose-form');
    expect(stepToShow('publish', setup(), null)).toBe('connect-whatsapp');
    expect(reachOf(connected, aFlow({ state: 'published' }))).toBe('test');
  });

  it('is the last one when all is done', () => {
    expect(stepToShow(null, { ...connected, nextStep: 'done' }, aFlow({ state: 'published' }))).toBe('test');
  });

  it('belongs to the newest flow that is not live, unless another is asked for', () => {
    const flows = [
      aFlow({ flowId: 'a', state: 'published', updatedAt: '2026-11-23T10:00:00.000Z' }),
      aFlow({ flowId: 'b', state: 'draft', updatedAt: '2026-11-20T10:00:00.000Z' }),
      aFlow({ flowId: 'c', state: 'draft', updatedAt: '2026-11-21T10:00:00.000Z' }),
    ];
    expect(flowInWork(flows, null)?.flowId).toBe('c');
    expect(flowInWork(flows, 'a')?.flowId).toBe('a');
    expect(flowInWork([], null)).toBeNull();
  });
});
