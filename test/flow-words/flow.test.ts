import { compile } from '@flowella/shared/compile/compile.ts';
import { programSchema } from '@flowella/shared/compile/program.ts';
import type { FlowTextKey } from '@flowella/shared/flow-words/flow-words.ts';
import { FLOW_LANGUAGES, flowWords, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { describe, expect, test } from 'vitest';
import { brokenRules } from '../compile/support/meta-rules.ts';
import { branching, conditional, empty, everyKind } from './support/every-kind.ts';

const FORMS = { 'every kind': everyKind, branching, conditional, 'an empty one': empty };
const CONFIRM = { channel: 'email', webhookId: 'whk_00000000000000000000' } as const;
const MODES = ['connected', 'light'] as const;

/** Properties that a person reads. */
const READ = ['label', 'title', 'text', 'helper-text', 'description', 'alt-text'];

function readIn(value: JsonValue): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(readIn);
  return Object.entries(value).flatMap(([key, member]) =>
    READ.includes(key) && typeof member === 'string' ? [member] : readIn(member),
  );
}

const compiled = (language: FlowLanguage, form: keyof typeof FORMS, mode: (typeof MODES)[number]) =>
  compile({ form: FORMS[form](language), design: { confirmIdentity: CONFIRM }, locale: 'en', mode });

describe.each(FLOW_LANGUAGES)('%s', (language) => {
  test.each(Object.keys(FORMS) as (keyof typeof FORMS)[])(
    'Meta takes the flow of %s, and no word of it is cut',
    (form) => {
      for (const mode of MODES) {
        const { flowJson, program } = compiled(language, form, mode);
        expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
        const json = JSON.stringify(flowJson);
        // The second reading of Meta's rules knows no branches.
        if (!/"type":"(?:If|Switch)"/.test(json)) expect(brokenRules(flowJson)).toEqual([]);
        // The forms have no text that would be cut: an ellipsis would be that of one of our words.
        expect(readIn(flowJson.screens as JsonValue).filter((text) => text.includes('…'))).toEqual([]);
        expect(programSchema.parse(JSON.parse(JSON.stringify(program)))).toMatchObject({ language });
      }
    },
  );

  test.runIf(language !== 'en')('a flow says nothing in English', () => {
    const english = new Set(compiledTexts('en'));
    const own = new Set(compiledTexts(language).filter((text) => english.has(text) && /\p{L}/u.test(text)));
    const alike = Object.entries(flowWords(language).screen).flatMap(([key, word]) =>
      word === flowWords('en').screen[key as FlowTextKey] ? [word] : [],
    );
    expect([...own].toSorted()).toEqual(alike.toSorted());
  });
});

/** Everything that a person could read in the flows of all forms. */
function compiledTexts(language: FlowLanguage): string[] {
  const flows = (Object.keys(FORMS) as (keyof typeof FORMS)[]).flatMap((form) =>
    MODES.map((mode) => compiled(language, form, mode).flowJson),
  );
  return flows.flatMap((flow) => readIn(flow.screens as JsonValue)).filter((text) => !text.startsWith('${'));
}

test('every word of a screen is one that some flow says', () => {
  const said = compiledTexts('en').join('\n');
  const unsaid = Object.entries(flowWords('en').screen).filter(([, word]) => {
    const forms = typeof word === 'string' ? [word] : Object.values(word);
    return !forms.some((text) => new RegExp(text.replace(/[.?+]/g, '\\$&').replace(/\{\w+\}/g, '\\d+')).test(said));
  });
  // Said where the first screen hangs on something: the compiler puts what decides before it, so that no form here comes to it.
  expect(unsaid.map(([key]) => key)).toEqual(['start']);
});

test('a program stored before there were more languages is read as it was', () => {
  for (const language of ['en', 'de'] as const) {
    const { program } = compile({ form: everyKind(language), design: {}, locale: 'en' });
    const { format, version, mode, entry, notice, screens, fields } = program;
    const old = { format, version, mode, language, entry, notice, screens, fields };
    expect(programSchema.parse(JSON.parse(JSON.stringify(old)))).toMatchObject({ language, screens, notes: [] });
  }
  const { program } = compile({ form: everyKind('en'), design: {}, locale: 'en' });
  expect(programSchema.safeParse({ ...program, language: 'tlh' }).success).toBe(false);
});
