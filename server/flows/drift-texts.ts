import type { FormChange, QuestionChange } from '@flowella/shared/form/compare-forms.ts';
import type { QuestionKind } from '@flowella/shared/form/form.ts';
import { splitRecall } from '@flowella/shared/form/recall.ts';
import type { DesignLine } from '@flowella/shared/form/reconcile-design.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import type { MappingLine } from './reconcile-mapping.ts';

const KINDS: Record<QuestionKind, Texts> = {
  'short-text': { en: 'a short text', de: 'ein kurzer Text' },
  'long-text': { en: 'a long text', de: 'ein langer Text' },
  email: { en: 'an e-mail address', de: 'eine E-Mail-Adresse' },
  phone: { en: 'a phone number', de: 'eine Telefonnummer' },
  url: { en: 'a web address', de: 'eine Webadresse' },
  number: { en: 'a number', de: 'eine Zahl' },
  'yes-no': { en: 'yes or no', de: 'Ja oder Nein' },
  checkbox: { en: 'a box to tick', de: 'ein Kästchen zum Ankreuzen' },
  'single-choice': { en: 'one choice', de: 'eine Auswahl' },
  'multi-choice': { en: 'several choices', de: 'eine Mehrfachauswahl' },
  scale: { en: 'a scale', de: 'eine Skala' },
  ranking: { en: 'a ranking', de: 'eine Rangfolge' },
  date: { en: 'a date', de: 'ein Datum' },
  time: { en: 'a time', de: 'eine Uhrzeit' },
  'date-time': { en: 'a date and time', de: 'Datum und Uhrzeit' },
  duration: { en: 'a duration', de: 'eine Dauer' },
  'appointment-day': { en: 'the day of an appointment', de: 'der Tag eines Termins' },
  appointment: { en: 'the time of an appointment', de: 'die Zeit eines Termins' },
  file: { en: 'a file', de: 'eine Datei' },
  unsupported: { en: 'something WhatsApp cannot ask for', de: 'etwas, wonach WhatsApp nicht fragen kann' },
};

/** A text of a form as it is quoted: on one line, an earlier answer in it as three dots, cut where it is long. */
function quoted(text: string): string {
  const words = splitRecall(text).map((part) => (typeof part === 'string' ? part : '…'));
  const line = words.join('').replace(/\s+/g, ' ').trim();
  const letters = [...line];
  return letters.length > 120 ? `${letters.slice(0, 119).join('')}…` : line;
}

/** One change of a question, for a person. Pure. */
export function describeQuestionChange(change: QuestionChange, language: Language): string {
  return questionTexts(change)[language];
}

function questionTexts(change: QuestionChange): Texts {
  switch (change.code) {
    case 'added':
      return change.required
        ? { en: 'New, and must be answered.', de: 'Neu, muss beantwortet werden.' }
        : { en: 'New.', de: 'Neu.' };
    case 'removed':
      return { en: 'No longer in the form.', de: 'Nicht mehr im Formular.' };
    case 'renamed':
      return {
        en: `Now says “${quoted(change.to)}” instead of “${quoted(change.from)}”.`,
        de: `Lautet jetzt „${quoted(change.to)}“ statt „${quoted(change.from)}“.`,
      };
    case 'kind-changed':
      return {
        en: `Now asks for ${KINDS[change.to].en}; before: ${KINDS[change.from].en}.`,
        de: `Gefragt ist jetzt ${KINDS[change.to].de}; vorher: ${KINDS[change.from].de}.`,
      };
    case 'required-changed':
      return change.required
        ? { en: 'Must be answered now.', de: 'Muss jetzt beantwortet werden.' }
        : { en: 'Need not be answered any more.', de: 'Muss nicht mehr beantwortet werden.' };
    case 'choice-added':
      return { en: `New choice “${quoted(change.choice)}”.`, de: `Neue Auswahl „${quoted(change.choice)}“.` };
    case 'choice-removed':
      return {
        en: `The choice “${quoted(change.choice)}” is gone.`,
        de: `Die Auswahl „${quoted(change.choice)}“ gibt es nicht mehr.`,
      };
    case 'choice-renamed':
      return {
        en: `The choice “${quoted(change.from)}” is now called “${quoted(change.to)}”.`,
        de: `Die Auswahl „${quoted(change.from)}“ heißt jetzt „${quoted(change.to)}“.`,
      };
    case 'choices-moved':
      return { en: 'The choices stand in another order.', de: 'Die Auswahl steht in anderer Reihenfolge.' };
    case 'moved':
      return change.after === null
        ? { en: 'Now comes first.', de: 'Kommt jetzt zuerst.' }
        : { en: `Now comes after “${quoted(change.after)}”.`, de: `Kommt jetzt nach „${quoted(change.after)}“.` };
    case 'rules-changed':
      return {
        en: 'When it is asked, or what comes after it, has changed.',
        de: 'Wann sie gestellt wird oder was danach kommt, hat sich geändert.',
      };
    case 'help-changed':
      return { en: 'Its help text or picture has changed.', de: 'Hilfetext oder Bild haben sich geändert.' };
    case 'details-changed':
      return {
        en: 'What it accepts, or its default, has changed.',
        de: 'Was sie annimmt oder ihre Vorgabe hat sich geändert.',
      };
  }
}

