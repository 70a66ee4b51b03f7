import { describe, expect, it } from 'vitest';
import { alertTexts } from '@flowella/shared/ui/texts/alert-texts.ts';
import { cardTexts } from '@flowella/shared/ui/texts/card-texts.ts';
import { commonTexts } from '@flowella/shared/ui/texts/common-texts.ts';
import { identityTexts } from '@flowella/shared/ui/texts/identity-texts.ts';
import { placeTexts } from '@flowella/shared/ui/texts/place-texts.ts';
import { webhookTexts } from '@flowella/shared/ui/texts/webhook-texts.ts';
import { settingsTexts } from '@flowella/shared/ui/texts/settings-texts.ts';

const ALL = { alertTexts, cardTexts, commonTexts, identityTexts, placeTexts, settingsTexts, webhookTexts };

function paths(tree: unknown, path = ''): { path: string; value: unknown }[] {
  if (typeof tree !== 'object' || tree === null) return [{ path, value: tree }];
  return Object.entries(tree).flatMap(([key, value]) => paths(value, `${path}.${key}`));
}

describe.each(Object.entries(ALL))('%s', (_name, texts) => {
  it('exist in both languages under the same keys and kinds', () => {
    const shape = (language: 'en' | 'de') => paths(texts[language]).map((one) => `${one.path} ${typeof one.value}`);
    expect(shape('de')).toEqual(shape('en'));
  });

  it('say something everywhere, and use the values they are given', () => {
    for (const language of ['en', 'de'] as const) {
      for (const { path, value } of paths(texts[language])) {
        if (typeof value === 'string') expect(value.trim(), path).not.toBe('');
        if (typeof value !== 'function') continue;
        const marks = Array.from({ length: value.length }, (_, index) => `<${index}>`);
        const text = String(value(...marks));
        for (const mark of marks) expect(text, `${language}${path}`).toContain(mark);
      }
    }
  });

  it('address people formally in German', () => {
    const german = paths(texts.de).map((one) => (typeof one.value === 'string' ? one.value : ''));
    expect(german.filter((text) => /\b(du|dein|deine|dir)\b/i.test(text))).toEqual([]);
  });
});
