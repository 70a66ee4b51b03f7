import type { Form } from '@flowella/shared/form/form.ts';
import type { Message } from './flow-rows.ts';

/** The chat message of a new flow, in the form's language; the admin edits it. */
export function defaultMessage(form: Pick<Form, 'name' | 'language'>): Message {
  const isGerman = form.language.toLowerCase().startsWith('de');
  const name = form.name.replace(/\s+/g, ' ').trim().slice(0, 200);
  return isGerman
    ? {
        body: `Hallo! Wir haben ein paar Fragen für Sie: ${name}. Sie können sie hier in WhatsApp beantworten; es dauert nur wenige Minuten.`,
        button: 'Formular öffnen',
      }
    : {
        body: `Hello! We have a few questions for you: ${name}. You can answer them here in WhatsApp; it only takes a few minutes.`,
        button: 'Open the form',
      };
}
