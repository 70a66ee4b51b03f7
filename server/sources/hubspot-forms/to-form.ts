import type {
  Condition,
  Form,
  FormNotice,
  HiddenField,
  Item,
  Question,
  Statement,
} from '@flowella/shared/form/form.ts';
import { canonicalHash } from './canonical-hash.ts';
import { readDefinition, type Definition, type Field } from './definition.ts';
import { htmlToText } from './html-to-text.ts';
import { embedsInHtml, picturesInHtml } from './media-in-html.ts';
import { toCondition } from './to-condition.ts';
import { toConsent } from './to-consent.ts';
import { fieldId, hiddenValueOf, toQuestion } from './to-question.ts';

/**
 * A HubSpot form definition (Forms API v3 or 2026-09-beta) in our own model. Throws `not_a_form` on input that is none and
 * never on a strange one: what is not known becomes a question that cannot be asked, with its raw type named.
 */
export function toForm(raw: unknown): Form {
  const definition = readDefinition(raw);
  const reader = new FieldReader();
  let rows = 0;
  definition.fieldGroups.forEach((group, index) => {
    reader.items.push(...toStatements(group.richText, index));
    const shown = group.fields.filter((field) => !field.hidden);
    // Counted by rows of fields: a group without any, which the editor leaves behind, changes nothing that is asked.
    const groupId = shown.length > 1 ? `group-${(rows += 1)}` : undefined;
    for (const field of group.fields) reader.read(field, undefined, groupId);
  });
  const action = definition.configuration?.postSubmitAction;
  const submitLabel = htmlToText(definition.displayOptions?.submitButtonText ?? '').text;
  return {
    source: 'hubspot-forms',
    sourceFormId: definition.id,
    name: definition.name || definition.id,
    language: definition.configuration?.language ?? '',
    revision: canonicalHash(raw, ['updatedAt', 'archivedAt']),
    ...(action ? { thankYou: toThankYou(action) } : {}),
    ...(submitLabel ? { submitLabel } : {}),
    pages: [{ id: 'page-1', items: reader.items }],
    hidden: reader.hiddenFields(),
    consent: toConsent(definition.legalConsentOptions),
    notices: noticesOf(definition),
  };
}

/** Collects questions and hidden fields in the order of the form; a field that stands in several places is one question. */
class FieldReader {
  readonly items: Item[] = [];
  readonly #hidden = new Map<string, HiddenField>();
  readonly #questions = new Map<string, Question>();

  /** A property that is asked somewhere in the form has its value from there, and is not sent a second time. */
  hiddenFields(): HiddenField[] {
    return [...this.#hidden.values()].filter(({ id }) => !this.#questions.has(id));
  }

  read(field: Field, visibleWhen: Condition | undefined, group: string | undefined, isUnreadable = false): void {
    const question = toQuestion(field, visibleWhen, group);
    if (field.hidden) this.#hide(field, question, visibleWhen);
    else this.#ask(isUnreadable ? askedOfAll(question) : question);
    for (const { dependentCondition, dependentField } of field.dependentFields) {
      const own = toCondition(question, dependentCondition);
      this.read(dependentField, own ? allOf([visibleWhen, own]) : visibleWhen, group, own === null);
    }
  }

  #ask(question: Question): void {
    const earlier = this.#questions.get(question.id);
    if (!earlier) {
      this.#questions.set(question.id, question);
      this.items.push(question);
      return;
    }
    earlier.required ||= question.required;
    if (earlier.label !== question.label)
      earlier.remarks = [...new Set([...(earlier.remarks ?? []), 'asked_once', ...(question.remarks ?? [])])];
    if (!earlier.visibleWhen || !question.visibleWhen) delete earlier.visibleWhen;
    else earlier.visibleWhen = { op: 'or', conditions: [earlier.visibleWhen, question.visibleWhen] };
  }

