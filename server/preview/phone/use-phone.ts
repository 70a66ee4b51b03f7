import { useSyncExternalStore } from 'react';
import type { Phone } from '@flowella/shared/phone/run-flow.ts';
import type { PhoneView } from '@flowella/shared/phone/screen-view.ts';

/** What the phone shows now; the component draws again after every change. */
export function usePhone(phone: Phone): PhoneView {
  return useSyncExternalStore(
    (listener) => phone.subscribe(listener),
    () => phone.view(),
  );
}
