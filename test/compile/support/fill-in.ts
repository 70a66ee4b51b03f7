import { programSchema, type Program } from '@flowella/shared/compile/program.ts';
import type { Compiled } from '@flowella/shared/compile/compile.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { EndpointLink } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { FieldValue, InputView, PhoneView } from '@flowella/shared/phone/screen-view.ts';
import { fillScreen } from '@flowella/shared/phone/walk-flow.ts';
import {
  answerConfirmation,
  answerRequest,
  answersFromComplete,
  type AnswerRequestInput,
  type Decision,
} from '../../../server/endpoint/answer-request.ts';
import type { ConfirmOutcome, ConfirmWish } from '../../../server/endpoint/confirmation/wish.ts';
import { flowRequestSchema } from '../../../server/endpoint/decrypt-request.ts';
import { prefillForLight } from '../../../server/endpoint/prefill-for-light.ts';
import { sessionStateSchema, type SessionState } from '../../../server/endpoint/session-state.ts';

export const NOW = new Date('2026-11-23T12:00:00Z');

export type FilledIn = {
  answers: Answers | null;
  /** Visible fields with their value when the button was pressed, by input name; the last press of a screen counts. */
  seen: Map<string, FieldValue>;
  /** Texts that stood on the screens. */
  texts: string[];
  visited: string[];
  view: PhoneView;
};

/** The endpoint in memory: program and session go through their schemas and JSON as they do through the database. */
export function endpointInMemory(
  compiled: Compiled,
  prefill: Answers = {},
  confirm: (wish: ConfirmWish) => ConfirmOutcome = () => ({ kind: 'locked' }),
): { link: EndpointLink; finished: () => Answers | null; decisions: Decision[]; session: () => SessionState | null } {
  const program: Program = programSchema.parse(JSON.parse(JSON.stringify(compiled.program)));
  let session: SessionState | null = null;
  let answers: Answers | null = null;
  const decisions: Decision[] = [];
  const link: EndpointLink = (request) => {
    const input: AnswerRequestInput = {
      program,
      session,
      prefill,
      request: flowRequestSchema.parse(JSON.parse(JSON.stringify(request))),
      now: NOW,
    };
    const first = answerRequest(input);
    const decision = first.kind === 'confirm' ? answerConfirmation(input, first.wish, confirm(first.wish)) : first;
    decisions.push(decision);
    if (decision.kind !== 'notice') session = sessionStateSchema.parse(JSON.parse(JSON.stringify(decision.session)));
    if (decision.kind !== 'finish')
      return Promise.resolve({ kind: 'reply', reply: { screen: decision.screen, data: decision.data } });
    answers = decision.answers;
    const params = { flow_token: request.flow_token };
    return Promise.resolve({
      kind: 'reply',
      reply: { screen: 'SUCCESS', data: { extension_message_response: { params } } },
    });
  };
  return { link, finished: () => answers, decisions, session: () => session };
}

export function openOnPhone(compiled: Compiled, link: EndpointLink | null, prefill: Answers = {}): Phone {
  const isLight = compiled.mode === 'light';
  return openFlow({
    flowJson: compiled.flowJson,
    message: {
      flowToken: 'token',
      action: isLight ? 'navigate' : 'data_exchange',
      screen: null,
      data: isLight ? prefillForLight(compiled.program, prefill) : null,
    },
    effects: {
      link,
      randomBytes: countingBytes(),
      uploadFile: (encrypted) => Promise.resolve(`https://cdn.test/${encrypted.length}`),
      uploadMedia: (file) => Promise.resolve(`media of ${file.fileName}`),
    },
  });
}

/** Other bytes at each call, and the same ones in each run. */
function countingBytes(): (count: number) => Uint8Array<ArrayBuffer> {
  let calls = 0;
  return (count) => {
    calls += 1;
    return new Uint8Array(count).fill(calls % 256);
  };
}

/** Where a file would be put for the customer. */
export function storedAddress(fileName: string): string {
  return `https://files.test/${encodeURIComponent(fileName)}`;
}

/** The answers once their files have been put away, as destinations get them. */
export function withStoredFiles(answers: Answers): Answers {
  const stored = Object.entries(answers).map(([id, answer]) => {
    if (answer.kind !== 'files') return [id, answer] as const;
    const files = answer.files.map((file) => ({ ...file, storedUrl: storedAddress(file.fileName) }));
    return [id, { ...answer, files }] as const;
  });
  return Object.fromEntries(stored);
}