/** One change of the form as a whole, for a person. Pure. */
export function describeFormChange(change: FormChange, language: Language): string {
  return formTexts(change)[language];
}

function formTexts(change: FormChange): Texts {
  switch (change.code) {
    case 'form-renamed':
      return {
        en: `The form is now called “${quoted(change.to)}”. Your flow keeps its name.`,
        de: `Das Formular heißt jetzt „${quoted(change.to)}“. Ihr Flow behält seinen Namen.`,
      };
    case 'language-changed':
      return {
        en: `The form’s language is now “${change.to}” instead of “${change.from}”.`,
        de: `Die Sprache des Formulars ist jetzt „${change.to}“ statt „${change.from}“.`,
      };
    case 'consent-changed':
      return { en: 'The consent texts have changed.', de: 'Die Einwilligungstexte haben sich geändert.' };
    case 'hidden-added':
      return {
        en: `The hidden field “${quoted(change.label)}” is new.`,
        de: `Das versteckte Feld „${quoted(change.label)}“ ist neu.`,
      };
    case 'hidden-removed':
      return {
        en: `The hidden field “${quoted(change.label)}” is gone.`,
        de: `Das versteckte Feld „${quoted(change.label)}“ gibt es nicht mehr.`,
      };
    case 'hidden-changed':
      return {
        en: `The hidden field “${quoted(change.label)}” has changed.`,
        de: `Das versteckte Feld „${quoted(change.label)}“ hat sich geändert.`,
      };
    case 'text-added':
      return { en: `New text: “${quoted(change.text)}”.`, de: `Neuer Text: „${quoted(change.text)}“.` };
    case 'text-removed':
      return { en: `A text is gone: “${quoted(change.text)}”.`, de: `Ein Text fehlt jetzt: „${quoted(change.text)}“.` };
    case 'text-changed':
      return {
        en: `A text now says: “${quoted(change.text)}”.`,
        de: `Ein Text lautet jetzt: „${quoted(change.text)}“.`,
      };
    case 'ending-changed':
      return {
        en: 'The button or the text at the end has changed.',
        de: 'Die Schaltfläche oder der Text am Ende hat sich geändert.',
      };
    case 'form-rules-changed':
      return {
        en: 'Rules or calculations of the form have changed.',
        de: 'Regeln oder Berechnungen des Formulars haben sich geändert.',
      };
    case 'layout-changed':
      return {
        en: 'What stands together on a page has changed.',
        de: 'Was auf einer Seite zusammensteht, hat sich geändert.',
      };
  }
}

/** What becomes of one edit of the customer when the changed form is taken over, for a person. Pure. */
export function describeDesignLine(line: DesignLine, language: Language): string {
  return designTexts(line, quoted(line.label), quoted(line.text ?? ''))[language];
}

