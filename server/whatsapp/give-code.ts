import { sql } from 'kysely';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { issueCode } from '../endpoint/confirmation/confirmations.ts';
import { normaliseSurname } from '../endpoint/confirmation/normalise-surname.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { CONFIRM_PROPERTIES } from './confirmable.ts';
import type { SendServices } from './services.ts';

export type GivenCode = { codeId: string; code: string; expiresAt: Date };

type Request = {
  portalId: PortalId;
  contactId: string;
  sendId: string;
  userId: number | null;
  language: Language;
};

const rowSchema = z.object({
  open: z.boolean(),
  token_expires_at: z.date(),
  channel: z.enum(['email', 'agent']).nullable(),
  confirmed_at: z.date().nullable(),
});

/**
 * A code for somebody whom an agent has checked by telephone, for one running message to this contact. It is answered once and stored
 * nowhere; the audit log keeps who gave it, when and for which message. The surname is compared as the contact has it now.
 * Throws `send_not_found`, `code_not_wanted` (409), `no_surname` (409) and `too_many_codes` (429).
 */
export async function giveCode(services: SendServices, request: Request): Promise<GivenCode> {
  const { portalId, contactId, sendId, language } = request;
  const now = services.clock.now();
  await requireWanted(services, request, now);
  const contact = await services.readContact(portalId, contactId, CONFIRM_PROPERTIES);
  const surname = contact?.properties.lastname ?? '';
  if (normaliseSurname(surname) === '') throw refused('no_surname', 409, language);
  const issued = await issueCode(services, { portalId, sendId, channel: 'agent', surname, now });
  if (issued === 'later') throw refused('too_many_codes', 429, language);
  if (issued === 'over') throw refused('code_not_wanted', 409, language);
  await withPortal(services.db, portalId, (tx) =>
    appendAudit(tx, portalId, now, {
      actor: `user:${request.userId}`,
      action: 'confirmation.code-given',
      subject: sendId,
      detail: { contact: contactId },
    }),
  );
  const { codeId, code, expiresAt } = issued;
  return { codeId, code, expiresAt };
}

/** A message that is open, to this very contact, of a flow in which agents give the codes. */
async function requireWanted(
  services: SendServices,
  { portalId, contactId, sendId, language }: Request,
  now: Date,
): Promise<void> {
  const { rows } = await withPortal(services.db, portalId, (tx) =>
    sql<unknown>`
      select s.open, s.token_expires_at, v.program -> 'confirmation' ->> 'channel' as channel, c.confirmed_at
      from sends s
      join flow_versions v on v.portal_id = s.portal_id and v.version_id = s.version_id
      left join confirmations c on c.portal_id = s.portal_id and c.send_id = s.send_id
      where s.portal_id = ${portalId} and s.send_id = ${sendId} and s.contact_id = ${contactId}`.execute(tx),
  );
  if (!rows[0]) throw refused('send_not_found', 404, language);
  const row = rowSchema.parse(rows[0]);
  const isRunning = row.open && row.token_expires_at > now && row.confirmed_at === null;
  if (!isRunning || row.channel !== 'agent') throw refused('code_not_wanted', 409, language);
}

const REFUSALS = {
  send_not_found: { en: 'This message is not known.', de: 'Diese Nachricht ist nicht bekannt.' },
  code_not_wanted: {
    en: 'This message needs no code (any more). Load the card again.',
    de: 'Diese Nachricht braucht keinen Code (mehr). Laden Sie die Karte neu.',
  },
  no_surname: {
    en: 'The contact has no surname, and nobody can confirm themselves without. Add it to the contact, then give a code.',
    de: 'Der Kontakt hat keinen Nachnamen, und ohne ihn kann sich niemand bestätigen. Ergänzen Sie ihn am Kontakt, geben Sie dann einen Code.',
  },
  too_many_codes: {
    en: 'This person was given five codes within an hour. Wait a while, and make sure that it is really them.',
    de: 'Diese Person hat innerhalb einer Stunde fünf Codes bekommen. Warten Sie etwas, und vergewissern Sie sich, dass sie es wirklich ist.',
  },
} satisfies Record<string, Texts>;

function refused(code: keyof typeof REFUSALS, status: number, language: Language): AppError {
  return new AppError(code, { status, userMessage: REFUSALS[code][language] });
}
