import { sql } from 'kysely';
import { z } from 'zod';
import type { SendView } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { sentByPurpose } from '../keys/identity.ts';
import { explainBlockedReason } from './choose-way.ts';
import { explainMetaCode } from './meta-errors.ts';
import type { WhatsappServices } from './services.ts';
import { viewConfirmation } from './view-confirmation.ts';

const time = z.date().nullable();
const rowSchema = z.object({
  send_id: z.string(),
  flow_id: z.string(),
  flow_name: z.string(),
  state: z.enum(['queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled']),
  way: z.enum(['interactive', 'template']).nullable(),
  open: z.boolean(),
  closed_reason: z.string().nullable(),
  waits_for: z.string().nullable(),
  error_code: z.string().nullable(),
  channel: z.string(),
  sent_by_email_sealed: z.instanceof(Buffer).nullable(),
  created_at: z.date(),
  sent_at: time,
  delivered_at: time,
  read_at: time,
  opened_at: time,
  screen_number: z.number().nullable(),
  screen_count: z.number().nullable(),
  finished_at: time,
  submission_id: z.string().nullable(),
  mode: z.enum(['connected', 'light']).catch('connected'),
  confirm_channel: z.enum(['email', 'agent']).nullable(),
  confirm_tries: z.number().nullable(),
  confirmed_at: time,
  code_outcome: z.enum(['sent', 'failed', 'no-address']).nullable(),
});
type SendRow = z.infer<typeof rowSchema>;

/** One send as the card shows it; throws `send_not_found`. */
export async function viewSend(
  services: Pick<WhatsappServices, 'db' | 'keys'>,
  portalId: PortalId,
  sendId: string,
  language: Language,
): Promise<SendView> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    readRows(tx, sql`s.portal_id = ${portalId} and s.send_id = ${sendId}`, 1),
  );
  const row = rows[0];
  if (!row) {
    const texts: Texts = { en: 'This message is not known.', de: 'Diese Nachricht ist nicht bekannt.' };
    throw new AppError('send_not_found', { status: 404, userMessage: texts[language] });
  }
  return toView(services, portalId, row, language);
}

/** The newest sends to a contact, open ones first. */
export async function listSendsOfContact(
  services: Pick<WhatsappServices, 'db' | 'keys'>,
  portalId: PortalId,
  contactId: string,
  language: Language,
): Promise<SendView[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    readRows(tx, sql`s.portal_id = ${portalId} and s.contact_id = ${contactId}`, 30),
  );
  return Promise.all(rows.map((row) => toView(services, portalId, row, language)));
}

async function readRows(tx: PortalTx, where: ReturnType<typeof sql>, limit: number): Promise<SendRow[]> {
  const { rows } = await sql<unknown>`
    select s.send_id, s.flow_id, f.name as flow_name, s.state, s.way, s.open, s.closed_reason, s.waits_for, s.error_code, s.channel,
           s.sent_by_email_sealed, s.created_at, s.sent_at, s.delivered_at, s.read_at,
           n.opened_at, n.screen_number, n.screen_count,
           coalesce(b.finished_at, n.finished_at) as finished_at, b.submission_id, v.program ->> 'mode' as mode,
           v.program -> 'confirmation' ->> 'channel' as confirm_channel, c.tries as confirm_tries, c.confirmed_at,
           o.outcome as code_outcome
    from sends s
    join flows f on f.portal_id = s.portal_id and f.flow_id = s.flow_id
    left join sessions n on n.portal_id = s.portal_id and n.send_id = s.send_id
    left join submissions b on b.portal_id = s.portal_id and b.send_id = s.send_id
    left join flow_versions v on v.portal_id = s.portal_id and v.version_id = coalesce(n.version_id, s.version_id)
    left join confirmations c on c.portal_id = s.portal_id and c.send_id = s.send_id
    left join confirmation_codes o on o.portal_id = c.portal_id and o.code_id = c.code_id
    where ${where}
    order by s.open desc, s.created_at desc, s.send_id
    limit ${limit}`.execute(tx);
  return rows.map((row) => rowSchema.parse(row));
}

