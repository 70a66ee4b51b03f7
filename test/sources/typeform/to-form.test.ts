import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { recallToken } from '@flowella/shared/form/recall.ts';
import { describe, expect, test } from 'vitest';
import { typeformReader } from '../../../server/sources/typeform/reader.ts';
import { toForm } from '../../../server/sources/typeform/to-form.ts';
import { after, calculate, definitionOf, EVERY_TYPE, jump, LOGIC, on, when, type RawField } from './definitions.ts';

const items = (fields: RawField[], more = {}) => toForm(definitionOf(fields, more)).pages.flatMap((page) => page.items);
const form = toForm(definitionOf(EVERY_TYPE, { logic: LOGIC }));
const all = form.pages.flatMap((page) => page.items);
const question = (id: string): Question => {
  const found = all.find((item) => item.id === id);
  if (!found || found.kind === 'statement') throw new Error(`no question ${id}`);
  return found;
};
const choice = { type: 'multiple_choice', properties: { choices: [{ id: 'a', ref: 'ra', label: 'A' }] } };

describe('every type of field', () => {
  test.each<[string, object]>([
    ['F_short_text', { kind: 'short-text', maxLength: 40, required: true, label: 'Title of short_text' }],
    ['F_long_text', { kind: 'long-text', help: 'Tell us everything', required: false }],
    ['F_email', { kind: 'email' }],
    ['F_phone_number', { kind: 'phone', defaultCountry: 'DE' }],
    ['F_number', { kind: 'number', min: 1, max: 99 }],
    ['F_website', { kind: 'url' }],
    ['F_multiple_choice', { kind: 'single-choice', style: 'list', allowOther: true }],
    ['F_multi', { kind: 'multi-choice', minSelected: 1, maxSelected: 2, allowOther: true }],
    ['F_dropdown', { kind: 'single-choice', style: 'menu' }],
    ['F_checkbox', { kind: 'checkbox', mustAccept: false }],
    ['F_yes_no', { kind: 'yes-no', image: { url: 'https://images.example/house' } }],
    ['F_legal', { kind: 'checkbox', mustAccept: true, help: 'See our terms (https://example.com/terms_of_use)' }],
    ['F_opinion_scale', { kind: 'scale', min: 1, max: 5, minLabel: 'Bad', maxLabel: 'Good', help: '3: Fair' }],
    ['F_nps', { kind: 'scale', min: 0, max: 10 }],
    ['F_rating', { kind: 'scale', min: 1, max: 4 }],
    ['F_date', { kind: 'date' }],
    ['F_ranking', { kind: 'ranking' }],
    ['F_file_upload', { kind: 'file', multiple: false }],
    ['row1', { kind: 'single-choice', group: 'F_matrix', label: 'Price' }],
    ['row2', { kind: 'multi-choice', group: 'F_matrix' }],
    ['ci1', { kind: 'short-text', group: 'F_contact_info', label: 'First name' }],
    ['ci2', { kind: 'email', group: 'F_contact_info' }],
    ['ad1', { kind: 'short-text', group: 'F_address' }],
    ['F_payment', { kind: 'unsupported', rawType: 'payment' }],
    ['F_calendly', { kind: 'unsupported', rawType: 'calendly' }],
    ['F_signature', { kind: 'unsupported', rawType: 'signature' }],
    ['F_multi_format', { kind: 'long-text', remarks: ['text_answer_only'] }],
    ['F_video', { kind: 'unsupported', rawType: 'multi_format' }],
    ['F_hologram', { kind: 'unsupported', rawType: 'hologram', required: true }],
  ])('%s', (id, expected) => {
    expect(question(id)).toMatchObject(expected);
  });

  test('choices keep their ids and pictures; a missing label is said', () => {
    expect(question('F_picture_choice')).toMatchObject({
      choices: [
        { id: 'p1', label: 'Cat', image: { url: 'https://images.example/cat' } },
        { id: 'p2', label: '2' },
      ],
      remarks: ['order_not_shuffled', 'choice_label_missing'],
    });
    expect(question('F_dropdown')).toMatchObject({ choices: [{ id: 'id-basel' }, { id: 'id-zurich' }] });
  });

  test('a statement is listed and links to its video; a video of a question stands above it', () => {
    expect(all.find((item) => item.id === 'F_statement')).toEqual({
      kind: 'statement',
      id: 'F_statement',
      title: 'Title of statement',
      text: 'Read this',
      linkUrl: 'https://video.example/1',
      isListed: true,
    });
    const attachment = { type: 'video', href: 'https://video.example/2' };
    const logic = [after('q', jump('field', 'v'))];
    const read = toForm(
      definitionOf(
        [
          { id: 'q', ref: 'q', type: 'email', title: 'Q' },
          { id: 'v', ref: 'v', type: 'email', title: 'V', attachment },
        ],
        { logic },
      ),
    );
    expect(read.pages[0]?.items.map((item) => item.id)).toEqual(['q', 'v-video', 'v']);
    expect(read.rules).toEqual([{ kind: 'jump', after: 'q', to: { item: 'v-video' } }]);
  });

  test('a box with one choice is a tick; with several it is a list', () => {
    const choices = [
      { id: 'a', label: 'A' },
      { id: 'b', label: 'B' },
    ];
    expect(items([{ id: 'c', type: 'checkbox', title: 'C', properties: { choices } }])).toMatchObject([
      { kind: 'multi-choice', choices: [{ id: 'a' }, { id: 'b' }] },
    ]);
  });
});

