import { STRANGE_TEXTS } from './mutate.ts';

/**
 * Definitions in each tool's real shape with something in them that no flow can hold: labels of a book's length, thousands of
 * choices, fields or boxes, pictures and films without end, jumps across everything, strange characters. Made by `pick`.
 */
type Pick = ((count: number) => number) & { room: { characters: number } };
type Json = Record<string, unknown>;

export type Huge = (pick: (count: number) => number) => unknown;

/**
 * Most cases stay below what the tools themselves let pass, so that there is time for thousands of them; now and then one has
 * no bound and becomes tens of megabytes. What is found with the long texts and lists of the one is found with the other.
 */
const BOUNDS = [Infinity, ...times(50, () => 100_000), ...times(950, () => 15_000)];

function bounded(make: (pick: Pick) => unknown): Huge {
  return (pick) => {
    const characters = one(pick, BOUNDS);
    return make(Object.assign((count: number) => pick(count), { room: { characters } }));
  };
}

function spend(pick: Pick, text: string): string {
  pick.room.characters -= text.length + 40;
  return text;
}

const LENGTHS = [0, 1, 29, 31, 81, 300, 4_096, 5_000, 17_000, 60_000];
const COUNTS = [0, 1, 2, 2, 3, 3, 5, 5, 7, 20, 21, 49, 201, 410];
const MEMBERS = [1, 2, 3, 8, 30, 110, 350];
const SEEDS = [
  'x',
  'words and more ',
  'نص ',
  '字',
  '👨‍👩‍👧‍👦',
  '\u0301',
  'a\n',
  '${data.x} ',
  '`',
  "' ",
  '<b>b</b> ',
  '{{field:q0}} ',
  '_*a ',
];

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function one<T>(pick: (count: number) => number, list: readonly T[]): T {
  return list[pick(list.length)] as T; // never empty
}

/** Mostly short, now and then strange or far too long. */
function text(pick: Pick): string {
  const kind = pick.room.characters > 0 ? pick(10) : 0;
  if (kind < 6) return spend(pick, `Text ${pick(1_000)}`);
  if (kind === 6) return spend(pick, one(pick, STRANGE_TEXTS));
  const seed = one(pick, SEEDS);
  return spend(pick, seed.repeat(Math.ceil(one(pick, LENGTHS) / seed.length)));
}

/** Long lists have short members, so that a definition stays below a few megabytes. */
function listOf<T>(pick: Pick, counts: readonly number[], make: (index: number, say: () => string) => T): T[] {
  const count = pick.room.characters > 0 ? one(pick, counts) : Math.min(3, one(pick, counts));
  const say = count > 50 ? () => spend(pick, `Member ${pick(50)} ${'long '.repeat(pick(30))}`) : () => text(pick);
  return times(count, (index) => make(index, say));
}

const HUBSPOT_TYPES =
  'email phone mobile_phone single_line_text multi_line_text number single_checkbox multiple_checkboxes dropdown radio datepicker file payment_link_radio made_up'.split(
    ' ',
  );

const hubspot = (pick: Pick): unknown => {
  const field = (name: string, say: () => string, depth: number): Json => ({
    objectTypeId: '0-1',
    name,
    label: say(),
    description: say(),
    placeholder: say(),
    required: pick(2) === 0,
    hidden: pick(12) === 0,
    fieldType: one(pick, HUBSPOT_TYPES),
    options: listOf(pick, depth === 0 ? COUNTS : [3], (index, words) => ({
      label: words(),
      value: `v${index}`,
      description: words(),
    })),
    dependentFields:
      depth >= 4 || pick(6) > 0
        ? []
        : times(1 + pick(3), (index) => ({
            dependentCondition: {
              operator: one(pick, ['eq', 'neq', 'set_any', 'contains', 'is_not_empty']),
              value: 'v1',
              values: ['v1', 'v2'],
            },
            dependentField: field(`${name}_${index}`, say, depth + 1),
          })),
  });
  const consent = one(pick, [
    'none',
    'explicit_consent_to_process',
    'implicit_consent_to_process',
    'legitimate_interest',
  ]);
  return {
    id: 'f',
    name: text(pick),
    formType: 'hubspot',
    displayOptions: { submitButtonText: text(pick) },
    configuration: {
      language: one(pick, ['en', 'ar', 'de', '']),
      postSubmitAction: { type: 'thank_you', value: text(pick) },
    },
    fieldGroups: listOf(pick, MEMBERS, (index, say) => ({
      groupType: 'default_group',
      richText: pick(4) === 0 ? `<h2>${say()}</h2><p>${say()}</p><img src="https://example.com/${index}.png">` : '',
      fields: pick(9) === 0 ? [] : [field(`f${index}`, say, 0)],
    })),
    legalConsentOptions: {
      type: consent,
      communicationConsentText: text(pick),
      communicationsCheckboxes: listOf(pick, COUNTS, (index, say) => ({
        label: say(),
        required: pick(2) === 0,
        subscriptionTypeId: index,
      })),
      consentToProcessText: text(pick),
      consentToProcessCheckboxLabel: text(pick),
      consentToProcessFooterText: text(pick),
      privacyText: text(pick),
    },
  };
};

