import type { ProgramConfirmation } from '@flowella/shared/compile/program.ts';
import type { Run, Version } from '../runs.ts';
import type { CodeSender } from './code-sender.ts';
import { issueCode, readStanding, tryCode, type ConfirmationServices } from './confirmations.ts';
import type { ConfirmOutcome, ConfirmWish } from './wish.ts';

type Asked = { run: Run; version: Version; confirmation: ProgramConfirmation; now: Date };

/** What somebody who is not confirmed asked for, done. At most once per request: a try counts. */
export async function carryOutWish(
  services: ConfirmationServices & { codeSender: CodeSender },
  asked: Asked,
  wish: ConfirmWish,
): Promise<ConfirmOutcome> {
  const { channel } = asked.confirmation;
  const place = { portalId: asked.run.portalId, sendId: asked.run.sendId, now: asked.now };
  if (wish.kind === 'try') {
    const result = await tryCode(services, { ...place, surname: wish.surname, code: wish.code });
    return result === 'wrong' ? { kind: 'asked', say: 'wrong' } : { kind: result };
  }
  const standing = await readStanding(services, place);
  if (standing === 'confirmed') return { kind: 'confirmed' };
  if (standing === 'locked' || standing === 'missing') return { kind: 'locked' };
  if (channel === 'agent') return { kind: 'asked', say: 'agent' };
  if (wish.kind === 'open' && standing === 'has-code') return { kind: 'asked', say: 'email' };
  return sendCode(services, asked, wish.kind === 'open' ? 'email' : 'again');
}

async function sendCode(
  services: ConfirmationServices & { codeSender: CodeSender },
  { run, version, confirmation, now }: Asked,
  say: 'email' | 'again',
): Promise<ConfirmOutcome> {
  if (confirmation.channel !== 'email') return { kind: 'asked', say: 'agent' };
  const { portalId, sendId, flowId, contactId } = run;
  const issued = await issueCode(services, { portalId, sendId, channel: 'email', now });
  if (issued === 'over') return { kind: 'locked' };
  if (issued === 'later') return { kind: 'asked', say: 'later' };
  services.codeSender.send({
    ...issued,
    portalId,
    webhookId: confirmation.webhookId,
    sendId,
    contactId,
    flowId,
    versionId: version.versionId,
    locale: version.program.language,
    issuedAt: now,
  });
  return { kind: 'asked', say };
}
