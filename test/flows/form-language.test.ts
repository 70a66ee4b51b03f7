import { programSchema } from '@flowella/shared/compile/program.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { viewFlow } from '../../server/flows/view-flow.ts';
import { draftFlow, flowBench, formOf, NAME, publish, type FlowBench } from './support.ts';

let b: FlowBench;
let portalId: number;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
});
afterEach(() => b.close());

const inGerman = () =>
  withPortal(b.t.db, portalId, (tx) =>
    tx
      .updateTable('portals')
      .set({ settings: JSON.stringify({ language: 'de' }) })
      .execute(),
  );

/** A draft of a form with this language and label, as it is kept. */
async function draftOf(language: string, label: string) {
  b.source.form = formOf([{ ...NAME, label }], { language });
  const { flowId } = await draftFlow(b, portalId);
  return withPortal(b.t.db, portalId, async (tx) => {
    const version = await tx.selectFrom('flow_versions').selectAll().executeTakeFirstOrThrow();
    const form = await tx.selectFrom('forms').select('model').executeTakeFirstOrThrow();
    const flow = await tx.selectFrom('flows').select('message').executeTakeFirstOrThrow();
    return {
      flowId,
      spoken: programSchema.parse(version.program).language,
      kept: formSchema.parse(form.model).language,
      message: flow.message,
      flowJson: version.flow_json,
    };
  });
}

test('a flow and its message speak the language of the form', async () => {
  const draft = await draftOf('pt-br', 'Nome');
  expect(draft).toMatchObject({ spoken: 'pt', kept: 'pt-br', message: { button: flowWords('pt').message.button } });
  expect(draft.flowJson).toContain(`"label":"${flowWords('pt').screen.send}"`);
});

test('a form without a language speaks that of its script, or of the portal; its template is in the same one', async () => {
  await inGerman();
  const draft = await draftOf('', 'الاسم الكامل للعميل');
  expect(draft).toMatchObject({ spoken: 'ar', kept: 'ar', message: { button: flowWords('ar').message.button } });
  await publish(b, portalId, draft.flowId);
  expect(b.meta.templates).toMatchObject([{ language: 'ar' }]);
});

test('a form of Latin letters without a language speaks that of the portal', async () => {
  await inGerman();
  expect(await draftOf('', 'Vorname')).toMatchObject({
    spoken: 'de',
    kept: 'de',
    message: { button: 'Formular öffnen' },
  });
});

test('the report says that the words are in English where the language has none', async () => {
  const { flowId, spoken } = await draftOf('hr', 'Ime');
  expect(spoken).toBe('en');
  const { report } = await viewFlow(b.flowServices, portalId, flowId, 'de');
  expect(report.find((line) => line.code === 'words_in_english')?.message).toContain('englisch');
});
