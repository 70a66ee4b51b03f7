import { describe, expect, test } from 'vitest';
import { shareFiles } from '@flowella/shared/compile/share-files.ts';
import type { Question } from '@flowella/shared/form/form.ts';

const ask = (id: string, more: { multiple?: boolean; maxFiles?: number } = {}): Question => ({
  kind: 'file',
  id,
  label: id,
  required: false,
  multiple: false,
  origin: {},
  ...more,
});
const shares = (questions: Question[], mode: 'connected' | 'light') => Object.fromEntries(shareFiles(questions, mode));
const sum = (found: Record<string, number>) => Object.values(found).reduce((all, one) => all + one, 0);

describe('the ten files of one message', () => {
  test('are left alone where the questions need fewer', () => {
    expect(shares([ask('a'), ask('b', { multiple: true, maxFiles: 3 })], 'light')).toEqual({ a: 1, b: 3 });
  });

  test('are shared so that the largest gives way and nobody goes without', () => {
    const found = shares(
      [ask('a'), ask('b', { multiple: true, maxFiles: 30 }), ask('c', { multiple: true, maxFiles: 8 })],
      'light',
    );
    expect(found.a).toBe(1);
    expect(sum(found)).toBe(10);
    expect(Math.abs((found.b ?? 0) - (found.c ?? 0))).toBeLessThanOrEqual(1);
  });

  test('leave out what is beyond the tenth question in a light flow; a connected one asks each', () => {
    const many = Array.from({ length: 12 }, (_, n) => ask(`q${n}`));
    expect(Object.keys(shares(many, 'light'))).toHaveLength(10);
    expect(Object.keys(shares(many, 'connected'))).toHaveLength(12);
  });
});
