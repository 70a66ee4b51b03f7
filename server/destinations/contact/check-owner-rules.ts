import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { questionsOf } from '@flowella/shared/form/evaluate-condition.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Language } from '../../hubspot/language.ts';
import type { Owner } from '../../hubspot/owners.ts';
import { answeredQuestions } from '../answered-questions.ts';
import { textOf, type TextCode, type TextValues } from '../texts.ts';
import type { MappingProblem } from './check-contact-mapping.ts';
import { ownersIn } from './choose-owner.ts';

/** Every rule that cannot work: an owner who is archived or gone, a question the form does not have. Pure. */
export function checkOwnerRules(
  form: Form,
  mapping: Mapping,
  owners: ReadonlyMap<string, Owner>,
  language: Language,
): MappingProblem[] {
  const { owner } = mapping;
  if (!owner?.enabled) return [];
  const say = (code: TextCode, values: TextValues = {}): MappingProblem => ({
    code,
    message: textOf(code, language, values),
  });
  if (owner.rules.length === 0) return [say('owner_without_rules')];
  const questions = answeredQuestions(form);
  return owner.rules.flatMap(({ when, choose }, index): MappingProblem[] => {
    const rule = String(index + 1);
    const missing = when ? questionsOf(when).filter((id) => !questions.has(id)) : [];
    const unusable = ownersIn(choose).filter((id) => owners.get(id)?.archived !== false);
    return [
      ...missing.map((id) => ({ ...say('owner_rule_question', { rule, question: id }), question: id })),
      ...unusable.map((id) => say('owner_archived', { rule, owner: owners.get(id)?.name ?? id })),
    ];
  });
}
