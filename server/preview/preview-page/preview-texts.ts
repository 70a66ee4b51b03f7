/** Words of the preview page around the phone. */
export type PreviewTexts = { title: string; expired: string; loading: string; again: string; sample: string };

const english: PreviewTexts = {
  title: 'Preview on WhatsApp',
  expired: 'This preview can no longer be opened. Close it and open it again from HubSpot.',
  loading: 'Loading the preview',
  again: 'Start again',
  sample: 'Preview. Nothing you enter is sent or kept.',
};

const german: PreviewTexts = {
  title: 'Vorschau auf WhatsApp',
  expired: 'Diese Vorschau lässt sich nicht mehr öffnen. Schließen Sie sie und öffnen Sie sie in HubSpot neu.',
  loading: 'Vorschau wird geladen',
  again: 'Neu beginnen',
  sample: 'Vorschau. Nichts, was Sie eingeben, wird gesendet oder gespeichert.',
};

/** The page's words in one language. */
export function previewTexts(locale: string): PreviewTexts {
  return locale.startsWith('de') ? german : english;
}