describe('pages, groups and ids', () => {
  test('plain fields share a page; a group is a page of its own, with its words first', () => {
    expect(form.pages.map((page) => page.id)).toEqual(['page-1', 'F_group', 'page-3', 'F_inline_group', 'page-5']);
    expect(form.pages[1]?.items).toMatchObject([
      { kind: 'statement', id: 'F_group-title', title: 'Title of group', text: 'All about it' },
      { id: 'g1' },
      { kind: 'statement', id: 'F_inner-title' },
      { id: 'g2' },
    ]);
    expect(form.groups).toMatchObject([
      { id: 'F_matrix', kind: 'matrix', label: 'Title of matrix', members: ['row1', 'row2'] },
      { id: 'F_contact_info', kind: 'contact-info', members: ['ci1', 'ci2'] },
      { id: 'F_address', kind: 'address', members: ['ad1'] },
      { id: 'F_group', kind: 'group', members: ['g1', 'g2'] },
      { id: 'F_inner', kind: 'group', members: ['g2'] },
      { id: 'F_inline_group', kind: 'group', members: ['ig1'] },
    ]);
    expect(all.find((item) => item.id === 'F_matrix-title')).not.toHaveProperty('isListed');
  });

  test('fields without an id are known by their ref, and repeated ids get a number', () => {
    const fields = [{ ref: 'r1' }, { id: 'same' }, { id: 'same' }, { id: 'same-2' }, {}].map((one) => ({
      ...one,
      type: 'email',
      title: 'T',
    }));
    expect(items(fields).map((item) => item.id)).toEqual(['r1', 'same', 'same-3', 'same-2', 'field-5']);
  });

  test('choices without an id or twice the same are told apart', () => {
    const choices = [{ ref: 'r' }, { label: 'L' }, { id: 'x', label: '1' }, { id: 'x', label: '2' }];
    expect(items([{ id: 'q', type: 'dropdown', title: 'T', properties: { choices } }])).toMatchObject([
      { choices: [{ id: 'r' }, { id: 'L' }, { id: 'x' }, { id: 'x-2' }] },
    ]);
  });

  test('an unknown type with members asks its members; a composite without members cannot be asked', () => {
    const inner = { id: 'i', type: 'email', title: 'I' };
    expect(
      items([
        { id: 'u', type: 'bundle', title: 'U', properties: { fields: [inner] } },
        { id: 'm', type: 'matrix', title: 'M' },
      ]),
    ).toMatchObject([{ id: 'u-title' }, { id: 'i' }, { id: 'm', kind: 'unsupported', rawType: 'matrix' }]);
  });

  test('a form without fields and a group without members are read', () => {
    expect(toForm(definitionOf([])).pages).toEqual([{ id: 'page-1', items: [] }]);
    expect(toForm(definitionOf([{ id: 'g', type: 'group', title: '' }])).pages).toEqual([
      { id: 'g', items: [{ kind: 'statement', id: 'g-title' }] },
    ]);
  });
});

