import { recallToken } from '@flowella/shared/form/recall.ts';
import { describe, expect, test } from 'vitest';
import { toLine, toText, type RecallResolver } from '../../../server/sources/typeform/to-text.ts';

const resolve: RecallResolver = (kind, id) => (id === 'gone' ? null : { kind, id });
const plain = (raw: string) => toText(raw, resolve).text;
const token = (kind: 'answer' | 'hidden' | 'variable', id: string) => recallToken({ kind, id });

describe('texts of Typeform as plain text', () => {
  test.each([
    ['*bold* and _italic_', 'bold and italic'],
    ['**bold**', 'bold'],
    ['*_both_* and _*both*_', 'both and both'],
    ['(*bold*), _it is_!', '(bold), it is!'],
    ['*two\nlines*', 'two\nlines'],
    ['*übermäßig*', 'übermäßig'],
    ['\\*not bold\\* and snake\\_case', '*not bold* and snake_case'],
    ['[our terms](https://example.com/terms_of_use)', 'our terms (https://example.com/terms_of_use)'],
    ['*[Terms](https://example.com/a_b_c)*', 'Terms (https://example.com/a_b_c)'],
    ['[https://example.com](https://example.com)', 'https://example.com'],
    ['[write to us](mailto:a@b.example)', 'write to us (a@b.example)'],
    ['<b>Bold</b> &amp; <i>more</i>', 'Bold & more'],
    ['one<br>two\nthree', 'one\ntwo\nthree'],
  ])('%j becomes %j', (raw, expected) => {
    expect(plain(raw)).toBe(expected);
  });

  test.each([
    'snake_case_name',
    '5*3*2 = 30',
    'My name is ______',
    '* one\n* two',
    'a * b * c',
    'required*',
    'https://example.com/_private_/x_y',
    'a < b and c > d',
    '[x] (see note)',
    '{{name}}',
    'C:\\temp',
    '_open',
    '👩‍👩‍👧 שלום *',
  ])('%j stays as it is', (raw) => {
    expect(plain(raw)).toBe(raw);
  });

  test('a recall becomes a place for the answer, with its mark inside bold text and in addresses', () => {
    expect(plain('Hi *{{field:first_name}}*, {{hidden:utm_source}} {{var:score}}/{{variables:max}}')).toBe(
      `Hi ${token('answer', 'first_name')}, ${token('hidden', 'utm_source')} ${token('variable', 'score')}/${token('variable', 'max')}`,
    );
    expect(plain('[go](https://x.example/?n={{hidden:n_a_b}})')).toBe(
      `go (https://x.example/?n=${token('hidden', 'n_a_b')})`,
    );
    expect(plain('{{hidden:utm\\_source}}')).toBe(token('hidden', 'utm_source'));
  });

  test('a recall of something unknown is said to be lost', () => {
    expect(toText('Hi {{field:gone}}!', resolve)).toEqual({ text: 'Hi …!', isLost: true });
    expect(toText('{{payment:amount}}', resolve)).toEqual({ text: '…', isLost: true });
  });

  test('marks of our own in foreign text are taken out', () => {
    expect(plain('a\uE000answer:x\uE001b')).toBe('aanswer:xb');
  });

  test('a label is one line', () => {
    expect(toLine(' one\n\ntwo ', resolve).text).toBe('one two');
  });
});
