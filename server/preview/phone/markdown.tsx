import { createElement, type ReactElement, type ReactNode } from 'react';
import { textDirection } from './text-direction.ts';

/**
 * The markdown that WhatsApp draws (Meta, "Components", *RichText* and *TextBody*): bold, italic, strike-through, links
 * and one-level lists; with `isRich` also headings, tables and base64 pictures. Anything else stays text, and HTML is
 * never interpreted.
 */
export function Markdown({ paragraphs, isRich }: { paragraphs: string[]; isRich: boolean }): ReactElement {
  const lines = paragraphs.flatMap((paragraph) => paragraph.split('\n'));
  return <>{drawBlocks(lines, isRich)}</>;
}

function drawBlocks(lines: string[], isRich: boolean): ReactNode[] {
  const blocks: ReactNode[] = [];
  for (let at = 0; at < lines.length;) {
    const take = takeBlock(lines, at, isRich);
    if (take.block !== null) blocks.push(take.block);
    at = take.next;
  }
  return blocks;
}

type Taken = { block: ReactNode; next: number };

const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBERED = /^\s*\d+[.)]\s+(.*)$/;
const TABLE_ROW = /^\s*\|(.*)\|\s*$/;

function takeBlock(lines: string[], at: number, isRich: boolean): Taken {
  const line = lines[at] ?? '';
  if (line.trim() === '') return { block: null, next: at + 1 };
  const heading = isRich ? /^(#{1,2})\s+(.*)$/.exec(line) : null;
  if (heading?.[2] !== undefined) {
    const level = heading[1]?.length === 1 ? 'h3' : 'h4';
    const className = level === 'h3' ? 'ph-heading' : 'ph-subheading';
    return { block: createElement(level, { key: at, className, dir: 'auto' }, drawInline(heading[2])), next: at + 1 };
  }
  if (isRich && TABLE_ROW.test(line)) return takeTable(lines, at);
  if (BULLET.test(line)) return takeList(lines, at, BULLET, 'ul');
  if (NUMBERED.test(line)) return takeList(lines, at, NUMBERED, 'ol');
  return {
    block: (
      <p key={at} dir={textDirection([line])}>
        {drawInline(line, isRich)}
      </p>
    ),
    next: at + 1,
  };
}

function takeList(lines: string[], start: number, pattern: RegExp, tag: 'ul' | 'ol'): Taken {
  const items: string[] = [];
  let next = start;
  for (; next < lines.length; next += 1) {
    const item = pattern.exec(lines[next] ?? '')?.[1];
    if (item === undefined) break;
    items.push(item);
  }
  const children = items.map((item, index) => <li key={index}>{drawInline(item)}</li>);
  return { block: createElement(tag, { key: start, dir: textDirection(items) }, children), next };
}

function takeTable(lines: string[], start: number): Taken {
  const rows: string[][] = [];
  let next = start;
  for (; next < lines.length; next += 1) {
    const row = TABLE_ROW.exec(lines[next] ?? '')?.[1];
    if (row === undefined) break;
    const cells = row.split('|').map((cell) => cell.trim());
    if (!cells.every((cell) => /^:?-+:?$/.test(cell))) rows.push(cells);
  }
  const [head, ...body] = rows;
  const block = (
    <div key={start} className="ph-table" tabIndex={0} role="region" aria-label={(head ?? []).join(', ')}>
      <table>
        <thead>
          <tr>
            {(head ?? []).map((cell, index) => (
              <th key={index} scope="col">
                {drawInline(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{drawInline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return { block, next };
}

const INLINE =
  /!\[([^\]]*)\]\(((?:data:image\/(?:png|jpeg|webp);base64,)?[A-Za-z0-9+/=]+)\)|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)|\*\*(.+?)\*\*|~~(.+?)~~|\*(.+?)\*|_(.+?)_/;

function drawInline(text: string, allowsPictures = false): ReactNode[] {
  const parts: ReactNode[] = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match !== null; match = INLINE.exec(rest)) {
    if (match.index > 0) parts.push(rest.slice(0, match.index));
    parts.push(drawMatch(match, parts.length, allowsPictures));
    rest = rest.slice(match.index + match[0].length);
  }
  return rest === '' ? parts : [...parts, rest];
}

function drawMatch(match: RegExpExecArray, key: number, allowsPictures: boolean): ReactNode {
  const [whole, alt, source, linkText, address, bold, struck, starred, underlined] = match;
  if (source !== undefined) {
    if (!allowsPictures) return whole;
    const src = source.startsWith('data:') ? source : `data:image/png;base64,${source}`;
    return <img key={key} src={src} alt={alt ?? ''} />;
  }
  if (address !== undefined) {
    return (
      <a key={key} href={address} target="_blank" rel="noopener noreferrer">
        {linkText}
      </a>
    );
  }
  if (bold !== undefined) return <strong key={key}>{drawInline(bold)}</strong>;
  if (struck !== undefined) return <s key={key}>{drawInline(struck)}</s>;
  return <em key={key}>{drawInline(starred ?? underlined ?? '')}</em>;
}
