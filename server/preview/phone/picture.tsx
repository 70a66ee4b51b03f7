import type { CSSProperties, ReactElement } from 'react';

/** The kinds of picture Meta allows, by how their base64 begins. */
const KINDS: [string, string][] = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['UklGR', 'image/webp'],
];

/** A picture out of Flow JSON: base64 without a data-URI prefix. Draws nothing for other content or an address. */
export function Picture(props: {
  base64: string;
  alt: string;
  className?: string;
  style?: CSSProperties;
}): ReactElement | null {
  const bare = props.base64.replace(/^data:image\/\w+;base64,/, '');
  const kind = KINDS.find(([start]) => bare.startsWith(start))?.[1];
  if (kind === undefined) return null;
  return <img className={props.className} style={props.style} src={`data:${kind};base64,${bare}`} alt={props.alt} />;
}
