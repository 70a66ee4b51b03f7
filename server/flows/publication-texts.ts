import type { Language, Texts } from '../hubspot/language.ts';
import { problemText } from '../hubspot/problem-text.ts';
import { explainMetaCode } from '../whatsapp/meta-errors.ts';
import type { StepCode } from './flow-rows.ts';

type StepState = 'waiting' | 'running' | 'done' | 'failed';

const STEP: Record<StepCode, Record<Exclude<StepState, 'failed'>, Texts>> = {
  compile: {
    waiting: { en: 'Check the flow', de: 'Flow prüfen' },
    running: { en: 'Checking the flow and where its answers go', de: 'Flow und Ziele der Antworten werden geprüft' },
    done: {
      en: 'The flow is valid and its answers have a place to go',
      de: 'Der Flow ist gültig, und seine Antworten haben ein Ziel',
    },
  },
  create: {
    waiting: { en: 'Create the flow at WhatsApp', de: 'Flow bei WhatsApp anlegen' },
    running: { en: 'Creating the flow at WhatsApp', de: 'Der Flow wird bei WhatsApp angelegt' },
    done: { en: 'The flow exists at WhatsApp', de: 'Der Flow ist bei WhatsApp angelegt' },
  },
  upload: {
    waiting: { en: 'Upload the screens', de: 'Bildschirme hochladen' },
    running: { en: 'Uploading the screens', de: 'Die Bildschirme werden hochgeladen' },
    done: { en: 'WhatsApp accepted the screens', de: 'WhatsApp hat die Bildschirme angenommen' },
  },
  publish: {
    waiting: { en: 'Publish the flow', de: 'Flow veröffentlichen' },
    running: { en: 'Publishing the flow', de: 'Der Flow wird veröffentlicht' },
    done: { en: 'The flow is published', de: 'Der Flow ist veröffentlicht' },
  },
  template: {
    waiting: {
      en: 'Send the message template to WhatsApp for approval',
      de: 'Nachrichtenvorlage bei WhatsApp einreichen',
    },
    running: {
      en: 'WhatsApp is reviewing the message template, usually within minutes',
      de: 'WhatsApp prüft die Nachrichtenvorlage, meist innerhalb von Minuten',
    },
    done: { en: 'WhatsApp approved the message template', de: 'WhatsApp hat die Nachrichtenvorlage genehmigt' },
  },
};

