import { useMemo, type CSSProperties, type ReactElement, type ReactNode } from 'react';
import type { PhoneLocale } from '@flowella/shared/phone/phone-texts.ts';
import { PhoneContext } from './phone-context.ts';
import { uiTexts } from './ui-texts.ts';
import './phone.css';

export type PhoneLook = {
  /** Language of the phone; default English. */
  locale?: PhoneLocale;
  /** `auto` follows the system. */
  theme?: 'auto' | 'light' | 'dark';
  /** 1 is normal; 1.3 is a person's large text. */
  textScale?: number;
};

/**
 * The phone itself: fills its parent, which gives the height. Up to 480 px wide it is the whole screen, wider it is drawn
 * as a device of 390 px.
 */
export function PhoneFrame(props: PhoneLook & { label: string; children: ReactNode }): ReactElement {
  const { locale = 'en', theme = 'auto', textScale = 1 } = props;
  const context = useMemo(() => ({ locale, texts: uiTexts(locale) }), [locale]);
  // React's style type does not know custom properties.
  const style = { '--ph-scale': String(textScale) } as CSSProperties;
  return (
    <PhoneContext.Provider value={context}>
      <div className="ph-stage" data-theme={theme} style={style}>
        <section className="ph-phone" aria-label={props.label} lang={locale}>
          <div className="ph-screen">{props.children}</div>
        </section>
      </div>
    </PhoneContext.Provider>
  );
}
