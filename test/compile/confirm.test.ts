import { compile } from '@flowella/shared/compile/compile.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { ConfirmIdentity } from '@flowella/shared/form/design.ts';
import { expect, test } from 'vitest';
import { everyKind } from '../flow-words/support/every-kind.ts';
import { brokenRules } from './support/meta-rules.ts';

const BY_EMAIL: ConfirmIdentity = { channel: 'email', webhookId: 'whk_00000000000000000000' };
const BY_AGENT: ConfirmIdentity = { channel: 'agent' };

const compiled = (confirmIdentity?: ConfirmIdentity, mode?: 'connected' | 'light') =>
  compile({ form: everyKind('en'), design: { confirmIdentity, mode }, locale: 'en', version: 'ver_1' });

test.each([BY_EMAIL, BY_AGENT])(
  'a flow that confirms first is valid and opens on that screen alone ($channel)',
  (how) => {
    const { flowJson, program } = compiled(how);
    expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
    expect(brokenRules(flowJson)).toEqual([]);
    const targets = new Set(Object.values(flowJson.routing_model ?? {}).flat());
    expect(flowJson.screens.filter(({ id }) => !targets.has(id)).map(({ id }) => id)).toEqual(['CONFIRM']);
    expect(program.entry).toBe('CONFIRM');
    expect(flowJson.routing_model?.CONFIRM).toEqual(['SCREEN_A', 'NOTICE']);
    expect(programSchema.parse(JSON.parse(JSON.stringify(program))).confirmation).toEqual(program.confirmation);
  },
);

test('what is entered there is no answer: the questions are those of the same flow without it', () => {
  const [without, confirmed] = [compiled(undefined, 'connected'), compiled(BY_EMAIL)];
  expect(confirmed.program.screens).toEqual(without.program.screens);
  expect(confirmed.program.fields).toEqual(without.program.fields);
  expect(confirmed.flowJson.screens.slice(1)).toEqual(without.flowJson.screens);
});

test('the screen is given nothing of a person: a sentence of ours and whether to ask', () => {
  const [screen] = compiled(BY_EMAIL).flowJson.screens;
  expect(Object.keys(screen?.data ?? {})).toEqual(['text', 'ask']);
  expect(JSON.stringify(screen)).not.toContain('init');
  expect(screen?.sensitive).toEqual(['surname', 'code']);
});

test('another code can be asked for on the screen only where we send it ourselves', () => {
  const links = (how: ConfirmIdentity) => JSON.stringify(compiled(how).flowJson.screens[0]).includes('EmbeddedLink');
  expect(links(BY_EMAIL)).toBe(true);
  expect(links(BY_AGENT)).toBe(false);
});

test('a flow without a server says in its report that it cannot confirm anybody, and has no such screen', () => {
  const { program, flowJson, report } = compiled(BY_EMAIL, 'light');
  expect(program.confirmation).toBeUndefined();
  expect(JSON.stringify(flowJson)).not.toContain('CONFIRM');
  const line = report.find(({ code }) => code === 'confirmation_needs_connected');
  expect(line).toMatchObject({ outcome: 'refused', question: 'form' });
  expect(line?.message).toContain('on the phone alone');
});

test('a form that would run on the phone alone is connected when who answers is confirmed first', () => {
  const form = { ...everyKind('en'), pages: [{ id: 'p', items: everyKind('en').pages[0]?.items.slice(0, 1) ?? [] }] };
  const modeOf = (confirmIdentity?: ConfirmIdentity) =>
    compile({ form, design: { confirmIdentity }, locale: 'en' }).mode;
  expect([modeOf(), modeOf(BY_AGENT)]).toEqual(['light', 'connected']);
});

test('a form as long as a flow can be still takes the screen', () => {
  const items = Array.from({ length: 700 }, (_, index) => ({
    kind: 'file' as const,
    id: `q${index}`,
    label: `${index}`,
    required: false,
    multiple: false,
    maxFiles: 1,
    origin: {},
  }));
  const form = { ...everyKind('en'), pages: [{ id: 'p', items }] };
  const { flowJson } = compile({ form, design: { confirmIdentity: BY_AGENT }, locale: 'en' });
  expect(flowJson.screens.length).toBeGreaterThan(90);
  expect(validateFlowJson(JSON.stringify(flowJson)).validationErrors).toEqual([]);
});
