import { expect, test } from 'vitest';
import { compile } from '@flowella/shared/compile/compile.ts';
import { nearestLanguage } from '@flowella/shared/flow-words/nearest-language.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import type { Form } from '@flowella/shared/form/form.ts';

/** Names that every JavaScript object answers to: in a form they are words like any other. */
const NAMES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];

test.each(NAMES)(
  'a form that says "%s" where a tool says a language, an address or an id is asked as it stands',
  (name) => {
    const base = { required: true, origin: {}, image: { url: name } };
    const choices = ['a', 'b'].map((id) => ({ id, label: `Choice ${id}`, image: { url: name } }));
    const form: Form = {
      source: 'typeform',
      sourceFormId: 'f',
      name: 'f',
      language: name,
      revision: 'r',
      hidden: [],
      notices: [],
      pages: [
        {
          id: name,
          items: [
            { ...base, kind: 'ranking', id: 'rank', label: 'Rank them', choices },
            { ...base, kind: 'short-text', id: name, label: 'Which word?' },
          ],
        },
      ],
    };
    const design = { labels: { rank: 'Put them in order' }, help: {}, required: {}, shownWhen: {} };
    for (const mode of ['connected', 'light'] as const) {
      const { flowJson, program } = compile({ form, design, locale: 'en', mode });
      expect(validateFlowJson(JSON.stringify(flowJson))).toEqual({ validationErrors: [], warnings: [] });
      expect(program.fields.map(({ question }) => question.label)).toEqual(['Put them in order', 'Which word?']);
    }
    expect(nearestLanguage(name)).toBeNull();
  },
);
