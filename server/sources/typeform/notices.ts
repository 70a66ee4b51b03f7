import type { FormNotice } from '@flowella/shared/form/form.ts';
import type { Definition } from './definition.ts';

/** What is true of the whole form; each notice once. */
export type Notices = {
  recallLost: () => void;
  logicLost: () => void;
  earlyJump: () => void;
  list: () => FormNotice[];
};

/** Collects notices while a form is read; those that follow from the definition alone stand first. */
export function createNotices(definition: Definition): Notices {
  const notices = new Map<string, FormNotice>();
  const add = (code: string, message: string, advice: string) => notices.set(code, { code, message, advice });
  if (Object.entries(definition.settings).some(([key, value]) => /captcha/i.test(key) && isOn(value)))
    add(
      'captcha_left_out',
      'This form has a captcha in Typeform; WhatsApp shows none and needs none.',
      'Nothing needs to be done.',
    );
  // Visitors choose a language that Typeform translates into; the shape of those translations is not published.
  if (definition.settings['auto_translate'] === true) add('typeform_languages_not_read', '', '');
  return {
    recallLost: () =>
      add(
        'recall_lost',
        'A text of this form shows an answer or a value that is not known on WhatsApp; "…" stands in its place.',
        'Change the text in Typeform, or check how it reads.',
      ),
    logicLost: () =>
      add(
        'logic_lost',
        'Some of the logic of this form follows something that we cannot read, and is left out.',
        'Check the order of the questions, and set the logic again in Typeform.',
      ),
    earlyJump: () =>
      add(
        'jump_before_start',
        'This form skips questions at the start because of a hidden field; on WhatsApp everyone starts with the first question.',
        'Let the first question decide, or make a form of its own for each case.',
      ),
    list: () => [...notices.values()],
  };
}

function isOn(value: unknown): boolean {
  return value === true || (typeof value === 'object' && value !== null && Reflect.get(value, 'enabled') === true);
}
