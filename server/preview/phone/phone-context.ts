import { createContext, useContext } from 'react';
import type { PhoneLocale } from '@flowella/shared/phone/phone-texts.ts';
import { uiTexts, type UiTexts } from './ui-texts.ts';

export type PhoneContextValue = { locale: PhoneLocale; texts: UiTexts };

/** Language of the phone around a component. */
export const PhoneContext = createContext<PhoneContextValue>({ locale: 'en', texts: uiTexts('en') });

/** The phone's language and words. */
export function usePhoneContext(): PhoneContextValue {
  return useContext(PhoneContext);
}