function designTexts({ code, text }: DesignLine, label: string, own: string): Texts {
  switch (code) {
    case 'label-dropped':
      return { en: `Your text “${own}” goes with “${label}”.`, de: `Ihr Text „${own}“ entfällt mit „${label}“.` };
    case 'help-dropped':
      return {
        en: `Your help text “${own}” goes with “${label}”.`,
        de: `Ihr Hilfetext „${own}“ entfällt mit „${label}“.`,
      };
    case 'required-dropped':
      return {
        en: `Whether “${label}” must be answered is no longer yours to decide: the question is gone.`,
        de: `Ob „${label}“ beantwortet werden muss, ist hinfällig: Die Frage gibt es nicht mehr.`,
      };
    case 'rule-dropped':
      return {
        en: `Your rule of when “${label}” is asked ends, since what it speaks of is gone: the form decides again.`,
        de: `Ihre Regel, wann „${label}“ gefragt wird, endet, da es das Gemeinte nicht mehr gibt: Das Formular entscheidet wieder.`,
      };
    case 'rule-shortened':
      return {
        en: `Your rule of when “${label}” is asked loses a part, since a question it looked at is gone. Check it.`,
        de: `Ihre Regel, wann „${label}“ gefragt wird, verliert einen Teil, da es eine Frage darin nicht mehr gibt. Prüfen Sie sie.`,
      };
    case 'omitted-dropped':
      return {
        en: `“${label}”, which you left out, is gone from the form too.`,
        de: `„${label}“, von Ihnen ausgelassen, fehlt jetzt auch im Formular.`,
      };
    case 'document-number-dropped':
      return {
        en: `Your permission to write the document number “${label}” ends: the question is gone.`,
        de: `Ihre Erlaubnis, die Dokumentnummer „${label}“ zu schreiben, endet: Die Frage gibt es nicht mehr.`,
      };
    case 'place-dropped':
      return { en: `“${label}” leaves your screens.`, de: `„${label}“ fällt aus Ihren Bildschirmen.` };
    case 'screen-dropped':
      return {
        en: `Your screen “${label}” goes, since none of its questions is left.`,
        de: `Ihr Bildschirm „${label}“ entfällt, da keine seiner Fragen übrig ist.`,
      };
    case 'own-label-kept':
      return { en: `“${label}” is still asked as “${own}”.`, de: `„${label}“ wird weiter als „${own}“ gefragt.` };
    case 'own-help-kept':
      return {
        en: `“${label}” keeps your help text “${own}”.`,
        de: `„${label}“ behält Ihren Hilfetext „${own}“.`,
      };
    case 'own-required-kept':
      return {
        en: `Whether “${label}” must be answered stays as you decided.`,
        de: `Ob „${label}“ beantwortet werden muss, bleibt, wie Sie es entschieden haben.`,
      };
    case 'own-rule-kept':
      return {
        en: `When “${label}” is asked stays as you decided.`,
        de: `Wann „${label}“ gefragt wird, bleibt, wie Sie es entschieden haben.`,
      };
    case 'own-order-kept':
      return {
        en: `“${label}” stays where you put it.`,
        de: `„${label}“ bleibt, wo Sie es hingestellt haben.`,
      };
    case 'placed':
      return text === undefined
        ? { en: `“${label}” is put at the beginning.`, de: `„${label}“ kommt an den Anfang.` }
        : { en: `“${label}” is put behind “${own}”.`, de: `„${label}“ kommt hinter „${own}“.` };
  }
}

const KYC_FIELDS: Record<Extract<MappingLine, { code: 'kyc-dropped' }>['field'], Texts> = {
  legalName: { en: 'legal name', de: 'amtlicher Name' },
  birthDate: { en: 'date of birth', de: 'Geburtsdatum' },
  address: { en: 'address', de: 'Adresse' },
  nationality: { en: 'nationality', de: 'Nationalität' },
  documentType: { en: 'document type', de: 'Ausweisart' },
  documentNumber: { en: 'document number', de: 'Ausweisnummer' },
  documentExpiry: { en: 'expiry of the document', de: 'Gültigkeit des Ausweises' },
  consent: { en: 'consent', de: 'Einwilligung' },
};