async function toView(
  services: Pick<WhatsappServices, 'keys'>,
  portalId: PortalId,
  row: SendRow,
  language: Language,
): Promise<SendView> {
  const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
  const sentBy = row.sent_by_email_sealed
    ? (await services.keys.open(portalId, sentByPurpose(row.send_id), row.sent_by_email_sealed)).toString('utf8')
    : null;
  return {
    sendId: row.send_id,
    flowId: row.flow_id,
    flowName: row.flow_name,
    state: row.state,
    way: row.way,
    open: row.open,
    reason: reasonOf(row, language),
    progress: {
      state: row.submission_id ? 'finished' : row.opened_at ? 'opened' : 'not-opened',
      screen: row.screen_number,
      screens: row.screen_count,
      mode: row.mode,
    },
    channel: row.channel,
    sentBy,
    createdAt: row.created_at.toISOString(),
    times: {
      sent: iso(row.sent_at),
      delivered: iso(row.delivered_at),
      read: iso(row.read_at),
      opened: iso(row.opened_at),
      finished: iso(row.finished_at),
    },
    submissionId: row.submission_id,
    confirmation: viewConfirmation(
      {
        open: row.open,
        isFinished: row.submission_id !== null,
        channel: row.confirm_channel,
        tries: row.confirm_tries,
        confirmedAt: row.confirmed_at,
        outcome: row.code_outcome,
      },
      language,
    ),
  };
}

const UNKNOWN: Texts = {
  en: 'Meta did not answer, so the message may or may not have arrived. Wait for its status, or choose "Send again".',
  de: 'Meta hat nicht geantwortet; die Nachricht kann angekommen sein oder nicht. Warten Sie auf den Status oder wählen Sie „Noch einmal senden“.',
};
const WAITS: Texts = {
  en: 'WhatsApp is holding this flow back. The message waits here and is sent by itself as soon as WhatsApp allows it; you need do nothing.',
  de: 'WhatsApp hält diesen Flow zurück. Die Nachricht wartet hier und wird von selbst gesendet, sobald WhatsApp es erlaubt; Sie müssen nichts tun.',
};
const CLOSED: Record<string, Texts> = {
  replaced: {
    en: 'It was sent again; this message no longer works.',
    de: 'Es wurde erneut gesendet; diese Nachricht funktioniert nicht mehr.',
  },
  expired: {
    en: 'The person did not finish in time. Send it again if it is still needed.',
    de: 'Die Person hat nicht rechtzeitig abgeschlossen. Senden Sie es erneut, wenn es noch gebraucht wird.',
  },
  'waited-too-long': {
    en: 'WhatsApp held this flow back for two weeks, so the message was never sent. Send it again if it is still needed.',
    de: 'WhatsApp hat diesen Flow zwei Wochen lang zurückgehalten; die Nachricht wurde nie gesendet. Senden Sie sie erneut, wenn sie noch gebraucht wird.',
  },
  'version-closed': {
    en: 'The flow was changed too often since this message. Send it again.',
    de: 'Der Flow wurde seit dieser Nachricht zu oft geändert. Senden Sie sie erneut.',
  },
  'opted-out': {
    en: 'The person does not want messages any more.',
    de: 'Die Person möchte keine Nachrichten mehr.',
  },
  erased: {
    en: "The contact's data was erased; this message no longer works.",
    de: 'Die Daten des Kontakts wurden gelöscht; diese Nachricht funktioniert nicht mehr.',
  },
};

function reasonOf(row: SendRow, language: Language): string | null {
  if (row.state === 'failed') {
    const metaCode = /^meta:(\d+)$/.exec(row.error_code ?? '')?.[1];
    return explainMetaCode(metaCode === undefined ? -1 : Number(metaCode), language);
  }
  if (row.submission_id) return null;
  if (!row.open && row.closed_reason)
    return CLOSED[row.closed_reason]?.[language] ?? explainBlockedReason(row.closed_reason, language);
  if (row.state === 'queued' && row.waits_for !== null) return WAITS[language];
  return row.state === 'unknown' ? UNKNOWN[language] : null;
}