const FAILURES: Record<string, Texts> = {
  nothing_to_ask: {
    en: 'None of the questions can be asked on WhatsApp. See the report for each of them.',
    de: 'Keine der Fragen lässt sich auf WhatsApp stellen. Der Bericht nennt den Grund für jede.',
  },
  confirmation_not_possible: {
    en: 'Who answers is to be confirmed first, which a flow that runs on the phone alone cannot do. See the report for what to change.',
    de: 'Es soll zuerst bestätigt werden, wer antwortet; das kann ein Flow nicht, der allein auf dem Telefon läuft. Der Bericht nennt, was zu ändern ist.',
  },
  invalid_flow: {
    en: 'The screens are not valid. The problems name the questions; change them and publish again.',
    de: 'Die Bildschirme sind nicht gültig. Die Probleme nennen die Fragen; ändern Sie sie und veröffentlichen Sie erneut.',
  },
  mapping_problems: {
    en: 'Some answers have no place to go. The problems name the questions; correct where answers go and publish again.',
    de: 'Einige Antworten haben kein Ziel. Die Probleme nennen die Fragen; berichtigen Sie die Ziele und veröffentlichen Sie erneut.',
  },
  no_document_number: {
    en: 'A question asks for a document number. Allow it in the design knowingly, or leave the question out.',
    de: 'Eine Frage verlangt eine Dokumentennummer. Erlauben Sie das bewusst im Design oder lassen Sie die Frage weg.',
  },
  account_not_connected: {
    en: 'The WhatsApp account is not connected. Connect it in the settings of Flowella, then publish again.',
    de: 'Das WhatsApp-Konto ist nicht verbunden. Verbinden Sie es in den Einstellungen von Flowella und veröffentlichen Sie erneut.',
  },
  meta_validation: {
    en: 'WhatsApp does not accept some of the screens. The problems name the questions.',
    de: 'WhatsApp nimmt einige Bildschirme nicht an. Die Probleme nennen die Fragen.',
  },
  meta_unavailable: {
    en: 'WhatsApp could not be reached for several minutes. Publish again.',
    de: 'WhatsApp war mehrere Minuten lang nicht erreichbar. Veröffentlichen Sie erneut.',
  },
  hubspot_unavailable: {
    en: 'HubSpot could not be reached for several minutes, or did not answer in time. Publish again.',
    de: 'HubSpot war mehrere Minuten lang nicht erreichbar oder hat nicht rechtzeitig geantwortet. Veröffentlichen Sie erneut.',
  },
  hubspot_rate_limited: {
    en: 'HubSpot took no more calls from this account for several minutes, because it or its other apps make many. Publish again in a quarter of an hour.',
    de: 'HubSpot nahm mehrere Minuten lang keine weiteren Aufrufe dieses Kontos an, weil es selbst oder seine anderen Apps viele machen. Veröffentlichen Sie in einer Viertelstunde erneut.',
  },
  hubspot_locked: {
    en: 'HubSpot has locked this account for a while, for example because it moves data. Publish again in a quarter of an hour.',
    de: 'HubSpot hat dieses Konto für eine Weile gesperrt, etwa weil es Daten verschiebt. Veröffentlichen Sie in einer Viertelstunde erneut.',
  },
  template_rejected: {
    en: 'WhatsApp rejected the message template. Change the message and publish again; inside the 24-hour window the flow can be sent.',
    de: 'WhatsApp hat die Nachrichtenvorlage abgelehnt. Ändern Sie die Nachricht und veröffentlichen Sie erneut; im 24-Stunden-Fenster kann der Flow gesendet werden.',
  },
  draft_beside_live: {
    en: 'There are changes that are not published yet. People still get the published version.',
    de: 'Es gibt Änderungen, die noch nicht veröffentlicht sind. Personen erhalten weiterhin die veröffentlichte Fassung.',
  },
  waiting_for_template: {
    en: 'The changed flow needs a new message template. Until WhatsApp approves it, people get the version before.',
    de: 'Der geänderte Flow braucht eine neue Nachrichtenvorlage. Bis WhatsApp sie genehmigt, erhalten Personen die Fassung davor.',
  },
  throttled: {
    en: 'WhatsApp lets this flow be sent only ten times an hour, because it failed too often. Test it and mend what fails.',
    de: 'WhatsApp lässt diesen Flow nur zehnmal je Stunde senden, weil er zu oft fehlschlug. Testen Sie ihn und beheben Sie den Fehler.',
  },
  blocked: {
    en: 'WhatsApp has blocked this flow, because it failed too often. Mend what fails and publish it again.',
    de: 'WhatsApp hat diesen Flow gesperrt, weil er zu oft fehlschlug. Beheben Sie den Fehler und veröffentlichen Sie ihn erneut.',
  },
  deprecated: {
    en: 'This flow was deprecated in WhatsApp Manager. Make a new one from the form.',
    de: 'Dieser Flow wurde im WhatsApp Manager als veraltet markiert. Erstellen Sie aus dem Formular einen neuen.',
  },
  endpoint_alert: {
    en: 'WhatsApp reports that this flow is slow or fails for people. The operator of this server looks at its health.',
    de: 'WhatsApp meldet, dass dieser Flow langsam ist oder bei Personen fehlschlägt. Der Betreiber dieses Servers prüft seinen Zustand.',
  },
};

const FAILURE_OF_OURS: Texts = {
  en: 'Something went wrong on our side. Publish again; if it happens twice, tell us.',
  de: 'Bei uns ist etwas schiefgegangen. Veröffentlichen Sie erneut; geschieht es zweimal, sagen Sie es uns.',
};

export function stepText(step: StepCode, state: Exclude<StepState, 'failed'>, language: Language): string {
  return STEP[step][state][language];
}

/**
 * The sentence for a stored reason: one of ours, HubSpot's trouble, or `meta:<number>` with Meta's own words behind it. Of a reason
 * that has no sentence here the details are the sentence.
 */
export function explainReason(code: string, details: string | null, language: Language): string {
  const metaCode = /^meta:(\d+)$/.exec(code)?.[1];
  if (metaCode === undefined && code !== 'template_rejected') {
    const known = FAILURES[code] ?? problemText(code);
    return known?.[language] ?? details ?? FAILURE_OF_OURS[language];
  }
  const text = metaCode === undefined ? FAILURES[code]?.[language] : explainMetaCode(Number(metaCode), language);
  const words = details ? (language === 'de' ? ` Meta schreibt: ${details}` : ` Meta says: ${details}`) : '';
  return `${text ?? ''}${words}`;
}
