import type { DestinationKind } from '../../contract/destination-kinds.ts';

/** What a person reads for each place that submissions go to, on every card and page. */
export const DESTINATION_NAMES: Record<'en' | 'de', Record<DestinationKind, string>> = {
  en: {
    contact: 'Contact properties',
    files: 'Files',
    'form-submission': 'Form submission',
    'kyc-record': 'KYC record',
    timeline: 'Timeline',
    task: 'Task or note',
    calendar: 'Appointment',
    invitation: 'Calendar invitation',
    webhook: 'Webhook',
    'identity-check': 'Identity check',
    'identity-result': 'Identity result',
  },
  de: {
    contact: 'Kontakteigenschaften',
    files: 'Dateien',
    'form-submission': 'Formulareinsendung',
    'kyc-record': 'KYC-Akte',
    timeline: 'Zeitleiste',
    task: 'Aufgabe oder Notiz',
    calendar: 'Termin',
    invitation: 'Kalendereinladung',
    webhook: 'Webhook',
    'identity-check': 'Identitätsprüfung',
    'identity-result': 'Ergebnis der Identitätsprüfung',
  },
};
