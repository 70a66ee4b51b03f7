import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { appendAudit } from '../../audit/audit.ts';
import { withPortal, type Db, type PortalTx } from '../../db/db.ts';
import { newId } from '../../ids.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import { seal } from '../../keys/vault.ts';
import { hashCode, hashSurname, newCode, proofFits, type RandomBelow } from './codes.ts';
import { normaliseSurname } from './normalise-surname.ts';

/** Wrong tries of one send. Only a code that somebody gives after checking the person allows more. */
export const MAX_TRIES = 5;
/** How long a code may be used. */
export const CODE_LIFE_MS = 10 * 60_000;
/** Between two codes of one send: a second press is not a second message. */
const PAUSE_MS = 30_000;
const HOUR_MS = 3_600_000;
/** Codes to one person in an hour, over all that was sent to them, and of one send in its life. Agents have a count of their own. */
const MAX_PER_HOUR = 5;
const MAX_PER_SEND = 10;

export type ConfirmationServices = { db: Db; keys: PortalKeys };
export type Channel = 'email' | 'agent';
type Place = { portalId: number; sendId: string; now: Date };

/** A code on its way to the person. It exists here alone: it is neither stored nor logged. */
export type IssuedCode = { codeId: string; code: string; expiresAt: Date; email: string | null };

const kept = z.object({ email: z.string().nullable() });
export const emailPurpose = (sendId: string): string => `confirmations.email:${sendId}`;

/**
 * Keeps what a person will be confirmed by, in the transaction that writes the send: read from the CRM then and never in an
 * exchange (flow-rules.md section 3). A contact without a surname gets a hash that nothing fits.
 */
export async function prepareConfirmation(
  tx: PortalTx,
  keys: PortalKeys,
  o: Place & { recipient: string; surname: string | null; email: string | null },
): Promise<void> {
  const dataKey = await keys.dataKey(o.portalId, tx);
  await tx
    .insertInto('confirmations')
    .values({
      portal_id: o.portalId,
      send_id: o.sendId,
      recipient: o.recipient,
      surname_hash: surnameHash(dataKey, o.sendId, o.surname),
      email_sealed: seal(dataKey, emailPurpose(o.sendId), JSON.stringify({ email: o.email?.trim() || null })),
      created_at: o.now,
    })
    .execute();
}

/** Whether what a person is confirmed by was kept when the send was written. */
export async function isPrepared(tx: PortalTx, portalId: number, sendId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('confirmations')
    .select('send_id')
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', sendId)
    .executeTakeFirst();
  return row !== undefined;
}

function surnameHash(dataKey: Buffer, sendId: string, surname: string | null): Buffer {
  return surname && normaliseSurname(surname) !== '' ? hashSurname(dataKey, sendId, surname) : randomBytes(32);
}

/** Where one send stands. `missing` when it was erased, or needs no confirmation. */
export async function readStanding(
  { db }: ConfirmationServices,
  { portalId, sendId, now }: Place,
): Promise<'missing' | 'confirmed' | 'locked' | 'has-code' | 'no-code'> {
  const row = await withPortal(db, portalId, (tx) =>
    tx
      .selectFrom('confirmations')
      .select(['tries', 'code_expires_at', 'confirmed_at'])
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .executeTakeFirst(),
  );
  if (!row) return 'missing';
  if (row.confirmed_at) return 'confirmed';
  if (row.tries >= MAX_TRIES) return 'locked';
  return row.code_expires_at && row.code_expires_at > now ? 'has-code' : 'no-code';
}

/**
 * Makes a new code in place of the old one, within the limits; `later` beyond them. The same work and the same answer whether or not
 * there is an address to send it to. An agent's code frees a send whose tries are used up and takes the surname as it is known now.
 */
export async function issueCode(
  { db, keys }: ConfirmationServices,
  o: Place & { channel: Channel; surname?: string; random?: RandomBelow },
): Promise<IssuedCode | 'later' | 'over'> {
  const { portalId, sendId, channel, now } = o;
  const dataKey = await keys.dataKey(portalId);
  const code = newCode(o.random);
  const codeId = newId('code');
  const expiresAt = new Date(now.getTime() + CODE_LIFE_MS);
  const row = await withPortal(db, portalId, async (tx) => {
    const open = await lockRow(tx, portalId, sendId);
    if (!open || open.confirmed_at || (channel === 'email' && open.tries >= MAX_TRIES)) return 'over';
    if (!(await isWithinLimits(tx, { ...o, recipient: open.recipient }))) return 'later';
    await tx
      .insertInto('confirmation_codes')
      .values({
        portal_id: portalId,
        code_id: codeId,
        send_id: sendId,
        recipient: open.recipient,
        channel,
        issued_at: now,
      })
      .execute();
    await tx
      .updateTable('confirmations')
      .set({
        code_id: codeId,
        code_hash: hashCode(dataKey, sendId, code),
        code_expires_at: expiresAt,
        ...(channel === 'agent' ? { tries: 0 } : {}),
        ...(o.surname === undefined ? {} : { surname_hash: surnameHash(dataKey, sendId, o.surname) }),
      })
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .execute();
    return open;
  });
  if (row === 'over' || row === 'later') return row;
  const { email } = kept.parse(await keys.openJson(portalId, emailPurpose(sendId), row.email_sealed));
  return { codeId, code, expiresAt, email };
}