const google = (pick: Pick): unknown => {
  const options = (words: readonly number[] = COUNTS) =>
    listOf(pick, words, (index, say) => ({
      value: say(),
      ...(pick(5) === 0 ? { goToSectionId: `s${pick(40)}` } : {}),
      ...(pick(9) === 0 ? { goToAction: one(pick, ['NEXT_SECTION', 'RESTART_FORM', 'SUBMIT_FORM']) } : {}),
      ...(pick(30) === 0 ? { isOther: true } : {}),
      ...(index < 3 ? { image: { contentUri: 'https://example.com/o.png' } } : {}),
    }));
  const kind = (): Json =>
    one<() => Json>(pick, [
      () => ({ textQuestion: { paragraph: pick(2) === 0 } }),
      () => ({ choiceQuestion: { type: one(pick, ['RADIO', 'CHECKBOX', 'DROP_DOWN']), options: options() } }),
      () => ({ scaleQuestion: { low: pick(2), high: 2 + pick(9), lowLabel: text(pick), highLabel: text(pick) } }),
      () => ({ ratingQuestion: { ratingScaleLevel: 3 + pick(8) } }),
      () => ({ dateQuestion: { includeTime: pick(2) === 0, includeYear: pick(2) === 0 } }),
      () => ({ timeQuestion: { duration: pick(2) === 0 } }),
      () => ({ fileUploadQuestion: { maxFiles: 1 + pick(10) } }),
    ])();
  const content = (index: number): Json =>
    one<() => Json>(pick, [
      () => ({
        questionItem: {
          question: { questionId: `q${index}`, required: pick(2) === 0, ...kind() },
          image: { contentUri: 'https://example.com/q.png' },
        },
      }),
      () => ({ questionItem: { question: { questionId: `q${index}`, required: pick(2) === 0, ...kind() } } }),
      () => ({ pageBreakItem: {} }),
      () => ({ videoItem: { video: { youtubeUri: 'https://www.youtube.com/watch?v=x' }, caption: text(pick) } }),
      () => ({ imageItem: { image: { contentUri: 'https://example.com/i.png', altText: text(pick) } } }),
      () => ({
        questionGroupItem: {
          questions: listOf(pick, MEMBERS, (row, say) => ({
            questionId: `r${index}x${row}`,
            rowQuestion: { title: say() },
          })),
          grid: { columns: { type: one(pick, ['RADIO', 'CHECKBOX']), options: options([2, 5, 25]) } },
        },
      }),
    ])();
  const items = listOf(pick, MEMBERS, (index, say) => ({
    itemId: `s${index}`,
    title: say(),
    description: say(),
    ...content(index),
  }));
  return {
    formId: 'g',
    info: { title: text(pick), description: text(pick) },
    settings: { quizSettings: { isQuiz: true }, emailCollectionType: 'RESPONDER_INPUT' },
    items,
  };
};

const TYPEFORM_TYPES =
  'short_text long_text number email website phone_number date multiple_choice picture_choice dropdown yes_no legal rating opinion_scale nps ranking file_upload statement payment calendly matrix group contact_info address made_up'.split(
    ' ',
  );

