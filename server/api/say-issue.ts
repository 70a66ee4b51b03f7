import type { z } from 'zod';
import type { Language, Texts } from '../hubspot/language.ts';

type Issue = z.core.$ZodIssue;

/** Which part of a request was refused, in the words of Fastify. */
export type RequestPart = 'body' | 'params' | 'querystring' | 'headers';

const NAMED_LENGTH = 100;

const TYPES: Record<string, Texts> = {
  string: { en: 'text', de: 'Text' },
  number: { en: 'a number', de: 'eine Zahl' },
  int: { en: 'a whole number', de: 'eine ganze Zahl' },
  boolean: { en: 'true or false', de: 'true oder false' },
  array: { en: 'a list', de: 'eine Liste' },
  tuple: { en: 'a list', de: 'eine Liste' },
  object: { en: 'a JSON object', de: 'ein JSON-Objekt' },
  record: { en: 'a JSON object', de: 'ein JSON-Objekt' },
  null: { en: 'null', de: 'null' },
  date: { en: 'a time', de: 'ein Zeitpunkt' },
};

const FORMATS: Record<string, Texts> = {
  email: { en: 'an e-mail address', de: 'eine E-Mail-Adresse' },
  url: { en: 'an address such as https://example.com', de: 'eine Adresse wie https://example.com' },
  uuid: { en: 'a UUID', de: 'eine UUID' },
  date: { en: 'a day such as 2026-11-23', de: 'ein Tag wie 2026-11-23' },
  datetime: { en: 'a time such as 2026-11-23T10:00:00Z', de: 'ein Zeitpunkt wie 2026-11-23T10:00:00Z' },
};

/** Of every pattern in the schemas of our routes, by its source; ids apart. A test holds that none is missing. */
const PATTERNS: Record<string, Texts> = {
  '^[A-Za-z0-9_-]{16,64}$': {
    en: '16 to 64 letters, digits, hyphens or underscores',
    de: '16 bis 64 Buchstaben, Ziffern, Binde- oder Unterstriche',
  },
  '^\\d{1,18}$': { en: 'a number of at most 18 digits', de: 'eine Zahl mit höchstens 18 Ziffern' },
  '^\\d{1,20}$': { en: 'a number of at most 20 digits', de: 'eine Zahl mit höchstens 20 Ziffern' },
  '^\\d{5,20}$': { en: 'a number of 5 to 20 digits', de: 'eine Zahl mit 5 bis 20 Ziffern' },
  '^[\\p{L}\\p{N}._~-]+(\\/[\\p{L}\\p{N}._~-]+)*$': {
    en: 'the last part of a meeting link, such as ana/first-call',
    de: 'der letzte Teil eines Meeting-Links, etwa ana/erstgespraech',
  },
  '^[a-z][a-z0-9_]*$': {
    en: 'the name of a HubSpot property: small letters, digits and underscores, a letter first',
    de: 'der Name einer HubSpot-Eigenschaft: Kleinbuchstaben, Ziffern und Unterstriche, zuerst ein Buchstabe',
  },
  '^[a-z0-9_]{1,512}$': {
    en: 'the name of a template: small letters, digits and underscores',
    de: 'der Name einer Vorlage: Kleinbuchstaben, Ziffern und Unterstriche',
  },
  '^[a-z]{2,3}(_[A-Z]{2})?$': {
    en: 'the language of a template, such as de or pt_BR',
    de: 'die Sprache einer Vorlage, etwa de oder pt_BR',
  },
};

/** What a `refine` of a schema expects, by the name in its `params.expected`. */
const REFINEMENTS: Record<string, Texts> = {
  'time-zone': { en: 'a time zone such as Europe/Berlin', de: 'eine Zeitzone wie Europe/Berlin' },
};

/**
 * One sentence about what a schema found wrong in a request: which field, and what is expected of it. The issue comes with its
 * input (`reportInput`): what is not there has none. The input itself is never repeated.
 */
