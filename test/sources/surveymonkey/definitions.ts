type RawPart = {
  id?: string;
  text?: string;
  visible?: boolean;
  type?: string;
  required?: boolean;
  weight?: number;
  is_na?: boolean;
  image?: { url: string };
  quiz_options?: { score: number };
  choices?: RawPart[];
};
export type RawOther = { id?: string; text: string; is_answer_choice?: boolean; num_lines?: number; visible?: boolean };
export type RawQuestion = {
  id?: string;
  family: string;
  subtype: string;
  headings: { heading: string; description?: string; image?: { url: string } }[];
  answers?: { choices?: RawPart[]; rows?: RawPart[]; cols?: RawPart[]; other?: RawOther };
  [key: string]: unknown;
};
export type RawSurvey = { id?: string; title: string; pages: RawPage[]; [key: string]: unknown };
type RawPage = { id?: string; title?: string; description?: string; questions: RawQuestion[] };

/** A survey around some questions, as `GET /surveys/{id}/details` answers. */
export function surveyOf(questions: RawQuestion[], more: Record<string, unknown> = {}): RawSurvey {
  return { id: '900', title: 'Survey', language: 'en', pages: [{ id: '1', questions }], ...more };
}

export function ask(id: string, type: string, more: Partial<RawQuestion> = {}): RawQuestion {
  const [family = '', subtype = ''] = type.split('/');
  return { id, family, subtype, headings: [{ heading: `Question ${id}` }], ...more };
}

export function parts(...ids: string[]): RawPart[] {
  return ids.map((id) => ({ id, text: `Part ${id}` }));
}

const choices = { answers: { choices: parts('901', '902') } };
const grid = { answers: { rows: parts('911', '912'), choices: parts('913', '914') } };
const DEMOGRAPHIC = 'name company address address2 city state zip country email phone'.split(' ');

/** Each family with each of its subtypes (form-tools.md 4.2); ids are made unlike within the survey. */
const TYPES: [string, Partial<RawQuestion>][] = [
  ...['vertical', 'vertical_two_col', 'vertical_three_col', 'horiz', 'menu'].map(
    (subtype): [string, Partial<RawQuestion>] => [`single_choice/${subtype}`, choices],
  ),
  ['single_choice/vertical', { display_options: { display_type: 'image_choice' }, ...choices }],
  ...['vertical', 'vertical_two_col', 'vertical_three_col', 'horiz'].map((subtype): [string, Partial<RawQuestion>] => [
    `multiple_choice/${subtype}`,
    choices,
  ]),
  ['matrix/single', grid],
  ['matrix/rating', grid],
  ['matrix/multi', grid],
  ['matrix/ranking', grid],
  ['matrix/rating', { answers: { rows: parts('921'), choices: parts('922', '923') } }],
  [
    'matrix/menu',
    {
      answers: {
        rows: parts('931', '932'),
        cols: [
          { id: '933', text: 'Place', choices: parts('934', '935') },
          { id: '936', text: 'Pace', choices: parts('937') },
        ],
        other: { id: '938', text: 'Notes' },
      },
    },
  ],
  ['open_ended/single', {}],
  ['open_ended/essay', {}],
  ['open_ended/multi', { answers: { rows: parts('941', '942') } }],
  ['open_ended/numerical', { answers: { rows: parts('943', '944') } }],
  ['open_ended/single', { display_options: { display_type: 'slider', custom_options: { step_size: 5 } } }],
  ['open_ended/single', { display_options: { display_type: 'file_upload' } }],
  ...['international', 'us'].map((subtype): [string, Partial<RawQuestion>] => [
    `demographic/${subtype}`,
    { answers: { rows: DEMOGRAPHIC.map((type, index) => ({ id: `95${index}`, type, text: type, visible: true })) } },
  ]),
  ...['both', 'date_only', 'time_only'].map((subtype): [string, Partial<RawQuestion>] => [
    `datetime/${subtype}`,
    { validation: { type: 'date_intl' }, answers: { rows: parts('961', '962') } },
  ]),
  ['presentation/descriptive_text', {}],
  ['presentation/image', { headings: [{ heading: 'See', image: { url: 'https://example.com/a.png' } }] }],
  ['presentation/video', { headings: [{ heading: 'Watch <iframe src="https://example.com/v/1"></iframe>' }] }],
  ['click_map/single', {}],
  ['payment/single', {}],
];

export const EVERY_TYPE: RawSurvey = surveyOf(
  TYPES.map(([type, more], index) => unlike(ask(String(index + 1), type, more), index + 1)),
);

/** The ids of parts are put behind the number of the question, so that none stands twice. */
function unlike(question: RawQuestion, number: number): RawQuestion {
  const renamed = JSON.stringify(question).replace(/"id":"9(\d\d)"/g, `"id":"${number}9$1"`);
  return JSON.parse(renamed) as RawQuestion;
}
