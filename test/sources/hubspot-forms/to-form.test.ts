import { formSchema } from '@flowella/shared/form/form-schema.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../server/app-error.ts';
import { listMembers } from '../../../server/sources/hubspot-forms/definition.ts';
import { htmlToLine, htmlToText } from '../../../server/sources/hubspot-forms/html-to-text.ts';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { FIXTURES, readFixture } from './read-fixture.ts';

function questionsOf(fixture: string): Question[] {
  return toForm(readFixture(fixture))
    .pages.flatMap((page) => page.items)
    .filter((item) => item.kind !== 'statement');
}

function question(fixture: string, id: string): Question {
  const found = questionsOf(fixture).find((one) => one.id === id);
  if (!found) throw new Error(`no question ${id}`);
  return found;
}

test.each(FIXTURES)('%s survives the database unchanged', (fixture) => {
  const form: unknown = JSON.parse(JSON.stringify(toForm(readFixture(fixture))));
  expect(formSchema.parse(form)).toEqual(form);
});

describe('fields', () => {
  test('each of the 13 types becomes its kind, and an unknown one names itself', () => {
    const kinds = Object.fromEntries(questionsOf('all-fields.json').map(({ id, kind }) => [id, kind]));
    expect(kinds).toMatchObject({
      '0-1/email': 'email',
      '0-1/phone': 'phone',
      '0-1/mobilephone': 'phone',
      '0-1/firstname': 'short-text',
      '0-1/bio': 'long-text',
      '0-1/seats': 'number',
      '0-1/terms': 'checkbox',
      '0-1/topics': 'multi-choice',
      '0-1/nation': 'single-choice',
      '0-1/size': 'single-choice',
      '0-1/start': 'date',
      '0-1/cv': 'file',
      '0-1/pay': 'unsupported',
      '0-2/name': 'short-text',
      '0-5/hs_ticket_category': 'single-choice',
    });
    expect(question('all-fields.json', '0-1/future')).toMatchObject({ kind: 'unsupported', rawType: 'hologram' });
  });

  test('labels lose their HTML and keep their links', () => {
    expect(question('all-fields.json', '0-1/firstname').label).toBe('First name');
    expect(question('all-fields.json', '0-1/terms').label).toBe(
      'I have read and accept the terms of use (https://www.example.com/terms)',
    );
  });

  test('hidden fields are kept with their defaults and not asked', () => {
    const form = toForm(readFixture('all-fields.json'));
    expect(form.hidden.map(({ id, value }) => [id, value])).toEqual([
      ['0-1/utm', 'spring & summer'],
      ['0-1/tags', 'a;c'],
    ]);
  });

  test('a field that stands under two parents is one question that either parent shows', () => {
    const field = (name: string, extra: object = {}) => ({
      objectTypeId: '0-1',
      name,
      label: name,
      fieldType: 'single_line_text',
      ...extra,
    });
    const shared = (value: string) => ({
      dependentCondition: { operator: 'eq', value },
      dependentField: field('shared'),
    });
    const form = toForm({
      id: '1',
      fieldGroups: [
        { fields: [field('a', { dependentFields: [shared('x')] }), field('b', { dependentFields: [shared('y')] })] },
      ],
    });
    const items = form.pages.flatMap((page) => page.items);
    expect(items.map((item) => item.id)).toEqual(['0-1/a', '0-1/shared', '0-1/b']);
    expect(items[1]?.visibleWhen).toEqual({
      op: 'or',
      conditions: [
        { op: 'equals', question: '0-1/a', value: 'x' },
        { op: 'equals', question: '0-1/b', value: 'y' },
      ],
    });
  });

  test('a nested dependant is shown only while its parent is', () => {
    expect(question('every-operator.json', '0-1/upgrade_reason').visibleWhen).toMatchObject({
      op: 'and',
      conditions: [
        { op: 'answered', question: '0-1/plan' },
        { op: 'not', condition: { op: 'equals', question: '0-1/plan', value: 'enterprise' } },
        { op: 'equals', question: '0-1/upgrade', value: 'yes' },
        { op: 'includes-any', question: '0-1/upgrade_to', values: ['enterprise'] },
      ],
    });
  });

  test('options that share a value are told apart and still written back with that value', () => {
    const options = [
      { label: 'One', value: 'x' },
      { label: 'Two', value: 'x' },
    ];
    const form = toForm({
      id: '1',
      fieldGroups: [{ fields: [{ name: 'p', label: 'P', fieldType: 'radio', options }] }],
    });
    expect(form.pages[0]?.items[0]).toMatchObject({
      choices: [{ id: 'x' }, { id: 'x #2' }],
      origin: { optionValues: { 'x #2': 'x' } },
    });
  });
});