  #hide(field: Field, question: Question, visibleWhen: Condition | undefined): void {
    if (this.#hidden.has(question.id)) return;
    this.#hidden.set(question.id, {
      id: fieldId(field),
      label: question.label,
      value: hiddenValueOf(field),
      ...(field.required ? { required: true } : {}),
      origin: { ...question.origin, ...(visibleWhen ? { visibleWhen } : {}) },
    });
  }
}

/** A condition that we cannot read: nobody misses the question, and nobody is held up by it. */
function askedOfAll(question: Question): Question {
  const relaxed = { ...question, required: false, remarks: ['condition_not_known', ...(question.remarks ?? [])] };
  return relaxed.kind === 'checkbox' ? { ...relaxed, mustAccept: false } : relaxed;
}

function allOf(conditions: (Condition | undefined)[]): Condition | undefined {
  const present = conditions.flatMap((condition) =>
    condition === undefined ? [] : condition.op === 'and' ? condition.conditions : [condition],
  );
  return present.length > 1 ? { op: 'and', conditions: present } : present[0];
}

/** The text of a group with its first picture and a link to its first film, and further ones below it. */
function toStatements(richText: string | undefined, index: number): Statement[] {
  const { title, text } = htmlToText(richText ?? '');
  const [first, ...others] = picturesInHtml(richText ?? '').images;
  const [linkUrl, ...links] = embedsInHtml(richText ?? '');
  if (text === '' && !first && linkUrl === undefined) return [];
  const body = title ? text.slice(text.indexOf(title) + title.length).trim() : text;
  const id = `statement-${index + 1}`;
  return [
    {
      kind: 'statement',
      id,
      ...(title ? { title } : {}),
      ...(body ? { text: body } : {}),
      ...(first ? { image: first } : {}),
      ...(linkUrl === undefined ? {} : { linkUrl }),
    },
    ...others.map((image, n): Statement => ({ kind: 'statement', id: `${id}/picture-${n + 2}`, image })),
    ...links.map((url, n): Statement => ({ kind: 'statement', id: `${id}/link-${n + 2}`, linkUrl: url })),
  ];
}

function toThankYou(action: { type?: string; value?: string }): Form['thankYou'] {
  if (action.type === 'redirect_url') return action.value ? { redirectUrl: action.value } : {};
  const text = htmlToText(action.value ?? '').text;
  return text ? { text } : {};
}

function noticesOf(definition: Definition): FormNotice[] {
  const notices: FormNotice[] = [];
  const groups = definition.fieldGroups;
  if (definition.configuration?.embedType === 'V4')
    notices.push({
      code: 'new_editor_form',
      message:
        "This form was made in HubSpot's new form editor; its steps and some of its logic are not given to apps.",
      advice: 'Compare the screens with your form before you publish.',
    });
  if (groups.some((group) => group.groupType === 'progressive' || group.groupType === 'queued'))
    notices.push({
      code: 'progressive_fields',
      message:
        'HubSpot shows some questions of this form only when others are already known; on WhatsApp all are asked.',
      advice: 'Leave out the questions that you do not need.',
    });
  if (groups.some(hasUnusablePicture)) notices.push({ code: 'image_left_out', message: '', advice: '' });
  const consent = definition.legalConsentOptions?.type ?? 'none';
  if (consent !== 'none' && !toConsent(definition.legalConsentOptions))
    notices.push({
      code: 'consent_not_known',
      message: 'Consent of this kind is not known to us, so nobody is asked for it on WhatsApp.',
      advice: 'Ask for the consent with a tick box in the form, or choose another kind of consent in HubSpot.',
    });
  return notices;
}

/** A picture without an address that can be fetched, or one more than a text may have. */
function hasUnusablePicture({ richTextType, richText }: Definition['fieldGroups'][number]): boolean {
  const { images, unusable } = picturesInHtml(richText ?? '');
  return unusable > 0 || (richTextType === 'image' && images.length === 0);
}
