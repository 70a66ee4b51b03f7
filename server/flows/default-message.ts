import { isolatedIn } from '@flowella/shared/flow-words/direction.ts';
import { formLanguage } from '@flowella/shared/flow-words/form-language.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Message } from './flow-rows.ts';

/** The chat message of a new flow, in the form's language; the admin edits it. */
export function defaultMessage(form: Pick<Form, 'name' | 'language' | 'pages' | 'welcome'>): Message {
  const { body, button } = flowWords(formLanguage(form)).message;
  const name = form.name.replace(/\s+/g, ' ').trim().slice(0, 200);
  return { body: body.replace('{form}', () => isolatedIn(body, name)), button };
}