const IDENTITY_FIELDS: Record<Extract<MappingLine, { code: 'identity-dropped' }>['field'], Texts> = {
  firstName: { en: 'first name', de: 'Vorname' },
  lastName: { en: 'last name', de: 'Nachname' },
  birthDate: { en: 'date of birth', de: 'Geburtsdatum' },
  email: { en: 'e-mail', de: 'E-Mail' },
  phone: { en: 'phone', de: 'Telefon' },
  street: { en: 'street', de: 'Straße' },
  city: { en: 'city', de: 'Ort' },
  postalCode: { en: 'postal code', de: 'Postleitzahl' },
  country: { en: 'country', de: 'Land' },
};

/** Where answers of a question that is gone no longer go, for a person. Pure. */
export function describeMappingLine(line: MappingLine, language: Language): string {
  return mappingTexts(line, quoted(line.label))[language];
}

function mappingTexts(line: MappingLine, label: string): Texts {
  switch (line.code) {
    case 'property-dropped':
      return {
        en: `The contact property “${line.property}” gets no answers any more: “${label}” is gone.`,
        de: `Die Kontakteigenschaft „${line.property}“ bekommt keine Antworten mehr: „${label}“ gibt es nicht mehr.`,
      };
    case 'kyc-dropped':
      return {
        en: `“${label}” is gone and leaves “${KYC_FIELDS[line.field].en}” of the KYC record.`,
        de: `„${label}“ gibt es nicht mehr und fehlt bei „${KYC_FIELDS[line.field].de}“ in der KYC-Akte.`,
      };
    case 'identity-dropped':
      return {
        en: `“${label}” is gone; the identity check is not told “${IDENTITY_FIELDS[line.field].en}” by it any more.`,
        de: `„${label}“ gibt es nicht mehr; der Identitätsprüfung fehlt es bei „${IDENTITY_FIELDS[line.field].de}“.`,
      };
  }
}

export const FORM_STATE_TEXTS: Record<'archived' | 'gone' | 'goneWithNoneHeld', Texts> = {
  archived: {
    en: 'This form is archived in HubSpot. People can still answer, but nothing is written into the form; those submissions are held. Restore the form in HubSpot, or turn off writing back into it and publish.',
    de: 'Dieses Formular ist in HubSpot archiviert. Antworten kommen weiter an, werden aber nicht ins Formular geschrieben; diese Übermittlungen warten. Stellen Sie das Formular in HubSpot wieder her, oder schalten Sie das Zurückschreiben aus und veröffentlichen Sie.',
  },
  goneWithNoneHeld: {
    en: 'HubSpot does not know this form any more. People can still answer, but nothing is written into the form; their submissions would be held. Turn off writing back into the form and publish, or make a new flow from another form.',
    de: 'HubSpot kennt dieses Formular nicht mehr. Antworten kommen weiter an, werden aber nicht ins Formular geschrieben; diese Übermittlungen würden warten. Schalten Sie das Zurückschreiben aus und veröffentlichen Sie, oder machen Sie aus einem anderen Formular einen neuen Flow.',
  },
  gone: {
    en: 'HubSpot does not know this form any more. People can still answer, but nothing is written into the form; those submissions are held. Decide below what becomes of these, turn off writing back into the form and publish, or make a new flow from another form.',
    de: 'HubSpot kennt dieses Formular nicht mehr. Antworten kommen weiter an, werden aber nicht ins Formular geschrieben; diese Übermittlungen warten. Entscheiden Sie unten, was aus ihnen wird, schalten Sie das Zurückschreiben aus und veröffentlichen Sie, oder machen Sie aus einem anderen Formular einen neuen Flow.',
  },
};
