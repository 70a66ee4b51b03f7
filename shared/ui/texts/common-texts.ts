const en = {
  loading: 'Loading…',
  tryAgain: 'Try again',
  refresh: 'Refresh',
  cancel: 'Cancel',
  save: 'Save',
  close: 'Close',
  next: 'Next',
  back: 'Back',
  updatedAt: (time: string) => `Updated ${time}`,
  staleTitle: 'This may be out of date',
  requestId: (id: string) => `Support can find this under ${id}.`,
  problem: {
    title: 'That did not work',
    network: 'The server could not be reached. Check your connection and press again: nothing happens twice.',
    unexpected:
      'The server gave an answer that we do not understand. Try again in a minute; if it stays, tell your administrator.',
  },
  noOrigin: {
    title: 'This app is not set up completely',
    text: 'The address of the server is missing. Whoever deployed the app must set API_ORIGIN in the HubSpot project profile.',
  },
};

const de: typeof en = {
  loading: 'Wird geladen …',
  tryAgain: 'Noch einmal versuchen',
  refresh: 'Aktualisieren',
  cancel: 'Abbrechen',
  save: 'Speichern',
  close: 'Schließen',
  next: 'Weiter',
  back: 'Zurück',
  updatedAt: (time) => `Stand ${time}`,
  staleTitle: 'Das ist vielleicht nicht mehr aktuell',
  requestId: (id) => `Der Support findet das unter ${id}.`,
  problem: {
    title: 'Das hat nicht geklappt',
    network:
      'Der Server war nicht zu erreichen. Prüfen Sie Ihre Verbindung und drücken Sie noch einmal: Es geschieht nichts doppelt.',
    unexpected:
      'Der Server hat etwas geantwortet, das wir nicht verstehen. Versuchen Sie es in einer Minute noch einmal; bleibt es so, sagen Sie es Ihrem Administrator.',
  },
  noOrigin: {
    title: 'Diese App ist nicht fertig eingerichtet',
    text: 'Die Adresse des Servers fehlt. Wer die App bereitgestellt hat, muss API_ORIGIN im Profil des HubSpot-Projekts setzen.',
  },
};

export const commonTexts = { en, de };
export type CommonTexts = typeof en;