export function sayIssue(issue: Issue, part: RequestPart, language: Language): string {
  const inner = issuesOfMeantBranch(issue);
  if (inner) return inner.map((one) => sayIssue(one, part, language)).join(' ');
  const isBody = part === 'body' && issue.path.length === 0;
  const isMissing = ['invalid_type', 'invalid_value'].includes(issue.code) && issue.input === undefined;
  const subject = subjectOf(issue, part, language);
  const needs = requirementOf(issue, language);
  if (!isMissing) return `${subject} ${needs}.`;
  return language === 'de'
    ? `${subject} fehlt; ${isBody ? 'er' : 'es'} ${needs}.`
    : `${subject} is missing; it ${needs}.`;
}

/** Where only one member of a union can have been meant, what is wrong in it. */
function issuesOfMeantBranch(issue: Issue): Issue[] | null {
  if (issue.code !== 'invalid_union') return null;
  const meant = issue.errors.filter((branch) => branch.every(({ path }) => path.length > 0));
  const [only] = meant;
  return only && meant.length === 1 ? only.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) : null;
}

function subjectOf({ path }: Issue, part: RequestPart, language: Language): string {
  const name = quoted(path.map(String).join('.'), language);
  if (path.length === 0) return language === 'de' ? 'Der Body der Anfrage' : 'The body of the request';
  if (part === 'body') return name;
  return language === 'de' ? `${name} in der Adresse` : `${name} in the address`;
}

function quoted(text: string, language: Language): string {
  const cut = text.length > NAMED_LENGTH ? `${text.slice(0, NAMED_LENGTH)}…` : text;
  return language === 'de' ? `„${cut}“` : `“${cut}”`;
}

function requirementOf(issue: Issue, language: Language): string {
  switch (issue.code) {
    case 'invalid_type':
      return mustBe(TYPES[issue.expected]?.[language] ?? issue.expected, language);
    case 'invalid_value':
      return mustBe(oneOf(issue.values, language), language);
    case 'invalid_format':
      return formatNeeds(issue, language);
    case 'too_small':
      return leastNeeds(issue, language);
    case 'too_big':
      return mostNeeds(issue, language);
    case 'not_multiple_of':
      return mustBe(
        language === 'de' ? `ein Vielfaches von ${issue.divisor}` : `a multiple of ${issue.divisor}`,
        language,
      );
    case 'unrecognized_keys': {
      const keys = listed(
        issue.keys.slice(0, 5).map((key) => quoted(key, language)),
        'conjunction',
        language,
      );
      return language === 'de' ? `kennt diese Felder nicht: ${keys}` : `does not know these fields: ${keys}`;
    }
    case 'invalid_union':
      return unionNeeds(issue, language);
    case 'invalid_key':
      return language === 'de' ? 'ist kein hier erlaubter Name' : 'is not a name that is allowed here';
    case 'invalid_element':
      return language === 'de'
        ? 'hat einen Eintrag, der hier nicht erlaubt ist'
        : 'has an entry that is not allowed here';
    case 'custom':
      return customNeeds(issue, language);
  }
}

function mustBe(what: string, language: Language): string {
  return language === 'de' ? `muss ${what} sein` : `must be ${what}`;
}

function oneOf(values: readonly unknown[], language: Language): string {
  const shown = values.map((value) => (typeof value === 'string' ? quoted(value, language) : String(value)));
  return listed(shown, 'disjunction', language);
}

function listed(shown: string[], type: 'conjunction' | 'disjunction', language: Language): string {
  return new Intl.ListFormat(language, { type }).format(shown);
}

function formatNeeds(issue: Extract<Issue, { code: 'invalid_format' }>, language: Language): string {
  const { format, pattern = '' } = issue;
  const fixed = ['prefix', 'suffix', 'includes'].flatMap((key) => {
    const value: unknown = Reflect.get(issue, key);
    return typeof value === 'string' ? [quoted(value, language)] : [];
  })[0];
  if (fixed !== undefined) return language === 'de' ? `muss ${fixed} enthalten` : `must contain ${fixed}`;
  const source = /^\/(.*)\/[a-z]*$/s.exec(pattern)?.[1] ?? pattern;
  const words =
    format === 'regex' ? (idWords(source, language) ?? PATTERNS[source]?.[language]) : FORMATS[format]?.[language];
  if (words) return mustBe(words, language);
  const shape = format === 'regex' ? source : format;
  return language === 'de' ? `muss die Form ${shape} haben` : `must have the form ${shape}`;
}

