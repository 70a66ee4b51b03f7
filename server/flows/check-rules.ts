import type { Design } from '@flowella/shared/form/design.ts';
import { questionsById } from '@flowella/shared/form/compare-forms.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { findRuleFaults, type RuleFault } from '@flowella/shared/form/shown-when.ts';
import { AppError } from '../app-error.ts';
import type { Language, Texts } from '../hubspot/language.ts';

/** Refuses a design with a rule that cannot work, with the question and the reason: `bad_rule` (422). */
export function checkRules(design: Design, form: Form, language: Language): void {
  const questions = questionsById(form);
  for (const [shown, rule] of Object.entries(design.shownWhen ?? {})) {
    const [fault] = rule ? findRuleFaults(rule, shown, (id) => questions.get(id)) : [];
    if (!fault) continue;
    const labelOf = (id: string) => (design.labels?.[id] ?? questions.get(id)?.label ?? id).slice(0, 100);
    const texts = faultTexts(fault.code, labelOf(shown), labelOf(fault.question));
    throw new AppError('bad_rule', { status: 422, userMessage: texts[language] });
  }
}

function faultTexts(code: RuleFault['code'], shown: string, looked: string): Texts {
  switch (code) {
    case 'unknown-question':
      return {
        en: `When “${shown}” is asked depends on a question that is not in this form. Choose another one.`,
        de: `Wann „${shown}“ gefragt wird, hängt von einer Frage ab, die es in diesem Formular nicht gibt. Wählen Sie eine andere.`,
      };
    case 'looks-at-itself':
      return {
        en: `“${shown}” cannot depend on its own answer. Choose a question that comes before it.`,
        de: `„${shown}“ kann nicht von der eigenen Antwort abhängen. Wählen Sie eine Frage, die davor kommt.`,
      };
    case 'wrong-comparison':
      return {
        en: `“${looked}” is not a question of which this can be asked. Choose another condition for “${shown}”.`,
        de: `Bei „${looked}“ lässt sich das nicht fragen. Wählen Sie eine andere Bedingung für „${shown}“.`,
      };
    case 'unknown-choice':
      return {
        en: `“${looked}” does not offer an answer that “${shown}” depends on. Choose one of its answers.`,
        de: `„${looked}“ bietet eine Antwort nicht an, von der „${shown}“ abhängt. Wählen Sie eine ihrer Antworten.`,
      };
    case 'not-a-number':
      return {
        en: `“${looked}” is answered with a number, so “${shown}” needs a number to compare with, like 10 or 2.5.`,
        de: `„${looked}“ wird mit einer Zahl beantwortet; „${shown}“ braucht eine Zahl zum Vergleich, etwa 10 oder 2.5.`,
      };
    case 'not-a-date':
      return {
        en: `“${looked}” is answered with a date, so “${shown}” needs a date to compare with, like 2026-12-31.`,
        de: `„${looked}“ wird mit einem Datum beantwortet; „${shown}“ braucht ein Datum zum Vergleich, etwa 2026-12-31.`,
      };
  }
}
