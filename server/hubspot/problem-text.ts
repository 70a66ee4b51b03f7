import type { Texts } from './language.ts';

/** What a person reads of work that goes on by itself when HubSpot did not do what we asked: what happened and who should do what. */
export const PROBLEM_TEXTS = {
  portal_disconnected: {
    en: 'Flowella is no longer connected to this HubSpot account. A super admin must install the app again; nothing was lost.',
    de: 'Flowella ist mit diesem HubSpot-Konto nicht mehr verbunden. Ein Super-Admin muss die App erneut installieren; nichts ging verloren.',
  },
  hubspot_missing_scope: {
    en: 'Flowella lacks a permission at HubSpot. A super admin must install the app again and accept its permissions.',
    de: 'Flowella fehlt eine Berechtigung in HubSpot. Ein Super-Admin muss die App erneut installieren und die Berechtigungen bestätigen.',
  },
  hubspot_not_found: {
    en: 'HubSpot does not know this record any more. Check whether it was deleted or merged.',
    de: 'HubSpot kennt diesen Datensatz nicht mehr. Prüfen Sie, ob er gelöscht oder zusammengeführt wurde.',
  },
  hubspot_conflict: {
    en: 'HubSpot already has something with this name or value. Choose another one or use the one that is there.',
    de: 'In HubSpot gibt es schon etwas mit diesem Namen oder Wert. Wählen Sie einen anderen oder nutzen Sie das Vorhandene.',
  },
  hubspot_rejected: {
    en: 'HubSpot refused the values. Compare the mapping with the properties in HubSpot.',
    de: 'HubSpot hat die Werte abgelehnt. Vergleichen Sie die Zuordnung mit den Eigenschaften in HubSpot.',
  },
  hubspot_rate_limited: {
    en: 'HubSpot takes no more calls from this account for a moment. It goes on by itself.',
    de: 'HubSpot nimmt für einen Moment keine weiteren Aufrufe dieses Kontos an. Es geht von selbst weiter.',
  },
  no_time_left: {
    en: 'The time of this attempt was used up before its turn came. It is tried again by itself.',
    de: 'Die Zeit dieses Versuchs war um, bevor er an der Reihe war. Es wird von selbst erneut versucht.',
  },
  hubspot_locked: {
    en: 'HubSpot has locked this account for a moment, for example while it moves data. It goes on by itself.',
    de: 'HubSpot hat dieses Konto für einen Moment gesperrt, etwa während es Daten verschiebt. Es geht von selbst weiter.',
  },
  hubspot_unavailable: {
    en: 'HubSpot cannot be reached. It is tried again by itself.',
    de: 'HubSpot ist nicht erreichbar. Es wird von selbst erneut versucht.',
  },
  hubspot_outcome_unknown: {
    en: "HubSpot's answer was lost. Whether it took effect is checked before anything is repeated.",
    de: 'Die Antwort von HubSpot ging verloren. Bevor etwas wiederholt wird, wird geprüft, ob es angekommen ist.',
  },
} as const satisfies Record<string, Texts>;

export type HubSpotProblem = keyof typeof PROBLEM_TEXTS;

/** What whoever waits for an answer reads instead, where nothing goes on by itself or the sentence above is about values. */
const ASKED_TEXTS: Partial<Record<HubSpotProblem, Texts>> = {
  hubspot_not_found: {
    en: 'HubSpot does not know what was asked for. Check whether it was deleted there, then load the page again.',
    de: 'HubSpot kennt nicht, wonach gefragt wurde. Prüfen Sie, ob es dort gelöscht wurde, und laden Sie die Seite neu.',
  },
  hubspot_rejected: {
    en: 'HubSpot did not accept this call. Load the page again and try once more; if it happens again, tell us.',
    de: 'HubSpot hat diesen Aufruf nicht angenommen. Laden Sie die Seite neu und versuchen Sie es noch einmal; geschieht es wieder, sagen Sie es uns.',
  },
  hubspot_rate_limited: {
    en: 'HubSpot takes no more calls from this account for a moment. Try again in a few seconds.',
    de: 'HubSpot nimmt für einen Moment keine weiteren Aufrufe dieses Kontos an. Versuchen Sie es in einigen Sekunden noch einmal.',
  },
  no_time_left: {
    en: 'HubSpot took too long to answer. Try again in a moment.',
    de: 'HubSpot hat zu lange für die Antwort gebraucht. Versuchen Sie es gleich noch einmal.',
  },
  hubspot_locked: {
    en: 'HubSpot has locked this account for a moment, for example while it moves data. Try again in a few minutes.',
    de: 'HubSpot hat dieses Konto für einen Moment gesperrt, etwa während es Daten verschiebt. Versuchen Sie es in einigen Minuten noch einmal.',
  },
  hubspot_unavailable: {
    en: 'HubSpot cannot be reached just now. Try again in a moment.',
    de: 'HubSpot ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal.',
  },
  hubspot_outcome_unknown: {
    en: "HubSpot's answer was lost. Look in HubSpot whether it took effect before you try again.",
    de: 'Die Antwort von HubSpot ging verloren. Sehen Sie in HubSpot nach, ob es angekommen ist, bevor Sie es noch einmal versuchen.',
  },
};

export function askedText(code: HubSpotProblem): Texts {
  return ASKED_TEXTS[code] ?? PROBLEM_TEXTS[code];
}

/** The sentence for work that goes on by itself; undefined where the code is no problem of HubSpot's. */
export function problemText(code: string): Texts | undefined {
  return Object.hasOwn(PROBLEM_TEXTS, code) ? PROBLEM_TEXTS[code as HubSpotProblem] : undefined;
}