async function lockRow(tx: PortalTx, portalId: number, sendId: string) {
  return tx
    .selectFrom('confirmations')
    .select(['recipient', 'email_sealed', 'tries', 'confirmed_at'])
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', sendId)
    .forUpdate()
    .executeTakeFirst();
}

/** Counted under a lock on the person: two sends at once do not both take the last place. */
async function isWithinLimits(tx: PortalTx, o: Place & { recipient: string; channel: Channel }): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(7423908, hashtext(${`${o.portalId} ${o.recipient}`}))`.execute(tx);
  const since = (ms: number): Date => new Date(o.now.getTime() - ms);
  const { rows } = await sql<{ hour: string; send: string; pause: string }>`
    select count(*) filter (where issued_at > ${since(HOUR_MS)}) as hour,
           count(*) filter (where send_id = ${o.sendId}) as send,
           count(*) filter (where send_id = ${o.sendId} and issued_at > ${since(PAUSE_MS)}) as pause
    from confirmation_codes
    where portal_id = ${o.portalId} and recipient = ${o.recipient} and channel = ${o.channel}`.execute(tx);
  const [count] = rows;
  if (!count) return false;
  if (Number(count.hour) >= MAX_PER_HOUR) return false;
  // An agent has seen what they do; a phone may not make mail for three days.
  return o.channel === 'agent' || (Number(count.send) < MAX_PER_SEND && Number(count.pause) === 0);
}

/**
 * One try: counted before it is looked at, in one statement that also locks the row, so that no number of guesses at once makes a
 * sixth. Whatever is wrong, the work is the same: both hashes are made and both are compared. What was typed is not kept; the audit log
 * has how it ended.
 */
export async function tryCode(
  { db, keys }: ConfirmationServices,
  o: Place & { surname: string; code: string },
): Promise<'confirmed' | 'wrong' | 'locked'> {
  const { portalId, sendId, now } = o;
  const dataKey = await keys.dataKey(portalId);
  const given = { surname: hashSurname(dataKey, sendId, o.surname), code: hashCode(dataKey, sendId, o.code) };
  return withPortal(db, portalId, async (tx) => {
    const mine = tx
      .updateTable('confirmations')
      .where('portal_id', '=', String(portalId))
      .where('send_id', '=', sendId)
      .where('confirmed_at', 'is', null);
    const row = await mine
      .set({ tries: sql<number>`tries + 1` })
      .where('tries', '<', MAX_TRIES)
      .returning(['surname_hash', 'code_hash', 'code_expires_at', 'tries'])
      .executeTakeFirst();
    const isLive = (row?.code_expires_at?.getTime() ?? 0) > now.getTime();
    const nothing = randomBytes(32);
    const fits = proofFits(
      { surname: row?.surname_hash ?? nothing, code: (isLive ? row?.code_hash : null) ?? nothing },
      given,
    );
    if (!row) return (await isConfirmed(tx, portalId, sendId)) ? 'confirmed' : 'locked';
    if (!fits && row.tries < MAX_TRIES) return 'wrong';
    if (fits) await mine.set({ confirmed_at: now, code_hash: null }).execute();
    const action = fits ? 'confirmation.passed' : 'confirmation.locked';
    await appendAudit(tx, portalId, now, { actor: 'system', action, subject: sendId });
    return fits ? 'confirmed' : 'locked';
  });
}

async function isConfirmed(tx: PortalTx, portalId: number, sendId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('confirmations')
    .select('confirmed_at')
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', sendId)
    .executeTakeFirst();
  return Boolean(row?.confirmed_at);
}

/** What is past its use: hashes of codes that ran out, and all of sends that are over. Counts live as long as they are looked at. */
export async function forgetOldConfirmations(
  { db }: Pick<ConfirmationServices, 'db'>,
  portalId: number,
  now: Date,
): Promise<void> {
  await withPortal(db, portalId, async (tx) => {
    await sql`update confirmations set code_hash = null
              where portal_id = ${portalId} and code_hash is not null and code_expires_at <= ${now}`.execute(tx);
    await sql`delete from confirmations c using sends s
              where c.portal_id = ${portalId} and s.portal_id = c.portal_id and s.send_id = c.send_id
                and not s.open`.execute(tx);
    await sql`delete from confirmation_codes c
              where c.portal_id = ${portalId} and c.issued_at <= ${new Date(now.getTime() - HOUR_MS)}
                and not exists (select 1 from confirmations o
                                where o.portal_id = c.portal_id and o.send_id = c.send_id)`.execute(tx);
  });
}
