import { AppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import type { LinkSent, SendLink } from '../destinations/identity-check/send-link.ts';
import { getAccountSecrets } from './accounts.ts';
import { windowUntil } from './choose-way.ts';
import { readConsent } from './consents.ts';
import { linkMessage, linkTemplateMessage } from './messages.ts';
import { MetaError } from './meta-errors.ts';
import { readPerson } from './persons.ts';
import { postMessage } from './post-message.ts';
import { recipientOf, type Recipient } from './recipient.ts';
import { chooseNumber } from './send-flow.ts';
import { readSendableFlows } from './sendable-flow.ts';
import type { WhatsappServices } from './services.ts';

/** The webhook of the reply comes within seconds of the last screen; Meta repeats it for days when we were away. */
const REPLY_COMES_MS = 60_000;
const LOOK_AGAIN_MS = 5_000;
const DEADLINE_MS = 9_000;

type Way =
  | { kind: 'by_rep'; code: string }
  | { kind: 'closed' }
  | { kind: 'open' | 'template'; recipient: Recipient; accountId: string; phoneNumberId: string };

/** Sends the link of an identity check (`SendLink`); reads who the person is at that moment, and calls Meta once. */
export function createSendLink(services: WhatsappServices): SendLink {
  return async (o) => {
    const way = await chooseWay(services, o);
    if (way.kind === 'by_rep') return way;
    if (way.kind === 'closed') {
      const age = services.clock.now().getTime() - o.acceptedAt.getTime();
      // Answering a flow is a message of the person's: it opens the window as soon as its webhook is here.
      if (age < REPLY_COMES_MS) return { kind: 'later', retryAfterMs: LOOK_AGAIN_MS };
      return { kind: 'by_rep', code: 'window-closed' };
    }
    if (!(await o.claim())) return { kind: 'taken' };
    return send(services, o, way);
  };
}

async function chooseWay(services: WhatsappServices, o: Parameters<SendLink>[0]): Promise<Way> {
  return withPortal(services.db, o.portalId, async (tx): Promise<Way> => {
    await services.keys.dataKey(o.portalId, tx);
    const [flow] = await readSendableFlows(tx, o.portalId, o.flowId);
    const person = await readPerson(tx, services, o.portalId, o.personId);
    const phoneNumberId = flow ? chooseNumber(flow, person) : null;
    const recipient = person ? recipientOf(person.identity) : null;
    if (!flow || !person || !recipient) return { kind: 'by_rep', code: 'no-recipient' };
    if (flow.account.state !== 'connected' || phoneNumberId === null) return { kind: 'by_rep', code: 'account-broken' };
    const consent = await readConsent(tx, services, o.portalId, person.identity);
    if (consent.state === 'opted_out') return { kind: 'by_rep', code: 'opted-out' };
    const to = { recipient, accountId: flow.account.accountId, phoneNumberId };
    const lastInboundAt = person.lastInboundNumber === phoneNumberId ? person.lastInboundAt : null;
    if (windowUntil(lastInboundAt, services.clock.now())) return { kind: 'open', ...to };
    return o.template ? { kind: 'template', ...to } : { kind: 'closed' };
  });
}

async function send(
  services: WhatsappServices,
  o: Parameters<SendLink>[0],
  way: Extract<Way, { phoneNumberId: string }>,
): Promise<LinkSent> {
  const envelope = { recipient: way.recipient, sendId: o.checkId };
  const message =
    way.kind === 'template' && o.template
      ? linkTemplateMessage({ ...envelope, template: o.template, link: o.link })
      : linkMessage({ ...envelope, ...o.message, link: o.link });
  try {
    const { accessToken } = await getAccountSecrets(services, o.portalId, way.accountId);
    const { phoneNumberId } = way;
    await postMessage(services.graph, { phoneNumberId, accessToken, message, deadlineMs: DEADLINE_MS });
    return { kind: 'accepted' };
  } catch (err) {
    return refusalOf(services, o.portalId, o.checkId, err);
  }
}

function refusalOf(services: WhatsappServices, portalId: PortalId, checkId: string, err: unknown): LinkSent {
  services.log.warn({ err, portalId, checkId }, 'the link of an identity check was not accepted');
  if (err instanceof MetaError) return { kind: 'failed', code: `meta:${err.metaCode}` };
  return err instanceof AppError && err.code === 'meta_unavailable'
    ? { kind: 'failed', code: 'meta:2' }
    : { kind: 'unknown' };
}