const typeform = (pick: Pick): unknown => {
  const attachment = () =>
    pick(3) === 0 ? { attachment: { type: one(pick, ['image', 'video']), href: 'https://example.com/a.png' } } : {};
  const field = (id: string, say: () => string, depth: number): Json => {
    const type = one(pick, TYPEFORM_TYPES);
    const isGroup = ['matrix', 'group', 'contact_info', 'address'].includes(type) && depth < 5;
    return {
      id,
      ref: id,
      type,
      title: say(),
      validations: {
        required: pick(2) === 0,
        max_length: pick(2) === 0 ? pick(100_000) : undefined,
        min_selection: pick(4),
        max_selection: pick(9),
      },
      ...attachment(),
      properties: {
        description: say(),
        steps: 3 + pick(9),
        allow_other_choice: pick(3) === 0,
        allow_multiple_selection: pick(2) === 0,
        labels: { left: say(), right: say() },
        choices: listOf(pick, depth === 0 ? COUNTS : [2, 4], (index, words) => ({
          id: `${id}c${index}`,
          ref: `${id}c${index}`,
          label: words(),
          ...attachment(),
        })),
        fields: isGroup
          ? listOf(pick, depth === 0 ? MEMBERS : [2], (index, words) => ({
              ...field(`${id}_${index}`, words, depth + 1),
              ...(type === 'matrix' ? { type: 'multiple_choice' } : {}),
            }))
          : [],
      },
    };
  };
  const fields = listOf(pick, MEMBERS, (index, say) => field(`q${index}`, say, 0));
  const condition = (index: number): Json =>
    one<Json>(pick, [
      { op: 'always', vars: [] },
      {
        op: 'is',
        vars: [
          { type: 'field', value: `q${index}` },
          { type: 'choice', value: `q${index}c1` },
        ],
      },
      {
        op: 'is',
        vars: [
          { type: 'field', value: `q${index}` },
          { type: 'constant', value: true },
        ],
      },
      {
        op: 'contains',
        vars: [
          { type: 'field', value: `q${index}` },
          { type: 'constant', value: 'x' },
        ],
      },
      {
        op: 'greater_than',
        vars: [
          { type: 'variable', value: 'score' },
          { type: 'constant', value: 3 },
        ],
      },
    ]);
  const logic = fields.map((one_, index) => ({
    type: 'field',
    ref: one_.ref,
    actions: times(pick(5), () => ({
      action: one(pick, ['jump', 'jump', 'add']),
      details: {
        to: { type: one(pick, ['field', 'field', 'field', 'thankyou']), value: `q${pick(fields.length + 2)}` },
        target: { type: 'variable', value: 'score' },
        value: { type: 'constant', value: 1 },
      },
      condition: condition(index),
    })),
  }));
  return {
    id: 't',
    title: text(pick),
    fields,
    logic,
    hidden: listOf(pick, [0, 3, 500], (index) => `h${index}`),
    variables: { score: 0 },
    welcome_screens: [{ ref: 'w', title: text(pick), properties: { description: text(pick) }, ...attachment() }],
    thankyou_screens: listOf(pick, [1, 3, 40], (index, say) => ({
      ref: `q${fields.length + index}`,
      title: say(),
      properties: { description: say() },
    })),
  };
};

const FAMILIES =
  'single_choice/vertical single_choice/menu multiple_choice/vertical matrix/single matrix/rating matrix/ranking matrix/menu matrix/multi open_ended/single open_ended/essay open_ended/multi open_ended/numerical demographic/us datetime/both datetime/date_only datetime/time_only presentation/descriptive_text presentation/image click_map/single'.split(
    ' ',
  );

const surveymonkey = (pick: Pick): unknown => {
  const part = (kind: string) => (index: number, say: () => string) => ({
    id: `${kind}${index}`,
    text: say(),
    visible: true,
    type: one(pick, ['name', 'email', 'phone', 'city']),
    required: pick(2) === 0,
    choices: kind === 'k' ? times(3, (member) => ({ id: `m${index}x${member}`, text: say() })) : [],
  });
  const question = (id: string, say: () => string): Json => {
    const [family, subtype] = one(pick, FAMILIES).split('/');
    const isGrid = family === 'matrix';
    return {
      id,
      family,
      subtype,
      headings: [
        { heading: say(), description: say(), image: pick(3) === 0 ? { url: 'https://example.com/h.png' } : null },
      ],
      required:
        pick(2) === 0
          ? { type: one(pick, ['all', 'at_least', 'exactly', 'range']), amount: `${pick(5)},${pick(9)}` }
          : null,
      validation:
        pick(2) === 0
          ? {
              type: one(pick, ['text_length', 'integer', 'email', 'date_us', 'regex']),
              min: pick(5),
              max: pick(100_000),
            }
          : null,
      answers: {
        choices: listOf(pick, isGrid ? [2, 10, 25] : COUNTS, part('c')),
        rows: listOf(pick, [1, 3, 30], part('r')),
        cols: listOf(pick, [0, 2, 5], part('k')),
        other:
          pick(3) === 0 ? { id: 'o', text: say(), num_lines: 1 + pick(3), is_answer_choice: pick(2) === 0 } : undefined,
      },
    };
  };
  const pages = listOf(pick, [1, 3, 40, 150], (index, say) => ({
    id: `p${index}`,
    title: say(),
    description: say(),
    questions: times(pick(6), (position) => question(`${index}x${position}`, say)),
  }));
  return { id: 's', title: text(pick), pages, custom_variables: { a: 'b' } };
};

export const HUGE: Readonly<Record<string, Huge>> = {
  hubspot: bounded(hubspot),
  'google-forms': bounded(google),
  typeform: bounded(typeform),
  surveymonkey: bounded(surveymonkey),
};