describe('the form itself', () => {
  test('screens, hidden fields, variables and language', () => {
    expect(form).toMatchObject({
      source: 'typeform',
      sourceFormId: 'Form01',
      name: 'A form',
      language: 'de',
      welcome: { id: 'W', title: 'Hello', text: 'Ready?' },
      thankYou: { text: 'Thank you\n\nBye' },
      endings: [
        { id: 'E1', title: 'Thank you', text: 'Bye' },
        { id: 'E2', redirectUrl: 'https://example.com/x' },
        { id: 'DefaultTyScreen' },
      ],
      hidden: [
        { id: 'source', label: 'source', origin: {} },
        { id: 'plan', label: 'plan', origin: {} },
      ],
      variables: [
        { id: 'score', type: 'number', initial: '0' },
        { id: 'price', type: 'number', initial: '10.5' },
        { id: 'tier', type: 'text', initial: 'basic' },
      ],
    });
    expect(formSchema.parse(form)).toEqual(form);
    expect(typeformReader).toMatchObject({ kind: 'typeform', name: 'typeform' });
  });

  test('the invitation to make a typeform is not shown as the last word', () => {
    const thankyou_screens = [
      { ref: 'default_tys', title: 'Now *create your own*', properties: { button_mode: 'default_redirect' } },
    ];
    const read = toForm(definitionOf([], { thankyou_screens }));
    expect(read.thankYou).toBeUndefined();
    expect(read.endings).toEqual([{ id: 'default_tys' }]);
  });

  test('end screens among the fields are endings; what follows one is reached by jumps only', () => {
    const screen = { type: 'thankyou_screen', properties: { show_button: false } };
    const read = toForm(
      definitionOf(
        [
          { id: 'a', ref: 'a', type: 'email', title: 'A' },
          { id: 'S', ref: 's', title: 'Stop', ...screen },
          { id: 'b', ref: 'b', type: 'email', title: 'B' },
          { id: 'E1', ref: 'end_one', title: 'Thank you', ...screen },
        ],
        {
          logic: [
            after('a', jump('field', 'b', when('is', on('field', 'a'), on('constant', 'x')))),
            after('b', jump('field', 's')),
          ],
        },
      ),
    );
    expect(read.endings?.map((ending) => ending.id)).toEqual(['E1', 'E2', 'DefaultTyScreen', 'S']);
    expect(read.rules).toEqual([
      { kind: 'jump', after: 'a', when: { op: 'equals', question: 'a', value: 'x' }, to: { item: 'b' } },
      { kind: 'jump', after: 'b', to: { end: 'S' } },
      { kind: 'jump', after: 'a', to: { end: 'S' } },
    ]);
  });

  test('recall points at our ids; what is not known becomes dots, with a remark or a notice', () => {
    const fields = [
      { id: 'n', ref: 'name', type: 'short_text', title: 'Name' },
      { id: 'e', ref: 'e', type: 'email', title: 'Hi *{{field:name}}* ({{hidden:source}}, {{var:score}})' },
      { id: 'x', ref: 'x', type: 'email', title: 'Hi {{field:nobody}}' },
      { id: 's', ref: 's', type: 'statement', title: 'Hi {{hidden:nothing}}' },
    ];
    const read = toForm(definitionOf(fields));
    const [, e, x, s] = read.pages[0]?.items ?? [];
    const token = (kind: 'answer' | 'hidden' | 'variable', id: string) => recallToken({ kind, id });
    expect(e).toMatchObject({
      label: `Hi ${token('answer', 'n')} (${token('hidden', 'source')}, ${token('variable', 'score')})`,
    });
    expect(e).not.toHaveProperty('remarks');
    expect(x).toMatchObject({ label: 'Hi …', remarks: ['recall_lost'] });
    expect(s).toMatchObject({ title: 'Hi …' });
    expect(read.notices.map((notice) => notice.code)).toEqual(['recall_lost']);
  });

  test('the revision follows the content only', () => {
    const base = definitionOf(EVERY_TYPE);
    const { revision } = toForm(base);
    expect(toForm({ ...base, last_updated_at: 'later', published_at: 'x', _links: {} }).revision).toBe(revision);
    expect(toForm({ ...base, title: 'Other' }).revision).not.toBe(revision);
  });
});

