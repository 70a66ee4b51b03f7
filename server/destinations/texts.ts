import type { Language, Texts } from '../hubspot/language.ts';

/** Every reason a delivery can carry and every problem a mapping can have: what happened, and who should do what. */
const TEXTS = {
  contact_gone: () => ({
    en: 'The contact was deleted in HubSpot. If it was restored, deliver again; otherwise the answers stay here only.',
    de: 'Der Kontakt wurde in HubSpot gelöscht. Wurde er wiederhergestellt, stellen Sie erneut zu; sonst bleiben die Antworten nur hier.',
  }),
  no_contact: () => ({
    en: 'There is no HubSpot contact for this person yet. Turn on contact properties for this flow and deliver the contact again.',
    de: 'Zu dieser Person gibt es noch keinen HubSpot-Kontakt. Schalten Sie die Kontakteigenschaften für diesen Flow ein und stellen Sie den Kontakt erneut zu.',
  }),
  several_contacts: () => ({
    en: 'Several HubSpot contacts have this number, so we did not choose one. Merge them in HubSpot, then deliver again.',
    de: 'Mehrere HubSpot-Kontakte haben diese Nummer, deshalb haben wir keinen ausgewählt. Führen Sie sie in HubSpot zusammen und stellen Sie erneut zu.',
  }),
  email_of_other_contact: () => ({
    en: 'The e-mail address that was given belongs to another HubSpot contact. Search HubSpot for it (it stands among the answers), merge the two contacts or correct one, then deliver again.',
    de: 'Die angegebene E-Mail-Adresse gehört zu einem anderen HubSpot-Kontakt. Suchen Sie in HubSpot nach ihr (sie steht bei den Antworten), führen Sie beide Kontakte zusammen oder berichtigen Sie einen, und stellen Sie erneut zu.',
  }),
  form_email_conflict: () => ({
    en: "The form's e-mail address is not the one of this contact: submitting it would change or create another contact. Correct the contact in HubSpot, then deliver again.",
    de: 'Die E-Mail-Adresse im Formular ist nicht die dieses Kontakts: Das Absenden würde einen anderen Kontakt ändern oder anlegen. Berichtigen Sie den Kontakt in HubSpot und stellen Sie erneut zu.',
  }),
  property_changed: ({ property = '' }) => ({
    en: `The HubSpot property "${property}" no longer fits the answer; everything else was written. Correct the property in HubSpot, then deliver again.`,
    de: `Die HubSpot-Eigenschaft „${property}“ passt nicht mehr zur Antwort; alles andere wurde geschrieben. Berichtigen Sie die Eigenschaft in HubSpot und stellen Sie erneut zu.`,
  }),
  value_refused: ({ property = '', code = '' }) => ({
    en: `HubSpot refused the value for "${property}"${code ? ` (${code})` : ''}. Check the rules of this property in HubSpot, then deliver again.`,
    de: `HubSpot hat den Wert für „${property}“ abgelehnt${code ? ` (${code})` : ''}. Prüfen Sie die Regeln dieser Eigenschaft in HubSpot und stellen Sie erneut zu.`,
  }),
  form_refused: ({ property = '', code = '' }) => ({
    en: `HubSpot refused the form submission${property ? ` because of the field "${property}"` : ''}${code ? ` (${code})` : ''}. Compare the form in HubSpot with this flow, put the form right, then deliver again. If the form was changed on purpose, take the change over in the settings of Flowella and publish, so that new answers fit.`,
    de: `HubSpot hat die Formularübermittlung abgelehnt${property ? `, und zwar wegen des Feldes „${property}“` : ''}${code ? ` (${code})` : ''}. Vergleichen Sie das Formular in HubSpot mit diesem Flow, bringen Sie es in Ordnung und stellen Sie erneut zu. Wurde das Formular mit Absicht geändert, übernehmen Sie die Änderung in den Einstellungen von Flowella und veröffentlichen Sie, damit neue Antworten passen.`,
  }),
  form_changed: ({ property = '', code = '' }) => ({
    en: `The form was changed in HubSpot and does not take this submission as it is${property ? `, because of the field "${property}"` : ''}${code ? ` (${code})` : ''}. It is held as a whole. Open this flow in the settings of Flowella: put the form right and try again, or submit without what is no longer in the form.`,
    de: `Das Formular wurde in HubSpot geändert und nimmt diese Übermittlung so nicht an${property ? `, und zwar wegen des Feldes „${property}“` : ''}${code ? ` (${code})` : ''}. Sie wartet als Ganzes. Öffnen Sie diesen Flow in den Einstellungen von Flowella: Bringen Sie das Formular in Ordnung und versuchen Sie es erneut, oder übermitteln Sie ohne das, was im Formular fehlt.`,
  }),
  form_has_captcha: () => ({
    en: 'This form has a captcha, which HubSpot asks of every submission. Turn it off in the form, then deliver again.',
    de: 'Dieses Formular hat ein Captcha, das HubSpot bei jeder Übermittlung verlangt. Schalten Sie es im Formular aus und stellen Sie erneut zu.',
  }),
  form_gone: () => ({
    en: 'This form was archived or deleted in HubSpot. Restore it there and deliver again, or turn off writing back into the form for this flow. Where it is deleted for good, decide in the settings of Flowella under “Deliveries” that these answers will not go to it.',
    de: 'Dieses Formular wurde in HubSpot archiviert oder gelöscht. Stellen Sie es dort wieder her und stellen Sie erneut zu, oder schalten Sie das Zurückschreiben in das Formular für diesen Flow aus. Ist es endgültig gelöscht, entscheiden Sie in den Einstellungen von Flowella unter „Zustellungen“, dass diese Antworten nicht an das Formular gehen.',
  }),
  form_gone_in_draft: () => ({
    en: 'The form was archived or deleted in HubSpot, so answers cannot be written back into it. Restore it there, or turn off writing back into the form for this flow; where it is deleted for good, you can also make a new flow of another form.',
    de: 'Das Formular wurde in HubSpot archiviert oder gelöscht; deshalb lassen sich keine Antworten dorthin zurückschreiben. Stellen Sie es dort wieder her, oder schalten Sie das Zurückschreiben in das Formular für diesen Flow aus; ist es endgültig gelöscht, können Sie auch einen neuen Flow aus einem anderen Formular anlegen.',
  }),
  given_up: () => ({
    en: 'The form no longer exists in HubSpot, and it was decided that this submission will not go to it. Wherever else it goes, nothing changes.',
    de: 'Das Formular gibt es in HubSpot nicht mehr, und es wurde entschieden, dass diese Einsendung nicht daran geht. An allen anderen Orten ändert sich nichts.',
  }),
  form_requires_answer: () => ({
    en: 'The form in HubSpot requires this answer, but here people need not give it, so HubSpot would refuse what they send. Ask it of everybody as required, make it optional in the form, or turn off writing back into the form.',
    de: 'Das Formular in HubSpot verlangt diese Antwort, hier muss sie aber niemand geben; HubSpot würde ablehnen, was gesendet wird. Fragen Sie alle verpflichtend danach, machen Sie das Feld im Formular freiwillig, oder schalten Sie das Zurückschreiben in das Formular aus.',
  }),
  nothing_to_submit: () => ({
    en: 'None of the answers has a field in this HubSpot form, so there is nothing to submit.',
    de: 'Keine der Antworten hat ein Feld in diesem HubSpot-Formular; es gibt nichts zu übermitteln.',
  }),
  not_listed_yet: () => ({
    en: "HubSpot's answer was lost and the submission is not in its list yet. We look again before anything is repeated.",
    de: 'Die Antwort von HubSpot ging verloren, und die Übermittlung steht noch nicht in der Liste. Wir sehen erneut nach, bevor etwas wiederholt wird.',
  }),
  no_time_left: () => ({
    en: 'The time of this attempt was used up before its turn came. It is tried again by itself.',
    de: 'Die Zeit dieses Versuchs war um, bevor er an der Reihe war. Es wird von selbst erneut versucht.',
  }),
  custom_objects_unavailable: () => ({
    en: 'This HubSpot account has no custom objects for Flowella: they need an Enterprise edition and the optional permissions of the app. Choose contact properties as the home of KYC records, or have a super admin install the app again.',
    de: 'Dieses HubSpot-Konto hat keine benutzerdefinierten Objekte für Flowella: Sie brauchen eine Enterprise-Edition und die optionalen Berechtigungen der App. Wählen Sie Kontakteigenschaften als Ort der KYC-Akten, oder lassen Sie einen Super-Admin die App erneut installieren.',
  }),
  custom_objects_full: () => ({
    en: 'This HubSpot account has used up its custom objects. Choose contact properties as the home of KYC records, or delete a custom object.',
    de: 'Dieses HubSpot-Konto hat seine benutzerdefinierten Objekte aufgebraucht. Wählen Sie Kontakteigenschaften als Ort der KYC-Akten oder löschen Sie ein benutzerdefiniertes Objekt.',
  }),
  unknown_question: ({ question = '' }) => ({
    en: `The form has no question "${question}" any more. Remove this line from the mapping.`,
    de: `Das Formular hat keine Frage „${question}“ mehr. Entfernen Sie diese Zeile aus der Zuordnung.`,
  }),
  unknown_property: ({ property = '' }) => ({
    en: `HubSpot has no contact property "${property}". Choose another one, or let Flowella create it.`,
    de: `HubSpot hat keine Kontakteigenschaft „${property}“. Wählen Sie eine andere, oder lassen Sie Flowella sie anlegen.`,
  }),
  property_twice: ({ property = '' }) => ({
    en: `Two answers go to the contact property "${property}". Give each its own.`,
    de: `Zwei Antworten gehen in die Kontakteigenschaft „${property}“. Geben Sie jeder eine eigene.`,
  }),
  name_not_ours: ({ property = '' }) => ({
    en: `A new property must be called flowella_…, but this one is "${property}". Choose an existing property or another name.`,
    de: `Eine neue Eigenschaft muss flowella_… heißen, diese heißt „${property}“. Wählen Sie eine vorhandene Eigenschaft oder einen anderen Namen.`,
  }),
  read_only: ({ property = '' }) => ({
    en: `The property "${property}" cannot be written: HubSpot calculates it or keeps it. Choose another one.`,
    de: `Die Eigenschaft „${property}“ kann nicht geschrieben werden: HubSpot berechnet oder verwaltet sie. Wählen Sie eine andere.`,
  }),
  wrong_type: ({ property = '' }) => ({
    en: `The answers do not fit the type of the property "${property}". Choose one of a fitting type, or let Flowella create one.`,
    de: `Die Antworten passen nicht zum Typ der Eigenschaft „${property}“. Wählen Sie eine passende, oder lassen Sie Flowella eine anlegen.`,
  }),
  option_missing: ({ property = '', option = '' }) => ({
    en: `The property "${property}" has no option "${option}". Add the option in HubSpot, or choose another property.`,
    de: `Die Eigenschaft „${property}“ hat keine Option „${option}“. Ergänzen Sie die Option in HubSpot, oder wählen Sie eine andere Eigenschaft.`,
  }),
  files_lost: ({ count = 1 }) => ({
    en: `${count === 1 ? 'One file' : `${count} files`} could not be kept: WhatsApp no longer has ${count === 1 ? 'it' : 'them'}, or what it has is damaged. All other answers go on without. Ask the person to send ${count === 1 ? 'the file' : 'the files'} again.`,
    de: `${count === 1 ? 'Eine Datei konnte' : `${count} Dateien konnten`} nicht gesichert werden: WhatsApp hat sie nicht mehr, oder sie ${count === 1 ? 'ist' : 'sind'} beschädigt. Alle anderen Antworten gehen ohne sie weiter. Bitten Sie die Person, ${count === 1 ? 'die Datei' : 'die Dateien'} noch einmal zu senden.`,
  }),
  file_not_fetched: () => ({
    en: 'A file could not be fetched from WhatsApp yet. It is tried again by itself.',
    de: 'Eine Datei konnte noch nicht von WhatsApp geholt werden. Es wird von selbst erneut versucht.',
  }),
  files_permission: () => ({
    en: 'Flowella may not store files in this HubSpot account yet. A super admin installs the app again and accepts the permission for files; then deliver again. WhatsApp keeps the files for up to twenty days.',
    de: 'Flowella darf in diesem HubSpot-Konto noch keine Dateien ablegen. Ein Super-Admin installiert die App erneut und bestätigt die Berechtigung für Dateien; stellen Sie dann erneut zu. WhatsApp behält die Dateien bis zu zwanzig Tage.',
  }),
  files_not_permitted: () => ({
    en: 'This form asks for files, and Flowella may not store files in this HubSpot account yet. A super admin installs the app again and accepts the permission for files.',
    de: 'Dieses Formular fragt nach Dateien, und Flowella darf in diesem HubSpot-Konto noch keine Dateien ablegen. Ein Super-Admin installiert die App erneut und bestätigt die Berechtigung für Dateien.',
  }),
  files_account: () => ({
    en: 'Meta does not let Flowella fetch the files with the access token of this WhatsApp account. An admin connects the account again in the settings of Flowella; then deliver again. WhatsApp keeps the files for up to twenty days.',
    de: 'Meta lässt Flowella die Dateien mit dem Zugriffstoken dieses WhatsApp-Kontos nicht holen. Ein Admin verbindet das Konto in den Einstellungen von Flowella erneut; stellen Sie dann erneut zu. WhatsApp behält die Dateien bis zu zwanzig Tage.',
  }),
  files: () => ({
    en: 'Files cannot be written to a contact property. Remove this line from the mapping.',
    de: 'Dateien können nicht in eine Kontakteigenschaft geschrieben werden. Entfernen Sie diese Zeile aus der Zuordnung.',
  }),
  unsupported: () => ({
    en: 'This question cannot be asked on WhatsApp, so it has no answers. Remove this line from the mapping.',
    de: 'Diese Frage kann auf WhatsApp nicht gestellt werden und hat daher keine Antworten. Entfernen Sie diese Zeile aus der Zuordnung.',
  }),
  document_number: () => ({
    en: 'This question asks for a full document number, which does not belong in HubSpot. Map it as the document number of the KYC record: only its last characters are written. Or allow it knowingly for this flow.',
    de: 'Diese Frage fragt nach einer vollständigen Dokumentnummer, die nicht in HubSpot gehört. Ordnen Sie sie als Dokumentnummer der KYC-Akte zu: nur ihre letzten Zeichen werden geschrieben. Oder erlauben Sie es bewusst für diesen Flow.',
  }),
  not_a_date: () => ({
    en: 'This part of the KYC record needs a question that asks for a date. Choose another question.',
    de: 'Dieser Teil der KYC-Akte braucht eine Frage nach einem Datum. Wählen Sie eine andere Frage.',
  }),
  not_a_consent: () => ({
    en: 'A consent is what the person ticked, not what the form works out. Choose the question that asks for it.',
    de: 'Eine Einwilligung ist, was die Person angekreuzt hat, nicht, was das Formular berechnet. Wählen Sie die Frage, die nach ihr fragt.',
  }),
  owner_without_rules: () => ({
    en: 'There is no rule yet that says who owns the contact. Add one, or switch the rules off.',
    de: 'Es gibt noch keine Regel, die sagt, wem der Kontakt gehört. Fügen Sie eine hinzu, oder schalten Sie die Regeln aus.',
  }),
  owner_archived: ({ rule = '', owner = '' }) => ({
    en: `Rule ${rule} names ${owner} as the contact's owner, who is archived or no longer in HubSpot. Choose somebody else.`,
    de: `Regel ${rule} nennt ${owner} als Inhaber des Kontakts; diese Person ist archiviert oder nicht mehr in HubSpot. Wählen Sie jemand anderen.`,
  }),
  owner_rule_question: ({ rule = '', question = '' }) => ({
    en: `Rule ${rule} asks for the answer to "${question}", which the form does not have. Choose another question.`,
    de: `Regel ${rule} fragt nach der Antwort auf „${question}“, die das Formular nicht hat. Wählen Sie eine andere Frage.`,
  }),
  owner_archived_skipped: () => ({
    en: 'A rule names an owner who is archived in HubSpot; the next active owner or rule counted. Correct the rules of this flow in the settings of Flowella.',
    de: 'Eine Regel nennt einen Inhaber, der in HubSpot archiviert ist; der nächste aktive Inhaber oder die nächste Regel galt. Berichtigen Sie die Regeln dieses Flows in den Einstellungen von Flowella.',
  }),
  owners_not_permitted: () => ({
    en: 'Flowella may not read the owners of this HubSpot account yet. A super admin installs the app again and accepts the permission for owners.',
    de: 'Flowella darf die Inhaber in diesem HubSpot-Konto noch nicht lesen. Ein Super-Admin installiert die App erneut und bestätigt die Berechtigung für Inhaber.',
  }),
  slot_asked: () => ({
    en: 'The time was taken by somebody else before it was booked. We asked the person for another time on WhatsApp, and book it as soon as they choose one. If they do not choose within a day, it says so here.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. Wir haben die Person auf WhatsApp nach einer anderen Zeit gefragt und buchen sie, sobald sie eine wählt. Wählt sie binnen eines Tages keine, steht es hier.',
  }),
  slot_asked_perhaps: () => ({
    en: 'The time was taken by somebody else before it was booked. We asked the person for another time on WhatsApp; whether the message arrived is not known yet, and it is not sent a second time by itself. If they do not choose within a day, it says so here.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. Wir haben die Person auf WhatsApp nach einer anderen Zeit gefragt; ob die Nachricht ankam, ist noch nicht bekannt, und sie wird nicht von selbst noch einmal gesendet. Wählt die Person binnen eines Tages keine Zeit, steht es hier.',
  }),
  slot_window_opens: () => ({
    en: "The time was taken by somebody else before it was booked. The person's reply is on its way; it opens the chat, and we ask them for another time.",
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. Die Antwort der Person ist unterwegs; sie öffnet den Chat, und wir fragen nach einer anderen Zeit.',
  }),
  slot_later: () => ({
    en: 'The time was taken by somebody else before it was booked. WhatsApp could not take our question for another time yet. It is tried again by itself.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. WhatsApp konnte unsere Frage nach einer anderen Zeit noch nicht annehmen. Es wird von selbst erneut versucht.',
  }),
  slot_not_chosen: () => ({
    en: 'The time was taken by somebody else, and the person was asked for another one on WhatsApp but did not choose in time. Nothing is booked. Agree on a time with them. If they have written to you within the last 24 hours, delivering again asks them once more; otherwise send the flow again.',
    de: 'Die Zeit wurde von jemand anderem belegt; die Person wurde auf WhatsApp nach einer anderen gefragt, hat aber nicht rechtzeitig gewählt. Es ist nichts gebucht. Vereinbaren Sie mit ihr eine Zeit. Hat sie Ihnen in den letzten 24 Stunden geschrieben, fragt eine erneute Zustellung noch einmal; sonst senden Sie den Flow erneut.',
  }),
  slot_none_free: () => ({
    en: 'The time was taken by somebody else before it was booked, and the meeting link has no other free time. Nothing is booked. Open up times in HubSpot and deliver again, or agree on one with the person.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war, und der Terminlink hat keine andere freie Zeit. Es ist nichts gebucht. Geben Sie in HubSpot Zeiten frei und stellen Sie erneut zu, oder vereinbaren Sie mit der Person eine.',
  }),
  slot_window_closed: () => ({
    en: 'The time was taken by somebody else before it was booked. The person has not written within 24 hours, so WhatsApp takes no question for another time. Nothing is booked: send the flow again, or agree on a time with them.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. Die Person hat in den letzten 24 Stunden nicht geschrieben, daher nimmt WhatsApp keine Frage nach einer anderen Zeit an. Es ist nichts gebucht: Senden Sie den Flow erneut, oder vereinbaren Sie mit ihr eine Zeit.',
  }),
  slot_opted_out: () => ({
    en: 'The time was taken by somebody else before it was booked. The person does not want messages from your business, so they were not asked for another one. Nothing is booked: agree on a time with them in another way.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war. Die Person möchte keine Nachrichten von Ihrem Unternehmen und wurde daher nicht nach einer anderen gefragt. Es ist nichts gebucht: Vereinbaren Sie auf anderem Weg eine Zeit mit ihr.',
  }),
  slot_account: () => ({
    en: 'The time was taken by somebody else before it was booked, and the person could not be asked for another one with this WhatsApp account. Nothing is booked. An admin connects the account again in the settings of Flowella; then deliver again, and they are asked.',
    de: 'Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war, und mit diesem WhatsApp-Konto konnte die Person nicht nach einer anderen gefragt werden. Es ist nichts gebucht. Ein Admin verbindet das Konto in den Einstellungen von Flowella erneut; stellen Sie dann erneut zu, und sie wird gefragt.',
  }),
  slot_refused: ({ code = '' }) => ({
    en: `The time was taken by somebody else before it was booked, and WhatsApp refused our question for another one (${code}). Nothing is booked: agree on a time with the person.`,
    de: `Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war, und WhatsApp hat unsere Frage nach einer anderen abgelehnt (${code}). Es ist nichts gebucht: Vereinbaren Sie mit der Person eine Zeit.`,
  }),
  slot_not_arrived: ({ code = '' }) => ({
    en: `The time was taken by somebody else before it was booked, and WhatsApp did not deliver our question for another one (${code}). Nothing is booked: agree on a time with the person.`,
    de: `Die Zeit wurde von jemand anderem belegt, bevor sie gebucht war, und WhatsApp hat unsere Frage nach einer anderen nicht zugestellt (${code}). Es ist nichts gebucht: Vereinbaren Sie mit der Person eine Zeit.`,
  }),
  slot_taken_often: () => ({
    en: 'The time was taken by somebody else, and we have asked the person three times for another one without a booking. Nothing is booked: agree on a time with them.',
    de: 'Die Zeit wurde von jemand anderem belegt, und wir haben die Person dreimal nach einer anderen gefragt, ohne dass eine gebucht wurde. Es ist nichts gebucht: Vereinbaren Sie mit ihr eine Zeit.',
  }),
  appointment_past: () => ({
    en: 'The time of the appointment has passed. Agree on another one with the person.',
    de: 'Die Zeit des Termins ist vorbei. Vereinbaren Sie mit der Person eine andere.',
  }),
  appointment_no_email: () => ({
    en: 'HubSpot books meetings with an e-mail address only, and neither the answers nor the contact have one. Add one to the contact, then deliver again.',
    de: 'HubSpot bucht Termine nur mit einer E-Mail-Adresse; weder die Antworten noch der Kontakt haben eine. Ergänzen Sie am Kontakt eine und stellen Sie erneut zu.',
  }),
  meeting_link_gone: () => ({
    en: 'HubSpot no longer has the meeting link of this flow. Choose another one under “Where answers go” and publish the flow again.',
    de: 'HubSpot hat den Terminlink dieses Flows nicht mehr. Wählen Sie unter „Wohin die Antworten gehen“ einen anderen und veröffentlichen Sie den Flow neu.',
  }),
  meeting_minutes: ({ count = 0 }) => ({
    en: `The meeting link offers no meetings of ${count} minutes any more. Choose another length.`,
    de: `Der Terminlink bietet keine Termine von ${count} Minuten mehr an. Wählen Sie eine andere Dauer.`,
  }),
  meeting_link_fields: ({ property = '' }) => ({
    en: `The meeting link demands more than name and e-mail address: ${property}. Make these fields optional in HubSpot, or choose another link.`,
    de: `Der Terminlink verlangt mehr als Name und E-Mail-Adresse: ${property}. Machen Sie diese Felder in HubSpot freiwillig, oder wählen Sie einen anderen Link.`,
  }),
  meeting_link_consent: () => ({
    en: 'The meeting link asks for consent on its own page, which a flow cannot show. Switch this off for the link in HubSpot, or choose another link.',
    de: 'Der Terminlink fragt auf seiner eigenen Seite nach einer Einwilligung, die ein Flow nicht zeigen kann. Schalten Sie das für den Link in HubSpot aus, oder wählen Sie einen anderen.',
  }),
  meetings_not_permitted: () => ({
    en: 'Flowella may not read meeting links of this HubSpot account yet. A super admin installs the app again and accepts the permission for meetings.',
    de: 'Flowella darf die Terminlinks dieses HubSpot-Kontos noch nicht lesen. Ein Super-Admin installiert die App erneut und bestätigt die Berechtigung für Termine.',
  }),
  invitation_window: () => ({
    en: 'The appointment is booked. The calendar file waits until the person writes to you again: WhatsApp takes it within 24 hours of their last message only.',
    de: 'Der Termin ist gebucht. Die Kalenderdatei wartet, bis die Person Ihnen wieder schreibt: WhatsApp nimmt sie nur in den 24 Stunden nach deren letzter Nachricht an.',
  }),
  invitation_unknown: () => ({
    en: 'The appointment is booked. Whether the calendar file arrived is not known, so it is not sent a second time by itself. Try delivery again if the person does not have it.',
    de: 'Der Termin ist gebucht. Ob die Kalenderdatei ankam, ist nicht bekannt; sie wird nicht von selbst noch einmal gesendet. Stellen Sie erneut zu, wenn die Person sie nicht hat.',
  }),
  invitation_not_arrived: ({ code = '' }) => ({
    en: `The appointment is booked. WhatsApp took the calendar file and could not deliver it (${code}). Try delivery again; if it fails again, tell the person the time in another way.`,
    de: `Der Termin ist gebucht. WhatsApp hat die Kalenderdatei angenommen und konnte sie nicht zustellen (${code}). Stellen Sie erneut zu; misslingt es wieder, nennen Sie der Person den Termin auf anderem Weg.`,
  }),
  invitation_opted_out: () => ({
    en: 'The appointment is booked. The person does not want messages from your business, so no calendar file is sent.',
    de: 'Der Termin ist gebucht. Die Person möchte keine Nachrichten von Ihrem Unternehmen, daher wird keine Kalenderdatei gesendet.',
  }),
  invitation_account: () => ({
    en: 'The appointment is booked. The calendar file could not be sent with this WhatsApp account. An admin connects the account again in the settings of Flowella; then deliver again.',
    de: 'Der Termin ist gebucht. Die Kalenderdatei konnte mit diesem WhatsApp-Konto nicht gesendet werden. Ein Admin verbindet das Konto in den Einstellungen von Flowella erneut; stellen Sie dann erneut zu.',
  }),
  invitation_refused: ({ code = '' }) => ({
    en: `The appointment is booked. WhatsApp refused the calendar file (${code}). Tell the person the time in another way.`,
    de: `Der Termin ist gebucht. WhatsApp hat die Kalenderdatei abgelehnt (${code}). Nennen Sie der Person die Zeit auf anderem Weg.`,
  }),
  invitation_later: () => ({
    en: 'The appointment is booked. WhatsApp could not take the calendar file yet. It is tried again by itself.',
    de: 'Der Termin ist gebucht. WhatsApp konnte die Kalenderdatei noch nicht annehmen. Es wird von selbst erneut versucht.',
  }),
  invitation_canceled: () => ({
    en: 'The meeting was cancelled in HubSpot, so no calendar file is sent.',
    de: 'Der Termin wurde in HubSpot abgesagt, daher wird keine Kalenderdatei gesendet.',
  }),
  task_without_title: () => ({
    en: 'The task or note has no title yet. Write one under “Task or note”.',
    de: 'Die Aufgabe oder Notiz hat noch keinen Titel. Schreiben Sie einen unter „Aufgabe oder Notiz“.',
  }),
  unknown_place: ({ question = '' }) => ({
    en: `The text of the task or note names the question "${question}", which the form does not have. Take {{${question}}} out of the text.`,
    de: `Der Text der Aufgabe oder Notiz nennt die Frage „${question}“, die das Formular nicht hat. Nehmen Sie {{${question}}} aus dem Text.`,
  }),
  kyc_empty: () => ({
    en: 'The KYC record has no fields yet. Say at least which question asks for the legal name.',
    de: 'Die KYC-Akte hat noch keine Felder. Geben Sie mindestens an, welche Frage nach dem amtlichen Namen fragt.',
  }),
} satisfies Record<string, (values: TextValues) => Texts>;

/** What a text may name: labels and internal names of HubSpot, never an answer. */
export type TextValues = {
  count?: number;
  property?: string;
  question?: string;
  option?: string;
  code?: string;
  rule?: string;
  owner?: string;
};
export type TextCode = keyof typeof TEXTS;

export function textOf(code: TextCode, language: Language, values: TextValues = {}): string {
  return TEXTS[code](values)[language];
}