/** Our own ids: three letters that say of what, and twenty that say which. */
function idWords(source: string, language: Language): string | null {
  const prefix = /^\^([a-z]{3}_)\[0-9a-z\]\{20\}\$$/.exec(source)?.[1];
  if (!prefix) return null;
  return language === 'de'
    ? `eine Kennung: ${prefix} und 20 Kleinbuchstaben oder Ziffern`
    : `an id: ${prefix} and 20 small letters or digits`;
}

const COUNTED: Record<string, { one: Texts; many: Texts }> = {
  string: { one: { en: 'character', de: 'Zeichen' }, many: { en: 'characters', de: 'Zeichen' } },
  file: { one: { en: 'byte', de: 'Byte' }, many: { en: 'bytes', de: 'Byte' } },
  entries: { one: { en: 'entry', de: 'Eintrag' }, many: { en: 'entries', de: 'Einträge' } },
};

/** "3 characters", or null of what has a size of its own, such as a number. */
function counted(origin: string, count: number | bigint, language: Language): string | null {
  const words = COUNTED[['array', 'set', 'map'].includes(origin) ? 'entries' : origin];
  return words ? `${count} ${words[Number(count) === 1 ? 'one' : 'many'][language]}` : null;
}

function leastNeeds(issue: Extract<Issue, { code: 'too_small' }>, language: Language): string {
  const { origin, minimum, exact = false, inclusive = true } = issue;
  const size = counted(origin, minimum, language);
  if (size && !exact && Number(minimum) === 1) return language === 'de' ? 'darf nicht leer sein' : 'must not be empty';
  if (size)
    return language === 'de'
      ? `muss ${exact ? 'genau' : 'mindestens'} ${size} haben`
      : `must have ${exact ? 'exactly' : 'at least'} ${size}`;
  const value = sized(origin, minimum);
  return language === 'de'
    ? `muss ${inclusive ? 'mindestens' : 'mehr als'} ${value} sein`
    : `must be ${inclusive ? 'at least' : 'more than'} ${value}`;
}

function mostNeeds(issue: Extract<Issue, { code: 'too_big' }>, language: Language): string {
  const { origin, maximum, exact = false, inclusive = true } = issue;
  const size = counted(origin, maximum, language);
  if (size && exact) return language === 'de' ? `muss genau ${size} haben` : `must have exactly ${size}`;
  if (size) return language === 'de' ? `darf höchstens ${size} haben` : `must have at most ${size}`;
  const value = sized(origin, maximum);
  return language === 'de'
    ? `${inclusive ? 'darf höchstens' : 'muss weniger als'} ${value} sein`
    : `must be ${inclusive ? 'at most' : 'less than'} ${value}`;
}

function sized(origin: string, value: number | bigint): string {
  return origin === 'date' ? new Date(Number(value)).toISOString() : String(value);
}

function unionNeeds(issue: Extract<Issue, { code: 'invalid_union' }>, language: Language): string {
  if ('options' in issue && issue.options?.length) return mustBe(oneOf(issue.options, language), language);
  const types = issue.errors.flatMap((branch) =>
    branch.flatMap((one) => (one.code === 'invalid_type' ? [TYPES[one.expected]?.[language] ?? one.expected] : [])),
  );
  if (types.length > 0 && types.length === issue.errors.length)
    return mustBe(listed([...new Set(types)], 'disjunction', language), language);
  return language === 'de' ? 'hat keine der hier erlaubten Formen' : 'has none of the forms that are allowed here';
}

function customNeeds({ params }: Extract<Issue, { code: 'custom' }>, language: Language): string {
  const expected: unknown = params?.expected;
  const words = typeof expected === 'string' ? REFINEMENTS[expected]?.[language] : undefined;
  if (words) return mustBe(words, language);
  return language === 'de' ? 'ist so nicht erlaubt' : 'is not allowed as it is';
}