describe('the rest of the form', () => {
  test('consent keeps every text as it is shown', () => {
    expect(toForm(readFixture('contact-request.json')).consent).toMatchObject({
      kind: 'explicit',
      processingCheckboxLabel: 'I agree to allow Example Ltd to store and process my personal data.',
      privacyText: 'Read how we protect your data in our Privacy Policy (https://www.example.com/privacy).',
      communications: [{ id: '41001', subscriptionTypeId: '41001', required: false }],
    });
    expect(toForm(readFixture('many-scripts.json')).consent).toMatchObject({
      kind: 'legitimate-interest',
      legalBasis: 'LEAD',
      subscriptionTypeIds: ['61001', '61002'],
    });
  });

  test('the revision changes with the content and not with the date of the last save', () => {
    const raw = readFixture('newsletter.json') as Record<string, unknown>;
    const { revision } = toForm(raw);
    expect(toForm({ ...raw, updatedAt: '2030-01-01T00:00:00Z' }).revision).toBe(revision);
    expect(toForm({ ...raw, name: 'Other' }).revision).not.toBe(revision);
  });

  test('a form of the new editor, progressive groups and pictures are mentioned', () => {
    const raw = readFixture('all-fields.json') as { configuration: object };
    const codes = toForm({ ...raw, configuration: { ...raw.configuration, embedType: 'V4' } }).notices.map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['new_editor_form', 'progressive_fields']);
  });
});

describe('input that is no definition', () => {
  test.each([
    [{ formFieldGroups: [] }, 'legacy v2'],
    [[{ formFieldGroups: [] }], 'legacy v2'],
    [{ results: [], paging: {} }, 'results'],
    [{ id: '<string>', archived: '<boolean>', fieldGroups: [] }, 'placeholders'],
    [{ hello: 'world' }, 'not a HubSpot form definition'],
    [{ id: 'x' }, 'not a HubSpot form definition'],
    [[], 'list'],
    ['text', 'JSON object'],
    [null, 'JSON object'],
  ])('%j is refused with a sentence that says what it is', (raw, words) => {
    expect(() => toForm(raw)).toThrow(AppError);
    expect(() => toForm(raw)).toThrow(
      expect.objectContaining({ code: 'not_a_form', userMessage: expect.stringContaining(words) }),
    );
  });

  test('the members of a list answer can be taken out', () => {
    expect(listMembers({ results: [1, 2] })).toEqual([1, 2]);
    expect(listMembers({ id: 'x' })).toBeNull();
  });

  test('nothing strange inside a definition makes the reader throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (groups, configuration, field) => {
        toForm({
          id: 'x',
          fieldGroups: [groups, { fields: [field, { name: groups, fieldType: configuration, options: field }] }],
          configuration,
          legalConsentOptions: groups,
        });
      }),
    );
  });
});

