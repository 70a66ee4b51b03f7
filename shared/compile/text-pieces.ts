import type { FlowComponent } from '../flow-json/flow-json.ts';
import { cutText, splitText } from '../form/cut-text.ts';
import { hasRecall } from '../form/recall.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import { LIMITS } from './limits.ts';
import { literal } from './literal-texts.ts';
import { pictureRatio } from './picture-ratio.ts';
import type { TextPiece } from './prepare-questions.ts';

/** Text components for plain text of any length: nothing is cut. */
export function textComponents(text: string, type: 'body' | 'caption' = 'body'): FlowComponent[] {
  if (type === 'caption' && text.length <= LIMITS.caption && !hasRecall(text)) return [{ type: 'TextCaption', text }];
  return bodyTexts(text).map((piece) => ({ type: 'TextBody', text: piece }));
}

/** A text in pieces for a TextBody each; where it is cut before a backtick, that does not begin an expression. */
export function bodyTexts(text: string): string[] {
  // Room for the invisible character; cut text would otherwise be one too long.
  return splitText(text, LIMITS.body - 1).map(literal);
}

/** What stands around the questions, as components. */
export function pieceComponents(piece: TextPiece, language: FlowLanguage): FlowComponent[] {
  switch (piece.style) {
    case 'image': {
      const ratio = pictureRatio(piece.src);
      return [
        {
          type: 'Image',
          src: piece.src,
          'scale-type': 'contain',
          ...(ratio === null ? {} : { 'aspect-ratio': ratio }),
          ...(piece.text ? { 'alt-text': piece.text } : {}),
        },
      ];
    }
    case 'link':
      return [
        ...(piece.text && piece.text.length > LIMITS.linkText ? textComponents(piece.text) : []),
        {
          type: 'EmbeddedLink',
          text: piece.text && piece.text.length <= LIMITS.linkText ? piece.text : linkText(piece.url, language),
          'on-click-action': { name: 'open_url', url: piece.url },
        },
      ];
    case 'caption':
      return piece.text.trim() === '' ? [] : textComponents(piece.text, 'caption');
    default: {
      if (piece.text.trim() === '') return [];
      const isHeading = piece.style === 'heading' && piece.text.length <= LIMITS.heading && !hasRecall(piece.text);
      if (isHeading) return [{ type: 'TextHeading', text: piece.text }];
      const components = textComponents(piece.text);
      return piece.style === 'heading' ? components.map((one) => ({ ...one, 'font-weight': 'bold' })) : components;
    }
  }
}

function linkText(url: string, language: FlowLanguage): string {
  const isPicture = /\.(?:png|jpe?g|gif|webp)(?:$|\?)/i.test(url) || /image/i.test(url);
  return cutText(flowText(language, isPicture ? 'viewPicture' : 'openLink'), LIMITS.linkText);
}