/** Fills a flow in on the phone, screen by screen, until it closes or does not go on. */
export async function fillIn(
  compiled: Compiled,
  answer: (input: InputView) => FieldValue | undefined,
  prefill: Answers = {},
): Promise<FilledIn> {
  const endpoint = endpointInMemory(compiled, prefill);
  const phone = openOnPhone(compiled, compiled.mode === 'connected' ? endpoint.link : null, prefill);
  const seen = new Map<string, FieldValue>();
  const texts: string[] = [];
  const visited: string[] = [];
  await phone.settled();
  for (let presses = 0; presses < 250; presses += 1) {
    const view = phone.view();
    if (view.kind !== 'screen') break;
    if (visited.at(-1) === view.screen.id) break;
    visited.push(view.screen.id);
    await fillScreen(phone, answer);
    const filled = phone.view();
    if (filled.kind !== 'screen') break;
    for (const component of filled.screen.components) {
      if ('value' in component) seen.set(component.name, component.value);
      if ('text' in component) texts.push(component.text);
      if ('paragraphs' in component) texts.push(...component.paragraphs);
    }
    const button = filled.screen.footer;
    if (!button?.enabled) break;
    await phone.press(button.id);
  }
  const view = phone.view();
  const isLightDone = compiled.mode === 'light' && view.kind === 'closed' && view.outcome.kind === 'submitted';
  const answers = isLightDone
    ? answersFromComplete(compiled.program, view.outcome.kind === 'submitted' ? view.outcome.responseJson : {}, NOW)
        .answers
    : endpoint.finished();
  return { answers, seen, texts, visited, view };
}

/** An answer that a person could give to any field, chosen by `pick` out of so many. */
export function plausible(input: InputView, pick: (count: number) => number): FieldValue | undefined {
  switch (input.kind) {
    case 'text-input':
      if (input.inputType === 'email') return `person${pick(1_000)}@firm.test`;
      if (input.inputType === 'phone') return `+4915123456${String(100 + pick(800))}`;
      if (input.inputType === 'number') return String(10 ** Math.max(0, (input.minChars ?? 1) - 1) + pick(9));
      if (input.pattern?.includes('[pP]')) return `https://firm.test/a?b=${pick(100)}#c`;
      if (input.pattern?.includes(':')) return '14:30';
      return longEnough(['CEO', 'Head of Sales', 'Sales manager', 'x', 'شركة', '👨‍👩‍👧‍👦'][pick(6)] ?? 'x', input);
    case 'text-area':
      return `Text ${pick(100)}\nसाथ`;
    case 'radio':
    case 'dropdown':
      return input.options[pick(input.options.length)]?.id;
    case 'checkboxes':
    case 'chips':
      return withOne(
        input.options.map(({ id }) => id),
        pick,
        input.minSelected ?? 1,
        input.maxSelected ?? Infinity,
      );
    case 'date':
      return dayWithin(['2026-11-01', '2025-02-28', '1990-05-17', '2027-01-01'][pick(4)] ?? '', input.limits);
    case 'opt-in':
      return input.required || pick(2) === 0;
    case 'photos':
    case 'documents': {
      const count = Math.max(input.minFiles, 1 + pick(Math.min(3, input.maxFiles)));
      return Array.from({ length: count }, (_, index) => ({
        fileName: `Zeugnis ${index + 1} 📎.pdf`,
        mimeType: 'application/pdf',
        bytes: new TextEncoder().encode(`%PDF-1.7 ${pick(1_000)} ${index}`),
      }));
    }
    default:
      return undefined;
  }
}

/** ISO dates compare as texts. */
function dayWithin(day: string, { min, max }: { min: string; max: string }): string {
  if (day < min) return min;
  return day > max ? max : day;
}

function longEnough(
  text: string,
  { minChars, maxChars }: { minChars: number | null; maxChars: number | null },
): string {
  return text.padEnd(minChars ?? 0, 'o').slice(0, maxChars ?? 80);
}

/** At least one, as many as are asked for, in the order of the list. */
function withOne(ids: string[], pick: (count: number) => number, min: number, max: number): string[] {
  const certain = pick(ids.length);
  const chosen = new Set(ids.filter((_, index) => index === certain || pick(4) === 0).slice(0, max));
  for (const id of ids) if (chosen.size < min) chosen.add(id);
  return ids.filter((id) => chosen.has(id));
}
