/**
 * Definitions larger than anything a customer is likely to have, in the shape in which each tool's API returns them: the
 * same in every run. Texts are long and in scripts that count differently in bytes, units and letters.
 */
const WORDS = [
  'आपके अनुभव के बारे में हमें विस्तार से बताइए',
  'ما رأيك في جودة الخدمة التي حصلت عليها اليوم',
  'Насколько вы довольны обслуживанием в нашем отделении',
  '👩‍🚒👨‍👩‍👧‍👦🏳️‍🌈 wie zufrieden sind Sie',
  'あなたの意見を聞かせてください',
  'How likely is it that you would choose us again',
];

function words(number: number, length = 1): string {
  return Array.from({ length }, (_, index) => WORDS[(number + index) % WORDS.length]).join(' ');
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

type Definition = Record<string, unknown>;

/** 110 questions, most of them with 51 choices, and 85 blocks of logic with jumps forward and points. About 700 KB. */
export function largeTypeform(): Definition {
  const count = 110;
  const fields = times(count, (number) => {
    const isText = number % 10 === 9;
    const choices = times(51, (index) => ({
      id: `c${number}x${index}`,
      ref: `rc${number}x${index}`,
      label: `${index + 1}. ${words(number + index)}`,
    }));
    return {
      id: `F${number}`,
      ref: `f${number}`,
      title: `${number + 1}. ${words(number, 2)}`,
      type: isText ? 'long_text' : number % 3 === 0 ? 'dropdown' : 'multiple_choice',
      properties: isText
        ? {}
        : { choices, allow_multiple_selection: number % 3 === 1, allow_other_choice: number % 6 === 2 },
      validations: { required: number % 2 === 0 },
    };
  });
  const decisive = fields.filter((field) => field.type === 'dropdown' || field.type === 'multiple_choice').slice(0, 85);
  const logic = decisive.map((field, index) => {
    const chosen = (choice: number) => ({
      op: 'is',
      vars: [
        { type: 'field', value: field.ref },
        { type: 'choice', value: `rc${field.id.slice(1)}x${choice}` },
      ],
    });
    const target = `f${Math.min(count - 1, Number(field.id.slice(1)) + 2 + (index % 7))}`;
    return {
      type: 'field',
      ref: field.ref,
      actions: [
        { action: 'jump', details: { to: { type: 'field', value: target } }, condition: chosen(index % 51) },
        {
          action: 'add',
          details: { target: { type: 'variable', value: 'score' }, value: { type: 'constant', value: index } },
          condition: { op: 'or', vars: [chosen((index + 1) % 51), chosen((index + 2) % 51)] },
        },
      ],
    };
  });
  return { id: 'Large01', title: words(0), settings: { language: 'hi' }, fields, logic, variables: { score: 0 } };
}

/** 30 matrices of every subtype, 12 rows by 10 columns. About 300 KB. */
export function largeSurveyMonkey(): Definition {
  const subtypes = ['single', 'rating', 'multi', 'menu', 'ranking'];
  const pages = times(15, (page) => ({
    id: String(100 + page),
    title: words(page),
    questions: times(2, (position) => matrix(page * 2 + position, subtypes)),
  }));
  return { id: '900', title: words(2), language: 'ar', pages };
}

function matrix(number: number, subtypes: readonly string[]): Definition {
  const subtype = subtypes[number % subtypes.length] ?? 'single';
  const id = String(10_000 + number);
  const rows = times(12, (row) => ({
    id: `${id}1${row}`,
    visible: true,
    text: `${row + 1}. ${words(number + row, 6)}`,
  }));
  const part = (group: number) => (index: number) => ({
    id: `${id}${group}${index}`,
    visible: true,
    text: `${index + 1}. ${words(number + index, 2)}`,
    weight: index,
  });
  const cols = times(3, (index) => ({ ...part(3)(index), choices: times(8, part(40 + index)) }));
  return {
    id,
    family: 'matrix',
    subtype,
    visible: true,
    required: number % 2 === 0 ? { text: 'Required', type: 'all', amount: '0' } : null,
    headings: [{ heading: `${number + 1}. ${words(number, 4)}` }],
    answers: subtype === 'menu' ? { rows, cols } : { rows, choices: times(subtype === 'ranking' ? 12 : 10, part(2)) },
  };
}

/** 100 sections; a choice in each leads to any other, forward, back, to itself, to the end or to the start. */
export function largeGoogle(): Definition {
  const sections = times(100, (number) => {
    const to = (step: number) => `a${(number * 7 + step * 13) % 100}`;
    const options = [
      { value: words(number), goToSectionId: to(1) },
      { value: words(number + 1, 2), goToSectionId: to(5) },
      { value: '→', goToSectionId: `a${Math.min(99, number + 1 + (number % 4))}` },
      { value: '…', goToAction: 'NEXT_SECTION' },
      { value: 'Stop', goToAction: number % 5 === 0 ? 'SUBMIT_FORM' : 'NEXT_SECTION' },
      { value: 'Again', goToAction: 'RESTART_FORM' },
      { isOther: true },
    ];
    return [
      {
        itemId: `a${number}`,
        title: `${number + 1}. ${words(number)}`,
        description: words(number, 4),
        pageBreakItem: {},
      },
      {
        itemId: `b${number}`,
        title: words(number, 3),
        questionItem: {
          question: { questionId: `0b${number}`, required: true, choiceQuestion: { type: 'RADIO', options } },
        },
      },
      {
        itemId: `c${number}`,
        title: words(number + 3, 2),
        questionItem: { question: { questionId: `0c${number}`, textQuestion: { paragraph: number % 2 === 0 } } },
      },
    ];
  });
  return { formId: 'large', info: { title: words(1), documentTitle: 'Large' }, items: sections.flat() };
}

/** 24 lists, each with a field below each of three choices, three deep: 24 × (1 + 3 + 9 + 27) fields. */
export function largeHubSpot(): Definition {
  const field = (name: string, depth: number, number: number): Definition => ({
    objectTypeId: '0-1',
    name,
    label: `${name} ${words(number)}`,
    required: depth === 0,
    hidden: false,
    fieldType: depth === 3 ? 'single_line_text' : number % 2 === 0 ? 'dropdown' : 'radio',
    options:
      depth === 3
        ? []
        : times(5, (index) => ({ label: words(number + index), value: `v${index}`, displayOrder: index })),
    dependentFields:
      depth === 3
        ? []
        : times(3, (index) => ({
            dependentCondition: {
              operator: index === 2 ? 'set_any' : 'eq',
              value: `v${index}`,
              values: [`v${index}`, 'v4'],
            },
            dependentField: field(`${name}_${index}`, depth + 1, number + index),
          })),
  });
  return {
    id: 'large',
    name: 'Large',
    formType: 'hubspot',
    configuration: { language: 'en' },
    fieldGroups: times(24, (number) => ({
      groupType: 'default_group',
      richTextType: 'text',
      fields: [field(`list_${number}`, 0, number)],
    })),
  };
}

export const LARGE: Readonly<Record<string, () => Definition>> = {
  hubspot: largeHubSpot,
  'google-forms': largeGoogle,
  typeform: largeTypeform,
  surveymonkey: largeSurveyMonkey,
};
