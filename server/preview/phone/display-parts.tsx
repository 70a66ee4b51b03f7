import type { ReactElement } from 'react';
import type { DisplayView, ListItemView } from '@flowella/shared/phone/screen-view.ts';
import type { FieldActions } from './field-frame.tsx';
import { Icon } from './icons.tsx';
import { Markdown } from './markdown.tsx';
import { Picture } from './picture.tsx';

type Of<Kind extends DisplayView['kind']> = Extract<DisplayView, { kind: Kind }>;

type TextPart = Extract<DisplayView, { weight: unknown }>;

/** Body text or caption, plain or with markdown. */
export function TextBlock({ part }: { part: TextPart }): ReactElement {
  const weight = part.weight === 'normal' ? '' : ` is-${part.weight.replace('_', '-')}`;
  const className = `ph-${part.kind}${weight}${part.isStruck ? ' is-struck' : ''}`;
  if (part.isMarkdown) {
    return (
      <div className={className}>
        <Markdown paragraphs={part.paragraphs} isRich={false} />
      </div>
    );
  }
  return (
    <p className={className} dir="auto">
      {part.paragraphs.join('\n')}
    </p>
  );
}

/** A picture of the flow in its own proportions. */
export function PictureBlock({ part }: { part: Of<'image'> }): ReactElement | null {
  const style = {
    objectFit: part.fit,
    ...(part.height === null ? { aspectRatio: String(part.aspectRatio) } : { blockSize: `${part.height}px` }),
    ...(part.width === null ? {} : { inlineSize: `${part.width}px` }),
  };
  return <Picture className="ph-picture" base64={part.src} alt={part.altText} style={style} />;
}

/** Up to three pictures side by side, moved by swiping or with the arrow keys. */
export function Carousel({ part }: { part: Of<'carousel'> }): ReactElement {
  const style = { objectFit: part.fit, aspectRatio: part.aspectRatio.replace(':', '/') };
  return (
    <div
      className="ph-carousel"
      tabIndex={0}
      role="group"
      aria-label={part.images.map((image) => image.altText).join(', ')}
    >
      {part.images.map((image, index) => (
        <Picture key={index} base64={image.src} alt={image.altText} style={style} />
      ))}
    </div>
  );
}

/** A list whose rows lead on. */
export function NavigationList({
  part,
  actions,
}: {
  part: Of<'navigation-list'>;
  actions: FieldActions;
}): ReactElement {
  return (
    <section className="ph-group" aria-label={part.label ?? undefined}>
      {part.label === null ? null : (
        <h3 className="ph-subheading" dir="auto">
          {part.label}
        </h3>
      )}
      {part.description === null ? null : (
        <p className="ph-group-description" dir="auto">
          {part.description}
        </p>
      )}
      <ul className="ph-rows ph-list">
        {part.items.map((item) => (
          <li key={item.id}>
            <button
              type="button"
              className="ph-row"
              disabled={!item.enabled || actions.isBusy}
              onClick={() => actions.onPress(part.id, item.id)}
            >
              {item.startImage === null ? null : (
                <Picture
                  className={part.mediaSize === 'large' ? 'ph-media is-large' : 'ph-media'}
                  base64={item.startImage}
                  alt={item.startAltText ?? ''}
                />
              )}
              <ItemTexts item={item} />
              <span className="ph-item-end">
                {[item.endTitle, item.endDescription, item.endMetadata].map((text, index) =>
                  text === null ? null : (
                    <span key={index} className={index === 0 ? 'ph-row-title' : 'ph-row-description'} dir="auto">
                      {text}
                    </span>
                  ),
                )}
              </span>
              <Icon name="chevron" className="ph-flip" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ItemTexts({ item }: { item: ListItemView }): ReactElement {
  return (
    <span className="ph-row-texts">
      <span className="ph-row-title" dir="auto">
        {item.title} {item.badge === null ? null : <span className="ph-badge">{item.badge}</span>}
      </span>
      {item.description === null ? null : (
        <span className="ph-row-description" dir="auto">
          {item.description}
        </span>
      )}
      {item.metadata === null ? null : (
        <span className="ph-row-description" dir="auto">
          {item.metadata}
        </span>
      )}
      {item.tags.length === 0 ? null : (
        <span className="ph-tags">
          {item.tags.map((tag) => (
            <span key={tag} className="ph-tag" dir="auto">
              {tag}
            </span>
          ))}
        </span>
      )}
    </span>
  );
}
