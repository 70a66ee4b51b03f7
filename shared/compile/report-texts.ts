import { ownMember } from '../form/own-member.ts';
import type { FitLine } from './report.ts';

export type ReportLocale = 'en' | 'de';
type Text = {
  outcome: FitLine['outcome'];
  en: [message: string, advice: string];
  de: [message: string, advice: string];
};

/** Every code of the fit report with its sentences. A code is stable; its words may change. */
const TEXTS: Record<string, Text> = {
  kept: { outcome: 'kept', en: ['Asked as it is.', ''], de: ['Wird so gefragt, wie es ist.', ''] },
  hidden_value: {
    outcome: 'kept',
    en: ['Not shown; its value is sent along with the answers, as the form does.', ''],
    de: ['Wird nicht angezeigt; sein Wert wird wie im Formular mit den Antworten gesendet.', ''],
  },
  consent_as_text: {
    outcome: 'kept',
    en: ['The text is shown above the button; sending the answers is the consent.', ''],
    de: ['Der Text steht über der Schaltfläche; mit dem Absenden wird eingewilligt.', ''],
  },
  legitimate_interest_text: {
    outcome: 'kept',
    en: ['The privacy text is shown above the button.', ''],
    de: ['Der Datenschutztext steht über der Schaltfläche.', ''],
  },
  confirmed_by_email: {
    outcome: 'kept',
    en: ['Before anything is shown, people enter their surname and a code that your system mails to them.', ''],
    de: [
      'Bevor etwas gezeigt wird, geben die Personen ihren Nachnamen und einen Code ein, den Ihr System ihnen mailt.',
      '',
    ],
  },
  confirmed_by_agent: {
    outcome: 'kept',
    en: [
      'Before anything is shown, people enter their surname and a code that a colleague tells them by telephone.',
      '',
    ],
    de: [
      'Bevor etwas gezeigt wird, geben die Personen ihren Nachnamen und einen Code ein, den sie am Telefon erfahren.',
      '',
    ],
  },
  confirmation_needs_connected: {
    outcome: 'refused',
    en: [
      'Nobody can confirm who they are here: this flow runs on the phone alone, where a code could be read and no wrong one refused. It cannot be published like this.',
      'Let the flow ask the server after each screen, or do not ask who is answering.',
    ],
    de: [
      'Hier kann niemand bestätigen, wer er ist: Dieser Flow läuft allein auf dem Telefon, wo ein Code auslesbar wäre und kein falscher abgelehnt werden könnte. So kann er nicht veröffentlicht werden.',
      'Lassen Sie den Flow nach jedem Bildschirm den Server fragen, oder verzichten Sie auf die Bestätigung.',
    ],
  },
  hidden_without_value: {
    outcome: 'changed',
    en: [
      'Hidden and without a value of its own, so nothing is sent for it.',
      'Give it a default value in the form if you need one.',
    ],
    de: [
      'Verborgen und ohne eigenen Wert, daher wird dafür nichts gesendet.',
      'Geben Sie ihm im Formular einen Standardwert, wenn Sie einen brauchen.',
    ],
  },
  hidden_required_without_value: {
    outcome: 'changed',
    en: [
      'Hidden, required and without a value of its own: nothing is sent for it, and HubSpot may refuse the answers.',
      'Give it a default value in the form, or make it optional.',
    ],
    de: [
      'Verborgen, erforderlich und ohne eigenen Wert: Dafür wird nichts gesendet, und HubSpot kann die Antworten ablehnen.',
      'Geben Sie ihm im Formular einen Standardwert, oder machen Sie es freiwillig.',
    ],
  },
  label_missing: {
    outcome: 'changed',
    en: ['It has no label in the form, so its internal name is shown.', 'Give it a label in the form.'],
    de: [
      'Es hat im Formular keine Beschriftung, daher wird sein interner Name gezeigt.',
      'Geben Sie ihm im Formular eine Beschriftung.',
    ],
  },
  name_missing: {
    outcome: 'changed',
    en: ['It has no label in the form, so people see only the field.', 'Give it a label in the form.'],
    de: [
      'Es hat im Formular keine Beschriftung, daher sehen die Leute nur das Feld.',
      'Geben Sie ihm im Formular eine Beschriftung.',
    ],
  },
  consent_not_known: {
    outcome: 'refused',
    en: [
      'Consent of this kind is not known to us, so nobody is asked for it on WhatsApp.',
      'Ask for the consent with a tick box in the form, or choose another kind of consent in HubSpot.',
    ],
    de: [
      'Diese Art der Einwilligung kennen wir nicht, daher wird auf WhatsApp niemand danach gefragt.',
      'Fragen Sie im Formular mit einem Kästchen danach, oder wählen Sie in HubSpot eine andere Art der Einwilligung.',
    ],
  },
  asked_once: {
    outcome: 'changed',
    en: [
      'It stands in the form several times under different labels: it is asked once, under the first of them.',
      'Check that the question reads well for everyone who sees it.',
    ],
    de: [
      'Es steht mehrmals mit verschiedenen Beschriftungen im Formular: Es wird einmal gefragt, unter der ersten.',
      'Prüfen Sie, ob die Frage für alle passt, die sie sehen.',
    ],
  },
  condition_not_known: {
    outcome: 'changed',
    en: [
      'The form shows it only under a condition that we cannot read: everyone sees it here and may leave it empty.',
      'Set the condition again in the form, or leave the question out.',
    ],
    de: [
      'Das Formular zeigt es nur unter einer Bedingung, die wir nicht lesen können: Hier sehen es alle und dürfen es leer lassen.',
      'Legen Sie die Bedingung im Formular neu fest, oder lassen Sie die Frage weg.',
    ],
  },
  choices_without_value: {
    outcome: 'changed',
    en: [
      'Choices without a value are left out, since nothing could be sent for them.',
      'Give every choice a value in HubSpot.',
    ],
    de: [
      'Auswahlmöglichkeiten ohne Wert entfallen, da für sie nichts gesendet werden könnte.',
      'Geben Sie in HubSpot jeder Auswahlmöglichkeit einen Wert.',
    ],
  },
  choices_alike: {
    outcome: 'changed',
    en: [
      'Some choices have the same name: a number behind it tells them apart.',
      'Give each choice a name of its own in the form.',
    ],
    de: [
      'Einige Auswahlmöglichkeiten heißen gleich: Eine Zahl dahinter unterscheidet sie.',
      'Geben Sie im Formular jeder einen eigenen Namen.',
    ],
  },
  default_gone: {
    outcome: 'changed',
    en: [
      'A default value is no longer one of the choices, so it is not selected beforehand.',
      'Choose another default value in the form.',
    ],
    de: [
      'Ein Standardwert ist keine der Auswahlmöglichkeiten mehr und wird daher nicht vorausgewählt.',
      'Wählen Sie im Formular einen anderen Standardwert.',
    ],
  },
  consent_text_missing: {
    outcome: 'changed',
    en: [
      'The form gives no text for this consent, so nobody can tell what is agreed to, and HubSpot may refuse the answers.',
      'Write the text of the consent in the form.',
    ],
    de: [
      'Das Formular nennt für diese Einwilligung keinen Text: Niemand sieht, worin eingewilligt wird, und HubSpot kann die Antworten ablehnen.',
      'Schreiben Sie den Text der Einwilligung in das Formular.',
    ],
  },
  choices_as_menu: {
    outcome: 'changed',
    en: ['More than 20 choices: shown as a menu instead of a list.', ''],
    de: ['Mehr als 20 Auswahlmöglichkeiten: Sie erscheinen als Menü statt als Liste.', ''],
  },
  choices_in_sections: {
    outcome: 'changed',
    en: [
      'More than 200 choices: people choose the section of the list first, then the choice in it.',
      'A shorter list is quicker to answer.',
    ],
    de: [
      'Mehr als 200 Auswahlmöglichkeiten: Zuerst wird der Teil der Liste gewählt, dann der Eintrag darin.',
      'Eine kürzere Liste ist schneller beantwortet.',
    ],
  },
  choices_in_groups: {
    outcome: 'changed',
    en: ['More than 20 boxes: shown as several groups, one below the other.', ''],
    de: ['Mehr als 20 Kästchen: Sie erscheinen in mehreren Gruppen untereinander.', ''],
  },
  choices_on_screens: {
    outcome: 'changed',
    en: ['Very many boxes: they come on several screens; whatever is ticked on them is one answer.', ''],
    de: ['Sehr viele Kästchen: Sie kommen auf mehreren Bildschirmen; alle Häkchen zusammen sind eine Antwort.', ''],
  },
  single_box: {
    outcome: 'changed',
    en: ['Only one choice: shown as a single box to tick.', ''],
    de: ['Nur eine Auswahlmöglichkeit: Sie erscheint als einzelnes Kästchen.', ''],
  },
  choice_titles_shortened: {
    outcome: 'changed',
    en: [
      'Some choices are longer than 30 characters: the title is shortened and the full text stands below it.',
      'Shorter names of the choices read better.',
    ],
    de: [
      'Einige Auswahlmöglichkeiten haben mehr als 30 Zeichen: Der Titel ist gekürzt, der volle Text steht darunter.',
      'Kürzere Namen lesen sich besser.',
    ],
  },
  other_in_own_field: {
    outcome: 'changed',
    en: ['"Other" has a field of its own for the text.', ''],
    de: ['„Sonstiges“ hat ein eigenes Feld für den Text.', ''],
  },
  ranking_as_menus: {
    outcome: 'changed',
    en: ['The order is chosen with one menu per place.', ''],
    de: ['Die Reihenfolge wird mit einem Menü je Platz gewählt.', ''],
  },
  time_as_text: {
    outcome: 'changed',
    en: ['The time is typed as hours and minutes.', ''],
    de: ['Die Uhrzeit wird in Stunden und Minuten eingetippt.', ''],
  },
  asked_in_parts: {
    outcome: 'changed',
    en: ['Asked in two fields that are put together.', ''],
    de: ['Wird in zwei Feldern gefragt, die zusammengesetzt werden.', ''],
  },
  document_number: {
    outcome: 'changed',
    en: [
      'Asks for a full document number: it is masked in the chat and not written into HubSpot.',
      'Ask for the last four characters only, or allow the write-back for this flow knowingly.',
    ],
    de: [
      'Fragt nach einer vollständigen Dokumentnummer: Sie wird im Chat verdeckt und nicht in HubSpot geschrieben.',
      'Fragen Sie nur nach den letzten vier Zeichen, oder erlauben Sie das Schreiben für diesen Flow bewusst.',
    ],
  },
  document_number_allowed: {
    outcome: 'changed',
    en: [
      'Asks for a full document number: it is masked in the chat, and written into HubSpot because you allowed it.',
      '',
    ],
    de: [
      'Fragt nach einer vollständigen Dokumentnummer: Sie wird im Chat verdeckt und in HubSpot geschrieben, weil Sie es erlaubt haben.',
      '',
    ],
  },
  condition_lost: {
    outcome: 'changed',
    en: [
      'Depends on something that is not asked on WhatsApp: it is shown all the same and may be left empty.',
      'Leave it out, or make it depend on another question.',
    ],
    de: [
      'Hängt von etwas ab, das auf WhatsApp nicht gefragt wird: Es wird trotzdem gezeigt und darf leer bleiben.',
      'Lassen Sie es weg, oder machen Sie es von einer anderen Frage abhängig.',
    ],
  },
  shown_to_everyone: {
    outcome: 'changed',
    en: [
      'The phone alone cannot decide when to show it: everyone sees it and may leave it empty; answers that do not belong are dropped.',
      'Choose the connected mode to show it only when it applies.',
    ],
    de: [
      'Das Telefon allein kann nicht entscheiden, wann es erscheint: Alle sehen es und dürfen es leer lassen; unpassende Antworten entfallen.',
      'Wählen Sie den verbundenen Modus, damit es nur erscheint, wenn es passt.',
    ],
  },
  left_out: {
    outcome: 'refused',
    en: ['Left out by you.', 'Take it in again if you need the answer.'],
    de: ['Von Ihnen weggelassen.', 'Nehmen Sie es wieder auf, wenn Sie die Antwort brauchen.'],
  },
  never_shown: {
    outcome: 'refused',
    en: [
      'Its condition can never be met: the value or choice it looks for is not there. So nobody would ever see it.',
      'Check the condition in the form if it should be asked.',
    ],
    de: [
      'Seine Bedingung kann nie zutreffen, weil es den Wert oder die Auswahl dafür nicht gibt. Niemand würde es je sehen.',
      'Prüfen Sie die Bedingung im Formular, wenn danach gefragt werden soll.',
    ],
  },
  file_limits: {
    outcome: 'changed',
    en: [
      'Asked with the file picker of WhatsApp, on a screen of its own: at most 10 MB a file, and ten files in all questions together.',
      'See that Flowella may write into the files of your HubSpot account: they go there.',
    ],
    de: [
      'Wird mit der Dateiauswahl von WhatsApp gefragt, auf einem eigenen Bildschirm: höchstens 10 MB je Datei und zehn Dateien in allen Fragen zusammen.',
      'Sorgen Sie dafür, dass Flowella in die Dateiablage Ihres HubSpot-Kontos schreiben darf: Dorthin kommen die Dateien.',
    ],
  },
  file_not_required: {
    outcome: 'changed',
    en: [
      'This file can be passed by: on the phone alone, a file cannot be demanded only of those who are asked for it.',
      'Let the flow be connected if the file must not be missing.',
    ],
    de: [
      'Diese Datei darf fehlen: Das Telefon allein kann sie nicht nur von denen verlangen, die danach gefragt werden.',
      'Stellen Sie den Flow auf „verbunden“, wenn die Datei nicht fehlen darf.',
    ],
  },
  file_type_not_possible: {
    outcome: 'refused',
    en: [
      'WhatsApp cannot offer files of the type that this question takes.',
      'Allow PDF, office documents or pictures in the form, or ask for the file in the chat.',
    ],
    de: [
      'WhatsApp kann Dateien der Art, die diese Frage annimmt, nicht anbieten.',
      'Lassen Sie im Formular PDF, Bürodokumente oder Bilder zu, oder bitten Sie im Chat um die Datei.',
    ],
  },
  too_many_files: {
    outcome: 'refused',
    en: [
      'The flow already asks for ten files, which is all that one message of WhatsApp can carry.',
      'Let the flow be connected, or ask for this file in the chat.',
    ],
    de: [
      'Der Flow fragt schon nach zehn Dateien, und mehr trägt eine Nachricht von WhatsApp nicht.',
      'Stellen Sie den Flow auf „verbunden“, oder bitten Sie im Chat um diese Datei.',
    ],
  },
  file_not_possible: {
    outcome: 'refused',
    en: [
      'This form tool takes no files from outside.',
      'Ask for a link to the file in a text question, or for the file in the chat after the answers have arrived.',
    ],
    de: [
      'Dieses Formularwerkzeug nimmt keine Dateien von außen an.',
      'Fragen Sie in einer Textfrage nach einem Link zur Datei, oder bitten Sie im Chat um die Datei, wenn die Antworten da sind.',
    ],
  },
  type_missing: {
    outcome: 'refused',
    en: [
      'The form does not say what type of field it is, so it cannot be asked.',
      'Take the field out of the form and add it again, or ask for it in the chat.',
    ],
    de: [
      'Das Formular nennt den Feldtyp nicht, daher kann nicht danach gefragt werden.',
      'Nehmen Sie das Feld aus dem Formular und fügen Sie es neu hinzu, oder fragen Sie im Chat danach.',
    ],
  },
  payment_not_possible: {
    outcome: 'refused',
    en: [
      'Payments cannot be taken inside a WhatsApp flow.',
      'Send the payment link in the chat after the answers have arrived.',
    ],
    de: [
      'In einem WhatsApp-Flow kann nicht bezahlt werden.',
      'Senden Sie den Zahlungslink im Chat, wenn die Antworten da sind.',
    ],
  },
  type_not_known: {
    outcome: 'refused',
    en: [
      'A field of the type "{rawType}" cannot be asked on WhatsApp.',
      'Use another type of field in the form, or ask for it in the chat.',
    ],
    de: [
      'Ein Feld vom Typ „{rawType}“ kann auf WhatsApp nicht gefragt werden.',
      'Verwenden Sie im Formular einen anderen Feldtyp, oder fragen Sie im Chat danach.',
    ],
  },
  no_choices: {
    outcome: 'refused',
    en: ['It has no choices to choose from.', 'Add choices in the form, or leave the question out.'],
    de: [
      'Es gibt nichts auszuwählen.',
      'Fügen Sie im Formular Auswahlmöglichkeiten hinzu, oder lassen Sie die Frage weg.',
    ],
  },
  too_many_choices: {
    outcome: 'refused',
    en: ['It has more choices than WhatsApp can show.', 'Shorten the list, or ask for the answer as a text.'],
    de: [
      'Es hat mehr Auswahlmöglichkeiten, als WhatsApp zeigen kann.',
      'Kürzen Sie die Liste, oder fragen Sie die Antwort als Text ab.',
    ],
  },
  ranking_too_long: {
    outcome: 'refused',
    en: [
      'More than five things cannot be put in order on WhatsApp.',
      'Rank five at most, or ask for the favorite only.',
    ],
    de: [
      'Mehr als fünf Dinge lassen sich auf WhatsApp nicht ordnen.',
      'Lassen Sie höchstens fünf ordnen, oder fragen Sie nur nach dem Favoriten.',
    ],
  },
  scale_not_possible: {
    outcome: 'refused',
    en: ['The scale has more steps than WhatsApp can show.', 'Use fewer steps, or ask for a number.'],
    de: [
      'Die Skala hat mehr Stufen, als WhatsApp zeigen kann.',
      'Verwenden Sie weniger Stufen, oder fragen Sie eine Zahl ab.',
    ],
  },
  text_shown: { outcome: 'kept', en: ['Shown as text.', ''], de: ['Wird als Text gezeigt.', ''] },
  text_with_link: {
    outcome: 'changed',
    en: ['Shown with a link: what it shows opens in the browser.', ''],
    de: ['Wird mit einem Link gezeigt: Was dort zu sehen ist, öffnet sich im Browser.', ''],
  },
  hidden_in_tool: {
    outcome: 'refused',
    en: ['Hidden in the form, so nobody is asked it here either.', 'Show it in the form if it should be asked.'],
    de: [
      'Im Formular ausgeblendet, daher wird auch hier niemand danach gefragt.',
      'Blenden Sie die Frage im Formular ein, wenn sie gestellt werden soll.',
    ],
  },
  text_empty: {
    outcome: 'changed',
    en: ['It has nothing that can be shown on WhatsApp.', 'Put what it says into words if people need it.'],
    de: [
      'Es enthält nichts, was auf WhatsApp gezeigt werden kann.',
      'Sagen Sie in Worten, was es zeigt, wenn es gebraucht wird.',
    ],
  },
  asked_row_by_row: {
    outcome: 'changed',
    en: ['The grid is asked row by row, with the same choices for each.', ''],
    de: ['Die Tabelle wird Zeile für Zeile gefragt, jeweils mit denselben Antworten.', ''],
  },
  asked_field_by_field: {
    outcome: 'changed',
    en: ['Its parts are asked as fields of their own.', ''],
    de: ['Seine Teile werden als eigene Felder gefragt.', ''],
  },
  asked_as_group: {
    outcome: 'kept',
    en: ['Its questions stand together.', ''],
    de: ['Seine Fragen stehen zusammen.', ''],
  },
  group_not_asked: {
    outcome: 'refused',
    en: ['None of its questions can be asked on WhatsApp.', 'See the lines of its questions.'],
    de: ['Keine seiner Fragen kann auf WhatsApp gefragt werden.', 'Sehen Sie bei seinen Fragen nach.'],
  },
  variable_computed: {
    outcome: 'kept',
    en: ['Calculated from the answers and sent along with them.', ''],
    de: ['Wird aus den Antworten berechnet und mit ihnen gesendet.', ''],
  },
  unreachable: {
    outcome: 'refused',
    en: ['No path through the form leads to it, so nobody is asked.', 'Check the jumps in the form that lead past it.'],
    de: [
      'Kein Weg durch das Formular führt hierher, daher wird niemand gefragt.',
      'Prüfen Sie die Sprünge im Formular, die daran vorbeiführen.',
    ],
  },
  jump_back_removed: {
    outcome: 'changed',
    en: [
      'The form jumps back to an earlier question after it; on WhatsApp people go on instead.',
      'People can go back themselves with the arrow at the top.',
    ],
    de: [
      'Das Formular springt danach zu einer früheren Frage zurück; auf WhatsApp geht es stattdessen weiter.',
      'Mit dem Pfeil oben können die Menschen selbst zurückgehen.',
    ],
  },
  recall_lost: {
    outcome: 'changed',
    en: [
      'An earlier answer that stands in its text cannot be shown there; “…” stands in its place.',
      'Reword the question so that it reads well without it.',
    ],
    de: [
      'Eine frühere Antwort in seinem Text kann dort nicht gezeigt werden; an ihrer Stelle steht „…“.',
      'Formulieren Sie die Frage so, dass sie auch ohne sie gut zu lesen ist.',
    ],
  },
  hidden_recall_lost: {
    outcome: 'changed',
    en: [
      'A hidden value of the form that stands in its text is not known on WhatsApp; “…” stands in its place.',
      'Give the hidden field a value in the form, or reword the text so that it reads well without it.',
    ],
    de: [
      'Ein verborgener Wert des Formulars in seinem Text ist auf WhatsApp nicht bekannt; an seiner Stelle steht „…“.',
      'Geben Sie dem verborgenen Feld im Formular einen Wert, oder formulieren Sie den Text so, dass er auch ohne ihn gut zu lesen ist.',
    ],
  },
  symbols_as_list: {
    outcome: 'changed',
    en: ['Stars and other symbols cannot be tapped on WhatsApp: shown as a list to choose from.', ''],
    de: [
      'Sterne und andere Symbole lassen sich auf WhatsApp nicht antippen: Sie erscheinen als Liste zum Auswählen.',
      '',
    ],
  },
  scale_as_menu: {
    outcome: 'changed',
    en: ['The scale is shown as a menu of its steps.', ''],
    de: ['Die Skala erscheint als Menü mit ihren Stufen.', ''],
  },
  picture_shown: { outcome: 'kept', en: ['Asked with its picture.', ''], de: ['Wird mit seinem Bild gefragt.', ''] },
  picture_as_link: {
    outcome: 'changed',
    en: ['Its picture is offered as a link.', ''],
    de: ['Sein Bild wird als Link angeboten.', ''],
  },
  choice_pictures_left_out: {
    outcome: 'changed',
    en: ['The pictures of its choices are not shown; their names are.', 'Check that the names say enough.'],
    de: ['Die Bilder der Antworten werden nicht gezeigt, nur ihre Namen.', 'Prüfen Sie, ob die Namen genug sagen.'],
  },
  date_with_year: {
    outcome: 'changed',
    en: ['The form asks for day and month; WhatsApp asks for a full date, and the year is left out again.', ''],
    de: [
      'Das Formular fragt nach Tag und Monat; WhatsApp fragt nach einem ganzen Datum, und das Jahr wird wieder weggelassen.',
      '',
    ],
  },
  calendar_not_possible: {
    outcome: 'refused',
    en: [
      'The form tool’s own calendar cannot be asked on WhatsApp.',
      'Offer the times of a HubSpot meeting link in its place, under “Where answers go”.',
    ],
    de: [
      'Der Kalender des Formularwerkzeugs kann auf WhatsApp nicht gefragt werden.',
      'Bieten Sie an seiner Stelle die Zeiten eines HubSpot-Terminlinks an, unter „Wohin Antworten gehen“.',
    ],
  },
  appointment_day: {
    outcome: 'kept',
    en: ['People choose among the days that have free times on the HubSpot meeting link.', ''],
    de: ['Zur Auswahl stehen die Tage, an denen der HubSpot-Terminlink freie Zeiten hat.', ''],
  },
  appointment_time: {
    outcome: 'kept',
    en: [
      'Free times of the chosen day; the meeting is booked when the answers are sent. Who was faster gets the time: then nothing is booked, and you are told.',
      '',
    ],
    de: [
      'Freie Zeiten des gewählten Tages; gebucht wird, wenn die Antworten abgeschickt sind. Wer schneller war, bekommt die Zeit: Dann wird nichts gebucht, und Sie erfahren es.',
      '',
    ],
  },
  appointment_wish: {
    outcome: 'kept',
    en: [
      'Asked where no free day suits, or where HubSpot does not answer at once. Nothing is booked then; the day stands among the answers.',
      '',
    ],
    de: [
      'Wird gefragt, wenn kein freier Tag passt oder HubSpot nicht sofort antwortet. Dann wird nichts gebucht; der Tag steht bei den Antworten.',
      '',
    ],
  },
  appointment_wish_only: {
    outcome: 'changed',
    en: [
      'A flow without our server cannot show free times: it asks for the day that is wished, and nothing is booked by itself.',
      'Choose the connected mode to offer free times.',
    ],
    de: [
      'Ein Flow ohne unseren Server kann keine freien Zeiten zeigen: Er fragt nach dem Wunschtag, und nichts wird von selbst gebucht.',
      'Wählen Sie den verbundenen Modus, um freie Zeiten anzubieten.',
    ],
  },
  signature_not_possible: {
    outcome: 'refused',
    en: ['WhatsApp has no field to sign in.', 'Ask for a box to tick instead, or send a link to sign.'],
    de: [
      'WhatsApp hat kein Feld für eine Unterschrift.',
      'Fragen Sie stattdessen mit einem Kästchen, oder senden Sie einen Link zum Unterschreiben.',
    ],
  },
  recording_not_possible: {
    outcome: 'refused',
    en: [
      'Video and audio answers cannot be given in a WhatsApp flow.',
      'Ask for a text, or for a message in the chat.',
    ],
    de: [
      'Video- und Audioantworten sind in einem WhatsApp-Flow nicht möglich.',
      'Fragen Sie nach einem Text oder nach einer Nachricht im Chat.',
    ],
  },
  several_endings: {
    outcome: 'changed',
    en: [
      'The form has several endings; on WhatsApp all answers are sent from one last screen. Which ending was reached is kept with the answers.',
      '',
    ],
    de: [
      'Das Formular hat mehrere Enden; auf WhatsApp werden alle Antworten von einem letzten Bildschirm gesendet. Welches Ende erreicht wurde, wird mit den Antworten aufbewahrt.',
      '',
    ],
  },
  translation_shown: {
    outcome: 'kept',
    en: ['Shown in its translation into {shown}, with our own words in that language.', ''],
    de: ['Wird in der Übersetzung gezeigt ({shown}), mit unseren eigenen Worten in dieser Sprache.', ''],
  },
  not_translated: {
    outcome: 'changed',
    en: [
      'A part of it has no translation and is shown in {original}.',
      'Complete the translation in the form tool, then read the form again.',
    ],
    de: [
      'Ein Teil davon ist nicht übersetzt und wird in der Sprache des Formulars gezeigt ({original}).',
      'Vervollständigen Sie die Übersetzung im Formularwerkzeug und lesen Sie das Formular neu ein.',
    ],
  },
  texts_not_translated: {
    outcome: 'changed',
    en: [
      'Some titles, texts or the button have no translation and are shown in {original}.',
      'Complete the translation in the form tool, then read the form again.',
    ],
    de: [
      'Einige Titel, Texte oder die Schaltfläche sind nicht übersetzt und werden in der Sprache des Formulars gezeigt ({original}).',
      'Vervollständigen Sie die Übersetzung im Formularwerkzeug und lesen Sie das Formular neu ein.',
    ],
  },
  translation_missing: {
    outcome: 'changed',
    en: [
      'No translation into {asked} was given with the form, so all of it is shown in {shown}.',
      'Translate the form in its tool and give that language along with the definition.',
    ],
    de: [
      'Mit dem Formular kam keine Übersetzung ({asked}), daher wird alles in seiner Sprache gezeigt ({shown}).',
      'Übersetzen Sie das Formular in seinem Werkzeug und geben Sie diese Sprache mit der Definition an.',
    ],
  },
  translation_off: {
    outcome: 'changed',
    en: [
      'The translation into {asked} is switched off in the form tool, so all of it is shown in {shown}.',
      'Switch the language on in the form tool, then read the form again.',
    ],
    de: [
      'Die Übersetzung ({asked}) ist im Formularwerkzeug ausgeschaltet, daher wird alles in der Sprache des Formulars gezeigt ({shown}).',
      'Schalten Sie die Sprache im Formularwerkzeug ein und lesen Sie das Formular neu ein.',
    ],
  },
  translations_are_forms: {
    outcome: 'changed',
    en: [
      'HubSpot keeps each language as a form of its own, so this one is shown in {shown}.',
      'For {asked}, make a flow of the form in that language.',
    ],
    de: [
      'HubSpot führt jede Sprache als eigenes Formular, daher wird dieses in seiner Sprache gezeigt ({shown}).',
      'Machen Sie für {asked} einen Flow aus dem Formular in dieser Sprache.',
    ],
  },
  typeform_languages_not_read: {
    outcome: 'changed',
    en: [
      'Typeform may have this form in other languages too; they are not read, so everybody sees it in {shown}.',
      'For another language, copy the form in Typeform, translate the copy and make a flow of it.',
    ],
    de: [
      'Typeform kann dieses Formular auch in anderen Sprachen haben; sie werden nicht gelesen, daher sehen es alle in einer ({shown}).',
      'Kopieren Sie das Formular für eine andere Sprache in Typeform, übersetzen Sie die Kopie und machen Sie daraus einen Flow.',
    ],
  },
  google_no_translations: {
    outcome: 'changed',
    en: [
      'Google Forms has no translations of a form, so this one is shown as it was written.',
      'For {asked}, copy the form, translate the copy and make a flow of it.',
    ],
    de: [
      'Google Formulare kennt keine Übersetzungen, daher wird dieses so gezeigt, wie es geschrieben wurde.',
      'Kopieren Sie das Formular für {asked}, übersetzen Sie die Kopie und machen Sie daraus einen Flow.',
    ],
  },
  thank_you_not_shown: {
    outcome: 'changed',
    en: [
      'WhatsApp closes the flow when the answers are sent, so the text that the form shows afterwards cannot stand in it.',
      'Send the text as a message in the chat if people need it.',
    ],
    de: [
      'WhatsApp schließt den Flow mit dem Absenden; der Text, den das Formular danach zeigt, kann nicht darin stehen.',
      'Senden Sie den Text als Nachricht im Chat, wenn er gebraucht wird.',
    ],
  },
  redirect_not_followed: {
    outcome: 'changed',
    en: [
      'The form leads to a web page when it has been sent; WhatsApp closes the flow instead.',
      'Send the address of the page as a message in the chat.',
    ],
    de: [
      'Das Formular führt nach dem Absenden auf eine Webseite; WhatsApp schließt stattdessen den Flow.',
      'Senden Sie die Adresse der Seite als Nachricht im Chat.',
    ],
  },
  rule_not_known: {
    outcome: 'changed',
    en: [
      'A rule after it has a condition that we cannot read, and is left out.',
      'Set the condition again in the form.',
    ],
    de: [
      'Eine Regel danach hat eine Bedingung, die wir nicht lesen können, und entfällt.',
      'Legen Sie die Bedingung im Formular neu fest.',
    ],
  },
  order_not_shuffled: {
    outcome: 'changed',
    en: ['The form shuffles its choices; on WhatsApp they stand in the order of the form.', ''],
    de: ['Das Formular mischt die Auswahl; auf WhatsApp steht sie in der Reihenfolge des Formulars.', ''],
  },
  choice_label_missing: {
    outcome: 'changed',
    en: [
      'A choice has no label; the description of its picture or its number is shown.',
      'Give every choice a label in the form.',
    ],
    de: [
      'Eine Auswahl hat keine Beschriftung; gezeigt wird die Bildbeschreibung oder ihre Nummer.',
      'Beschriften Sie im Formular jede Auswahl.',
    ],
  },
  text_answer_only: {
    outcome: 'changed',
    en: [
      'The form also takes a video or sound here; on WhatsApp people answer in words.',
      'Leave it out if words are not enough.',
    ],
    de: [
      'Das Formular nimmt hier auch Video oder Ton an; auf WhatsApp wird mit Text geantwortet.',
      'Lassen Sie die Frage weg, wenn Text nicht genügt.',
    ],
  },
  jump_lost: {
    outcome: 'changed',
    en: ['A jump after it leads to something that we cannot find, and is left out.', 'Set the jump again in the form.'],
    de: [
      'Ein Sprung danach führt zu etwas, das wir nicht finden, und entfällt.',
      'Legen Sie den Sprung im Formular neu fest.',
    ],
  },
  calculation_lost: {
    outcome: 'changed',
    en: ['A calculation after it cannot be read and is left out.', 'Check the score or price in the form.'],
    de: ['Eine Berechnung danach ist nicht lesbar und entfällt.', 'Prüfen Sie Punktzahl oder Preis im Formular.'],
  },
  captcha_left_out: {
    outcome: 'kept',
    en: ['This form has a captcha; WhatsApp shows none and needs none.', ''],
    de: ['Dieses Formular hat ein Captcha; WhatsApp zeigt keines und braucht keines.', ''],
  },
  logic_lost: {
    outcome: 'changed',
    en: [
      'Some of the logic of this form follows something that we cannot read, and is left out.',
      'Check the order of the questions, and set the logic again in the form.',
    ],
    de: [
      'Ein Teil der Logik folgt auf etwas, das wir nicht lesen können, und entfällt.',
      'Prüfen Sie die Reihenfolge der Fragen, und legen Sie die Logik im Formular neu fest.',
    ],
  },
  jump_before_start: {
    outcome: 'changed',
    en: [
      'This form skips questions at the start because of a hidden field; on WhatsApp everyone starts with the first question.',
      'Let the first question decide, or make a form of its own for each case.',
    ],
    de: [
      'Dieses Formular überspringt am Anfang Fragen wegen eines verborgenen Feldes; auf WhatsApp beginnen alle mit der ersten Frage.',
      'Lassen Sie die erste Frage entscheiden, oder machen Sie für jeden Fall ein eigenes Formular.',
    ],
  },
  google_not_exposed: {
    outcome: 'changed',
    en: [
      'Google gives apps neither the rules for what may be entered, nor the confirmation text, nor where a section goes on without an answer that says so.',
      'Compare the screens with your form before you publish.',
    ],
    de: [
      'Google gibt Apps weder die Regeln für Eingaben noch den Bestätigungstext noch, wohin ein Abschnitt ohne entsprechende Antwort führt.',
      'Vergleichen Sie die Bildschirme vor dem Veröffentlichen mit Ihrem Formular.',
    ],
  },
  google_email_verified: {
    outcome: 'changed',
    en: [
      'The form collects the verified address of a Google account, which WhatsApp does not know.',
      'Add a question for the e-mail address if you need one.',
    ],
    de: [
      'Das Formular erfasst die bestätigte Adresse eines Google-Kontos, die WhatsApp nicht kennt.',
      'Fügen Sie eine Frage nach der E-Mail-Adresse hinzu, wenn Sie sie brauchen.',
    ],
  },
  google_email_not_written: {
    outcome: 'changed',
    en: [
      'Google collects this address in a field of its own; on WhatsApp it is asked as a question. It comes back as the address of the respondent and cannot be written into Google Forms.',
      '',
    ],
    de: [
      'Google erfasst diese Adresse in einem eigenen Feld; auf WhatsApp wird danach gefragt. Sie kommt als Adresse der antwortenden Person zurück und lässt sich nicht in Google Formulare schreiben.',
      '',
    ],
  },
  google_same_text_once: {
    outcome: 'changed',
    en: [
      'Some choices have the same text. Google tells choices apart by nothing else, so each text is offered once.',
      'Give each choice a text of its own in the form.',
    ],
    de: [
      'Einige Auswahlmöglichkeiten haben denselben Text. Google unterscheidet sie durch nichts anderes, daher wird jeder Text einmal angeboten.',
      'Geben Sie jeder Auswahlmöglichkeit im Formular einen eigenen Text.',
    ],
  },
  google_same_text_leads_apart: {
    outcome: 'changed',
    en: [
      'Choices with the same text lead to different sections: a number tells them apart here, but Google keeps the same text for all of them.',
      'Give each choice a text of its own in the form.',
    ],
    de: [
      'Auswahlmöglichkeiten mit demselben Text führen zu verschiedenen Abschnitten: Hier unterscheidet sie eine Zahl, bei Google steht für alle derselbe Text.',
      'Geben Sie jeder Auswahlmöglichkeit im Formular einen eigenen Text.',
    ],
  },
  google_graded_by_hand: {
    outcome: 'changed',
    en: [
      'Its points are given by hand in Google Forms and are not counted here.',
      'Name the right answers in the form if they are to be counted.',
    ],
    de: [
      'Seine Punkte werden in Google Formulare von Hand vergeben und hier nicht gezählt.',
      'Nennen Sie im Formular die richtigen Antworten, wenn sie gezählt werden sollen.',
    ],
  },
  google_quiz: {
    outcome: 'kept',
    en: ['Points for right answers are counted as Google counts them, and each answer keeps its grade.', ''],
    de: ['Punkte für richtige Antworten werden wie bei Google gezählt, und jede Antwort behält ihre Bewertung.', ''],
  },
  google_not_published: {
    outcome: 'changed',
    en: [
      'The form is not published in Google Forms. It can be asked on WhatsApp, but Google may refuse its answers.',
      'Publish the form before answers are to be added to it.',
    ],
    de: [
      'Das Formular ist in Google Formulare nicht veröffentlicht. Auf WhatsApp kann es gefragt werden, doch Google kann die Antworten ablehnen.',
      'Veröffentlichen Sie das Formular, bevor Antworten hineingeschrieben werden sollen.',
    ],
  },
  google_closed: {
    outcome: 'changed',
    en: [
      'The form takes no answers in Google Forms at the moment. It can be asked on WhatsApp, but Google may refuse its answers.',
      'Let the form accept responses before answers are to be added to it.',
    ],
    de: [
      'Das Formular nimmt in Google Formulare zurzeit keine Antworten an. Auf WhatsApp kann es gefragt werden, doch Google kann die Antworten ablehnen.',
      'Lassen Sie das Formular Antworten annehmen, bevor welche hineingeschrieben werden sollen.',
    ],
  },
  google_sign_in: {
    outcome: 'kept',
    en: ['A form with an upload makes people sign in to Google; on WhatsApp nobody has to.', ''],
    de: [
      'Ein Formular mit Datei-Upload verlangt eine Anmeldung bei Google; auf WhatsApp muss sich niemand anmelden.',
      '',
    ],
  },
  surveymonkey_logic_not_exposed: {
    outcome: 'changed',
    en: [
      'SurveyMonkey gives apps neither the skip logic nor the piping of a survey, so all questions are asked in their order.',
      'If the survey skips questions, leave out here what should not be asked of everyone.',
    ],
    de: [
      'SurveyMonkey gibt Apps weder die Sprunglogik noch eingesetzte Antworten einer Umfrage, daher werden alle Fragen der Reihe nach gestellt.',
      'Wenn die Umfrage Fragen überspringt, lassen Sie hier weg, was nicht alle gefragt werden sollen.',
    ],
  },
  surveymonkey_first_variant: {
    outcome: 'changed',
    en: ['Some questions have several wordings in SurveyMonkey; on WhatsApp everyone reads the first.', ''],
    de: ['Manche Fragen haben in SurveyMonkey mehrere Wortlaute; auf WhatsApp lesen alle den ersten.', ''],
  },
  surveymonkey_limit_lost: {
    outcome: 'changed',
    en: [
      'SurveyMonkey checks a rule on this question, such as how many lines must be filled in, a total or a pattern, that is not checked on WhatsApp.',
      'Say the rule in the text of the question if it matters.',
    ],
    de: [
      'SurveyMonkey prüft hier eine Regel, etwa wie viele Zeilen auszufüllen sind, eine Summe oder ein Muster, die auf WhatsApp nicht geprüft wird.',
      'Nennen Sie die Regel im Text der Frage, wenn sie wichtig ist.',
    ],
  },
  too_many_questions: {
    outcome: 'refused',
    en: ['The form is longer than a WhatsApp flow can be.', 'Split the form in two.'],
    de: ['Das Formular ist länger, als ein WhatsApp-Flow sein kann.', 'Teilen Sie das Formular in zwei.'],
  },
  too_many_consents: {
    outcome: 'refused',
    en: [
      'The form has more consent boxes than a WhatsApp flow can hold.',
      'Take boxes out of the form, or ask for these consents in a form of their own.',
    ],
    de: [
      'Das Formular hat mehr Kästchen zur Einwilligung, als ein WhatsApp-Flow fassen kann.',
      'Nehmen Sie Kästchen aus dem Formular, oder fragen Sie diese Einwilligungen in einem eigenen Formular ab.',
    ],
  },
  flow_too_large: {
    outcome: 'refused',
    en: [
      'With it the flow would be larger than the 10 MB that WhatsApp takes.',
      'Shorten its choices and texts, or split the form in two.',
    ],
    de: [
      'Mit ihm wäre der Flow größer als die 10 MB, die WhatsApp annimmt.',
      'Kürzen Sie Antworten und Texte, oder teilen Sie das Formular in zwei.',
    ],
  },
  texts_cut: {
    outcome: 'changed',
    en: [
      'The texts of this form are longer than a WhatsApp flow can be, so the last of them end with “…”.',
      'Shorten the texts, or link to a page where they stand.',
    ],
    de: [
      'Die Texte dieses Formulars sind länger, als ein WhatsApp-Flow sein kann: Die letzten enden mit „…“.',
      'Kürzen Sie die Texte, oder verweisen Sie auf eine Seite, auf der sie stehen.',
    ],
  },
  nothing_to_ask: {
    outcome: 'refused',
    en: ['This form has no question that can be asked on WhatsApp.', 'Add a field to the form before you publish.'],
    de: [
      'Dieses Formular hat keine Frage, die auf WhatsApp gefragt werden kann.',
      'Fügen Sie dem Formular ein Feld hinzu, bevor Sie veröffentlichen.',
    ],
  },
  words_in_english: {
    outcome: 'changed',
    en: [
      'Our own words in the flow (buttons, hints, error messages) do not exist in the language of this form: they are in English.',
      'Look at the preview and decide whether the people you ask will understand them.',
    ],
    de: [
      'Unsere eigenen Wörter im Flow (Schaltflächen, Hinweise, Fehlermeldungen) gibt es nicht in der Sprache dieses Formulars: Sie sind englisch.',
      'Sehen Sie sich die Vorschau an und entscheiden Sie, ob die Befragten sie verstehen werden.',
    ],
  },
  new_editor_form: {
    outcome: 'changed',
    en: [
      "Made in HubSpot's new form editor: its steps and some of its logic are not given to apps.",
      'Compare the screens with your form before you publish.',
    ],
    de: [
      'Im neuen Formular-Editor von HubSpot erstellt: Schritte und ein Teil der Logik werden an Apps nicht weitergegeben.',
      'Vergleichen Sie die Bildschirme vor dem Veröffentlichen mit Ihrem Formular.',
    ],
  },
  progressive_fields: {
    outcome: 'changed',
    en: [
      'HubSpot shows some questions of this form only when others are already known; on WhatsApp all are asked.',
      'Leave out the questions that you do not need.',
    ],
    de: [
      'HubSpot zeigt manche Fragen dieses Formulars nur, wenn andere schon bekannt sind; auf WhatsApp werden alle gefragt.',
      'Lassen Sie die Fragen weg, die Sie nicht brauchen.',
    ],
  },
  picture_not_reached: {
    outcome: 'changed',
    en: [
      'A picture of this form could not be fetched when the form was read; a link to it stands in its place.',
      'Put the picture where anybody on the internet can open it by https without signing in, put it into the form again and read the form anew; or leave the link.',
    ],
    de: [
      'Ein Bild dieses Formulars konnte beim Einlesen nicht geholt werden; an seiner Stelle steht ein Link.',
      'Legen Sie das Bild dorthin, wo jeder im Internet es per https ohne Anmeldung öffnen kann, setzen Sie es neu in das Formular und lesen Sie es neu ein; oder lassen Sie den Link.',
    ],
  },
  pictures_as_links: {
    outcome: 'changed',
    en: ['Pictures in the texts of this form stand as links: this command fetches nothing.', ''],
    de: ['Bilder in den Texten dieses Formulars stehen als Links da: Dieser Befehl holt nichts aus dem Netz.', ''],
  },
  picture_too_large: {
    outcome: 'changed',
    en: [
      'A picture of this form is larger than WhatsApp shows (300 KB, 100 KB beside a choice), so it is not shown itself.',
      'Put a smaller version of the picture into the form; the changed form can then be taken over.',
    ],
    de: [
      'Ein Bild dieses Formulars ist größer, als WhatsApp es zeigt (300 KB, neben einer Antwort 100 KB), und wird nicht selbst gezeigt.',
      'Setzen Sie eine kleinere Fassung des Bildes in das Formular; das geänderte Formular lässt sich dann übernehmen.',
    ],
  },
  picture_wrong_type: {
    outcome: 'changed',
    en: [
      'A picture of this form is neither JPEG nor PNG, which is all that WhatsApp shows everywhere, so it is not shown itself.',
      'Put the picture into the form as JPEG or PNG; the changed form can then be taken over.',
    ],
    de: [
      'Ein Bild dieses Formulars ist weder JPEG noch PNG; nur diese zeigt WhatsApp überall, daher wird es nicht selbst gezeigt.',
      'Setzen Sie das Bild als JPEG oder PNG in das Formular; das geänderte Formular lässt sich dann übernehmen.',
    ],
  },
  pictures_too_many: {
    outcome: 'changed',
    en: [
      'This form has more pictures than one flow can carry; the first ones are shown.',
      'Take out the pictures that people do not need.',
    ],
    de: [
      'Dieses Formular hat mehr Bilder, als ein Flow tragen kann; die ersten werden gezeigt.',
      'Nehmen Sie die Bilder heraus, die nicht gebraucht werden.',
    ],
  },
  image_left_out: {
    outcome: 'changed',
    en: [
      'Some pictures in the texts of this form are not shown: they have no https address of their own, or a text has more of them than it can carry.',
      'Put them into the form from the files of the form tool, or say in words what they show.',
    ],
    de: [
      'Einige Bilder in den Texten dieses Formulars werden nicht gezeigt: Sie haben keine eigene https-Adresse, oder ein Text hat mehr davon, als er tragen kann.',
      'Fügen Sie sie aus den Dateien des Formularwerkzeugs ein, oder sagen Sie in Worten, was sie zeigen.',
    ],
  },
};

/** The question id of lines that are about the form as a whole. */
export const WHOLE_FORM = 'form';

/** A line of the report in the admin's language. With several codes, the first decides and all messages are said. */
export function fitLine(
  question: string,
  codes: readonly string[],
  screens: readonly string[],
  locale: ReportLocale,
  values: Record<string, string> = {},
): FitLine {
  const texts = codes.flatMap((code) => ownMember(TEXTS, code) ?? []);
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => ownMember(values, name) ?? '');
  const all = (part: 0 | 1) => [...new Set(texts.map((text) => fill(text[locale][part])))].filter(Boolean).join(' ');
  return {
    question,
    outcome: texts[0]?.outcome ?? 'kept',
    code: codes[0] ?? 'kept',
    message: all(0),
    advice: all(1),
    screens: [...screens],
  };
}

/** True for a code that has its own sentences here. */
export function isReportCode(code: string): boolean {
  return Object.hasOwn(TEXTS, code);
}