describe('logic', () => {
  test('jumps and calculations stand in the order of the form, with our ids', () => {
    expect(form.rules).toEqual([
      {
        kind: 'jump',
        after: 'F_multiple_choice',
        when: { op: 'equals', question: 'F_multiple_choice', value: 'id-red' },
        to: { item: 'F_group' },
      },
      {
        kind: 'calculate',
        after: 'F_multiple_choice',
        variable: 'score',
        operator: 'add',
        value: { op: 'number', value: 2 },
      },
      {
        kind: 'jump',
        after: 'F_multiple_choice',
        when: { op: 'not', condition: { op: 'equals', question: 'F_multiple_choice', value: 'id-green' } },
        to: { end: 'E2' },
      },
      { kind: 'jump', after: 'F_group', to: { end: 'E1' } },
      { kind: 'jump', after: 'row2', when: { op: 'answered', question: 'row1' }, to: { item: 'F_address-title' } },
      {
        kind: 'calculate',
        after: null,
        when: {
          op: 'compare',
          comparison: 'equals',
          left: { op: 'hidden', field: 'plan' },
          right: { op: 'text', value: 'g' },
        },
        variable: 'tier',
        operator: 'set',
        value: { op: 'text', value: 'gold' },
      },
    ]);
    expect(form.notices.map((notice) => notice.code)).toEqual(['jump_before_start']);
  });

  test.each<[string, unknown, string[]]>([
    [
      'an unknown operator',
      jump('field', 'b', when('sounds_like', on('field', 'a'), on('constant', 'x'))),
      ['rule_not_known'],
    ],
    [
      'a field that is gone',
      jump('field', 'b', when('is', on('field', 'zz'), on('constant', 'x'))),
      ['rule_not_known'],
    ],
    ['a choice that is gone', jump('field', 'b', when('is', on('field', 'a'), on('choice', 'zz'))), ['rule_not_known']],
    ['a target that is gone', jump('field', 'zz'), ['jump_lost']],
    ['an ending that is gone', jump('thankyou', 'zz'), ['jump_lost']],
    ['a value that is no value', calculate('add', 'score', { type: 'evaluation', value: 'x+1' }), ['calculation_lost']],
    ['an unknown action', { action: 'sing', details: {} }, ['calculation_lost']],
  ])('%s: the rule is left out and the question says so', (_title, action, remarks) => {
    const read = toForm(
      definitionOf(
        [
          { id: 'a', ref: 'a', title: 'A', ...choice },
          { id: 'b', ref: 'b', type: 'email', title: 'B' },
        ],
        { logic: [after('a', action)] },
      ),
    );
    expect(read.rules).toBeUndefined();
    expect(read.pages[0]?.items[0]).toMatchObject({ remarks });
  });

  test('logic of a group that is lost is said of the group, and of nothing at all of the form', () => {
    const read = toForm(
      definitionOf(EVERY_TYPE, {
        logic: [after('ref_group', jump('field', 'zz')), after('zz', jump('field', 'ref_email'))],
      }),
    );
    expect(read.groups?.find((group) => group.id === 'F_group')).toMatchObject({ remarks: ['jump_lost'] });
    expect(read.notices.map((notice) => notice.code)).toEqual(['logic_lost']);
  });

  test('the default ending is the end of the form where the definition does not list it', () => {
    const read = toForm(
      definitionOf([{ id: 'a', ref: 'a', type: 'email', title: 'A' }], {
        thankyou_screens: [],
        logic: [after('a', jump('thankyou', 'default_tys'))],
      }),
    );
    expect(read.rules).toEqual([{ kind: 'jump', after: 'a', to: { end: null } }]);
  });

  test('variables that only logic names are variables, and calculations may use answers and each other', () => {
    const logic = [
      after(
        'n',
        calculate('set', 'total', { type: 'field', value: 'n' }),
        calculate('multiply', 'total', { type: 'variable', value: 'price' }),
        calculate('add', 'total', {
          type: 'evaluation',
          value: { op: 'multiply', vars: [on('field', 'n'), on('constant', 3)] },
        }),
      ),
    ];
    const read = toForm(definitionOf([{ id: 'n', ref: 'n', type: 'number', title: 'N' }], { logic }));
    expect(read.variables?.find((variable) => variable.id === 'total')).toEqual({
      id: 'total',
      type: 'number',
      initial: '0',
    });
    expect(read.rules).toMatchObject([
      { operator: 'set', value: { op: 'answer', question: 'n' } },
      { operator: 'multiply', value: { op: 'variable', name: 'price' } },
      { operator: 'add', value: { op: 'multiply', left: { op: 'answer' }, right: { op: 'number', value: 3 } } },
    ]);
  });
});

describe('what is no definition', () => {
  test.each<[unknown, string]>([
    [null, 'JSON object'],
    ['x', 'JSON object'],
    [[], 'list'],
    [{}, '"id" and "fields"'],
    [{ id: 'x' }, '"id" and "fields"'],
    [{ fields: [] }, '"id" and "fields"'],
    [{ event_id: 'e', form_response: {} }, 'answers'],
    [{ items: [], total_items: 0 }, 'list answer'],
    [{ id: 'x', fieldGroups: [] }, '"id" and "fields"'],
  ])('%j is refused with a sentence', (raw, words) => {
    expect(() => toForm(raw)).toThrow(
      expect.objectContaining({ code: 'not_a_form', userMessage: expect.stringContaining(words) }),
    );
  });
});
