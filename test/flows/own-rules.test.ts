import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ShownWhen } from '@flowella/shared/form/shown-when.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { viewFlow } from '../../server/flows/view-flow.ts';
import { COLOUR, draftFlow, flowBench, NAME, type FlowBench } from './support.ts';

let b: FlowBench;
let portalId: number;
let flowId: string;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  ({ flowId } = await draftFlow(b, portalId));
});
afterEach(() => b.close());

const RED: ShownWhen = { match: 'all', parts: [{ question: COLOUR.id, is: 'one-of', values: ['red'] }] };
const rule = (question: string, own: ShownWhen, language: 'en' | 'de' = 'en') =>
  updateFlow(b.flowServices, portalId, flowId, { design: { shownWhen: { [question]: own } } }, language);
const asked = async () =>
  (await viewFlow(b.flowServices, portalId, flowId, 'en')).screens.flatMap((screen) => screen.questions);

test('a rule of the customer’s own is kept, and its question is asked behind the one it looks at', async () => {
  const flow = await rule(NAME.id, RED);
  expect(flow.design.shownWhen).toEqual({ [NAME.id]: RED });
  const questions = await asked();
  const place = (id: string) => questions.findIndex((one) => one.question === id);
  expect(place(NAME.id)).toBeGreaterThan(place(COLOUR.id));
  expect(questions.find((one) => one.question === NAME.id)).toMatchObject({ isConditional: true });
  expect(questions.find((one) => one.question === COLOUR.id)).toMatchObject({
    isConditional: false,
    comparisons: ['one-of', 'none-of', 'answered', 'unanswered'],
    choices: [
      { id: 'red', label: 'Red' },
      { id: 'blue', label: 'Blue' },
    ],
  });
});

test.each<[string, ShownWhen['parts'][number], string]>([
  ['a question that is not there', { question: 'gone', is: 'answered' }, 'not in this form'],
  ['its own answer', { question: NAME.id, is: 'answered' }, 'its own answer'],
  ['a comparison that makes no sense', { question: COLOUR.id, is: 'at-least', value: '3' }, 'Colour'],
  ['a choice that is not offered', { question: COLOUR.id, is: 'one-of', values: ['green'] }, 'does not offer'],
])('a rule over %s is refused with the reason, and nothing changes', async (_what, part, words) => {
  const before = await asked();
  await expect(rule(NAME.id, { match: 'all', parts: [part] })).rejects.toMatchObject({
    code: 'bad_rule',
    userMessage: expect.stringContaining(words),
  });
  expect(await asked()).toEqual(before);
});
