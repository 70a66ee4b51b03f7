import type { Form, FormNotice, Item } from '@flowella/shared/form/form.ts';
import { z } from 'zod';
import { isSameLanguage, notTranslated } from '../in-language.ts';
import { isPlainOtherText, toForm } from './to-form.ts';

/**
 * One language as the API answers for `/surveys/{id}/languages/{code}` (form-tools.md section 4.2). What `context` may say is not
 * documented, so a text is found by the thing it belongs to and by what it says.
 */
const language = z.object({
  enabled: z.boolean().nullish().catch(null),
  translations: z.array(
    z
      .object({
        default: z.string(),
        translation: z.string().nullish().catch(null),
        resource_id: z.coerce.string().nullish().catch(null),
      })
      .nullable()
      .catch(null),
  ),
});
type Language = z.infer<typeof language>;

/** The languages lie beside the survey, each under its code. */
const withLanguages = z.looseObject({ languages: z.record(z.string(), z.unknown()).catch({}) });

/**
 * The survey in another language, taken from the translations that lie beside the definition in `languages`. Texts without a
 * translation stay as they are, and the report names them. Throws `not_a_form` as `toForm` does. Pure.
 */
export function inLanguage(raw: unknown, asked: string): Form {
  const original = toForm(raw);
  if (isSameLanguage(original.language, asked)) return original;
  const found = languageOf(raw, asked);
  if (found === null) return notTranslated(original, asked, 'translation_missing');
  if (found.language.enabled === false) return notTranslated(original, asked, 'translation_off');
  const { value, missing } = new Translator(found.language).survey(raw);
  const form = toForm(value);
  const notices: FormNotice[] = [{ code: 'translation_shown', message: '', advice: '' }];
  if (missing.texts || !hasAll(form, missing.questions))
    notices.push({ code: 'texts_not_translated', message: '', advice: '' });
  return {
    ...form,
    // The same survey, whichever language is read.
    revision: original.revision,
    name: original.name,
    language: found.code,
    translation: { asked, original: original.language },
    pages: form.pages.map((page) => ({ ...page, items: page.items.map((item) => remarked(item, missing.questions)) })),
    notices: [...form.notices, ...notices],
  };
}

function languageOf(raw: unknown, asked: string): { code: string; language: Language } | null {
  const parsed = withLanguages.safeParse(raw);
  if (!parsed.success) return null;
  const codes = Object.keys(parsed.data.languages).filter((code) => isSameLanguage(code, asked));
  const code = codes.find((one) => one.toLowerCase() === asked.toLowerCase()) ?? codes[0];
  if (code === undefined) return null;
  const read = language.safeParse(parsed.data.languages[code]);
  return read.success ? { code, language: read.data } : null;
}

/** Which question of the survey an item came from, as its origin says. */
const originSchema = z.object({ question: z.string() });

function questionOf(item: Item): string | null {
  if (item.kind === 'statement') return null;
  return originSchema.safeParse(item.origin).data?.question ?? null;
}

function remarked(item: Item, missing: ReadonlySet<string>): Item {
  const question = questionOf(item);
  if (item.kind === 'statement' || question === null || !missing.has(question)) return item;
  return { ...item, remarks: ['not_translated', ...(item.remarks ?? [])] };
}

/** True where each of these questions has a line of its own to say it on: what is only a text has none. */
function hasAll(form: Form, questions: ReadonlySet<string>): boolean {
  const asked = new Set(form.pages.flatMap((page) => page.items.flatMap((item) => questionOf(item) ?? [])));
  return [...questions].every((id) => asked.has(id));
}

/** Members whose strings a person reads, wherever they stand in the definition. */
const TEXTS = new Set(['title', 'description', 'heading', 'text', 'left_label', 'right_label', 'middle_label']);
/** Sentences of the web page that a flow does not show: nobody misses their translation. */
const UNSEEN = new Set(['required', 'validation', 'quiz_options']);
type Place = { resource: string; question: string | null; isSeen: boolean };

class Translator {
  readonly missing = { texts: false, questions: new Set<string>() };
  readonly #byPlace = new Map<string, string>();
  /** Of texts that are translated in one way only. */
  readonly #byText = new Map<string, string | null>();

  constructor({ translations }: Language) {
    for (const one of translations) {
      const text = one?.translation?.trim();
      if (!one || !text) continue;
      const said = plain(one.default);
      if (one.resource_id) this.#byPlace.set(`${one.resource_id}\n${said}`, text);
      const known = this.#byText.get(said);
      this.#byText.set(said, known === undefined || known === text ? text : null);
    }
  }

  survey(raw: unknown): { value: unknown; missing: Translator['missing'] } {
    const value = this.#visit(raw, { resource: '', question: null, isSeen: true });
    return { value, missing: this.missing };
  }

  #visit(value: unknown, place: Place): unknown {
    if (Array.isArray(value)) return value.map((member) => this.#visit(member, place));
    if (typeof value !== 'object' || value === null) return value;
    const id: unknown = Reflect.get(value, 'id');
    const resource = typeof id === 'string' || typeof id === 'number' ? String(id) : place.resource;
    const isQuestion = 'headings' in value;
    const here: Place = { ...place, resource, question: isQuestion ? resource : place.question };
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.#member(key, member, here)] as const),
    );
  }

  #member(key: string, member: unknown, place: Place): unknown {
    if (key === 'languages' || key === 'custom_variables') return member;
    if (key === 'buttons_text') return this.#buttons(member, place);
    if (typeof member === 'string') return TEXTS.has(key) ? this.#text(member, place) : member;
    return this.#visit(member, { ...place, isSeen: place.isSeen && !UNSEEN.has(key) });
  }

  #buttons(value: unknown, place: Place): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, text]: [string, unknown]) => {
        // The others stand on no screen of ours.
        const isSeen = key === 'done_button';
        return [key, typeof text === 'string' ? this.#text(text, { ...place, isSeen }) : text];
      }),
    );
  }

  #text(text: string, place: Place): string {
    const said = plain(text);
    const found = this.#byPlace.get(`${place.resource}\n${said}`) ?? this.#byText.get(said) ?? null;
    if (found !== null) return found;
    // Numbers and signs are the same in every language, and a plain "Other" is said in our own words.
    if (!place.isSeen || !/\p{L}/u.test(said) || isPlainOtherText(said)) return text;
    if (place.question === null) this.missing.texts = true;
    else this.missing.questions.add(place.question);
    return text;
  }
}

/** What a text says, without its markup: the API gives it with or without. */
function plain(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;|&#160;|\u00a0/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
