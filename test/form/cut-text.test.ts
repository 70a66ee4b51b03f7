import { cutText, splitText } from '@flowella/shared/form/cut-text.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('cutText', () => {
  test('cuts between words where one ends near the limit', () => {
    expect(cutText('How did you hear about our company?', 20)).toBe('How did you hear…');
    expect(cutText('short', 20)).toBe('short');
  });

  test('never cuts a family, a flag or a combined letter in half', () => {
    expect(cutText('👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 24)).toBe('👨‍👩‍👧‍👦👨‍👩‍👧‍👦…');
    expect(cutText('🇩🇪🇫🇷🇮🇹', 6)).toBe('🇩🇪…');
    expect(cutText('क्षत्रियक्षत्रिय', 6)).toBe('क्ष…');
  });

  test('keeps to the limit and to whole graphemes for any text', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 40 }), (text, max) => {
        const cut = cutText(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        if (text.length <= max) return;
        const kept = [...segmenter.segment(cut.slice(0, -1))].map((part) => part.segment);
        const all = [...segmenter.segment(text)].map((part) => part.segment);
        expect(kept).toEqual(all.slice(0, kept.length));
      }),
    );
  });
});

test('splitText loses nothing but white space between the pieces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 30, max: 120 }), (text, max) => {
      const pieces = splitText(text, max);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(max);
      expect(pieces.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''));
    }),
  );
});