describe('HTML to text', () => {
  test.each([
    ['<p>One</p><p>Two<br>Three</p>', 'One\n\nTwo\nThree'],
    ['<ul><li>a</li><li>b</li></ul>', '• a\n• b'],
    ['<ol><li>a</li><li>b</li></ol>', '1. a\n2. b'],
    ['a &lt;b&gt; &amp;amp; &#128512; &#x41; &nope;', 'a <b> &amp; 😀 A &nope;'],
    ['5 < 6 and 7 > 3', '5 < 6 and 7 > 3'],
    ['<a href="https://example.com">example.com</a>', 'example.com'],
    ['<a href="https://example.com/x">here</a>.', 'here (https://example.com/x).'],
    ['<a href="javascript:alert(1)">bad</a>', 'bad'],
    ['<script>alert(1)</script>safe<style>x{}</style><!-- gone -->', 'safe'],
    ['<b>un<i>closed', 'unclosed'],
    ['&#55357; &#0; &#1114112;', '&#55357; &#0; &#1114112;'],
  ])('%s becomes %j', (html, text) => expect(htmlToText(html).text).toBe(text));

  test('a first heading is the title, and a label is one line', () => {
    expect(htmlToText('<h2>About &amp; you</h2><p>Text</p>')).toMatchObject({ title: 'About & you' });
    expect(htmlToLine('<p>One</p><p>Two</p>')).toBe('One Two');
  });

  test('half a megabyte of unclosed tags is read in no time', () => {
    const started = performance.now();
    htmlToText('<a href="'.repeat(50_000));
    htmlToText('<'.repeat(500_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('pictures in rich text', () => {
  const read = (...groups: Record<string, unknown>[]) =>
    toForm({ id: 'f', name: 'F', formType: 'hubspot', fieldGroups: groups.map((group) => ({ fields: [], ...group })) });
  const itemsOf = (...groups: Record<string, unknown>[]) => read(...groups).pages.flatMap((page) => page.items);
  const left = (...groups: Record<string, unknown>[]) =>
    read(...groups).notices.some(({ code }) => code === 'image_left_out');

  test('stand with their text, by an address that can be fetched and with what they show', () => {
    const group = {
      richTextType: 'text',
      richText: `<h2>Visit us</h2><p>Every day<img alt="A map &amp; more" src='//1.fs1.hubspotusercontent-na1.net/map.png?w=300&amp;h=200'></p><img src="https://x.example/b.jpg">`,
    };
    expect(itemsOf(group)).toEqual([
      {
        kind: 'statement',
        id: 'statement-1',
        title: 'Visit us',
        text: 'Every day',
        image: { url: 'https://1.fs1.hubspotusercontent-na1.net/map.png?w=300&h=200', alt: 'A map & more' },
      },
      { kind: 'statement', id: 'statement-1/picture-2', image: { url: 'https://x.example/b.jpg' } },
    ]);
    expect(left(group)).toBe(false);
  });

  test('films and pages that are put into the text are linked to, each once, by https only', () => {
    const richText = `<p>Watch</p><iframe src="//player.example/v/1?a=1&amp;b=2"></iframe>
      <video><source src='https://x.example/f.mp4'></video><object data="https://x.example/f.mp4"></object>
      <embed src="http://x.example/plain"><audio src="javascript:alert(1)"></audio>`;
    expect(itemsOf({ richTextType: 'text', richText })).toEqual([
      { kind: 'statement', id: 'statement-1', text: 'Watch', linkUrl: 'https://player.example/v/1?a=1&b=2' },
      { kind: 'statement', id: 'statement-1/link-2', linkUrl: 'https://x.example/f.mp4' },
    ]);
  });

  test('are statements of their own where there is no text', () => {
    const group = { richTextType: 'image', richText: '<img src="https://x.example/logo.png" />' };
    expect(itemsOf(group)).toEqual([
      { kind: 'statement', id: 'statement-1', image: { url: 'https://x.example/logo.png' } },
    ]);
  });

  test.each([
    ['without an address', '<img alt="x">'],
    ['over plain HTTP', '<img src="http://x.example/a.png">'],
    ['with a password in the address', '<img src="https://a:b@x.example/a.png">'],
    ['with the bytes in the text', `<img src="data:image/png;base64,${'A'.repeat(5_000)}">`],
    ['that is a script', '<img src="javascript:alert(1)">'],
    [
      'that is one of too many',
      '<img src="https://x.example/1"><img src="https://x.example/2"><img src="https://x.example/3"><img src="https://x.example/4">',
    ],
  ])('%s are named as left out', (_, richText) => {
    expect(left({ richTextType: 'text', richText })).toBe(true);
  });

  test('never take long, whatever the text is', () => {
    const started = performance.now();
    for (const text of ['<img '.repeat(40_000), `<img ${'a="'.repeat(40_000)}`, `<img src=${'x'.repeat(100_000)}>`])
      read({ richText: text });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
