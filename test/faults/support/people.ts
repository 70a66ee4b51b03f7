import { createHmac } from 'node:crypto';
import type { RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import type { FieldValue, FlowOutcome, InputView } from '@flowella/shared/phone/screen-view.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { z } from 'zod';
import {
  callFromCard,
  control,
  flowMessages,
  openOnPhone,
  plausibleAnswer,
  type FlowMessage,
} from '../../support/outside.ts';
import { until } from '../../support/until.ts';
import type { MortalWorld } from './start-world.ts';

export type Person = { contactId: string; waId: string; email: string };
/** What a phone was told: this submission is in. `said` is what its owner typed there and nowhere else. */
export type Success = { person: Person; submissionId: string; said: string };
export type Random = () => number;

/** Long enough for a restart; nobody waits for ever. */
const PATIENCE_MS = 20_000;

/** The same numbers for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** New contacts at HubSpot with people on WhatsApp behind them, who have agreed to messages. */
export async function makePeople(world: MortalWorld, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < count; n += 1) {
    const waId = `49151${String(20_000_000 + people.length + n * 7)}`;
    const email = `person${n}@faults.test`;
    await control(`${world.metaControlUrl}/people`, { waId, name: `Person ${n}` });
    const response = await fetch(`${world.hubspotApiUrl}/crm/objects/2026-09/contacts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.hubspotToken}` },
      body: JSON.stringify({
        properties: { email, firstname: 'Person', lastname: `N${n}`, mobilephone: `+${waId}` },
        associations: [],
      }),
    });
    const { id: contactId } = z.object({ id: z.string() }).parse(await response.json());
    await fromCard(world, `/api/contacts/${contactId}/consent`, { state: 'opted_in' });
    people.push({ contactId, waId, email });
  }
  return people;
}

/** Asks and answers, over and over, until it is time to stop; whatever fails on the way is tried again as a person would. */
export async function live(
  world: MortalWorld,
  person: Person,
  random: Random,
  shouldStop: () => boolean,
): Promise<Success[]> {
  const successes: Success[] = [];
  for (let round = 0; !shouldStop(); round += 1) {
    const message = await receive(world, person);
    if (!message) continue;
    const said = `${person.waId.slice(-4)}-${round}`;
    const submissionId = await fillIn(world, person, message, said, random);
    if (submissionId === null) continue;
    successes.push({ person, submissionId, said });
    await tellTheChat(world, person, message, random);
  }
  return successes;
}

/** A rep presses Send until the card has an answer, always with the same key; then the phone shows the message, or it is lost. */
async function receive(world: MortalWorld, person: Person): Promise<FlowMessage | null> {
  const before = (await flowMessages(world, person.waId)).length;
  await fromCard(world, `/api/contacts/${person.contactId}/sends`, { flowId: world.flowId, replace: true });
  let messages: FlowMessage[] = [];
  // Killed between our note and Meta's answer a send stays unknown: it is never repeated by itself.
  await until(async () => (messages = await flowMessages(world, person.waId)).length > before, 1_500).catch(() => {});
  return messages.length > before ? (messages.at(-1) ?? null) : null;
}

async function fromCard(world: MortalWorld, path: string, body: Record<string, unknown>): Promise<void> {
  const key = {
    idempotencyKey: createHmac('sha256', String(performance.now())).update(path).digest('hex').slice(0, 32),
  };
  let last = '';
  await until(async () => {
    const answer = await callFromCard(world, 'POST', path, { ...body, ...key });
    last = `${answer.status} ${JSON.stringify(answer.body)}`;
    if (answer.status >= 400 && answer.status < 500 && ![408, 409, 429].includes(answer.status))
      throw new Error(`${path} was refused: ${last}`);
    return answer.status < 300;
  }, PATIENCE_MS).catch((err: unknown) => {
    throw new Error(`${path} never succeeded, last ${last}`, { cause: err });
  });
}

/** Fills in the flow; a phone that shows an error is tried again, one that broke is opened again. Null when its button went grey. */
async function fillIn(
  world: MortalWorld,
  person: Person,
  message: FlowMessage,
  said: string,
  random: Random,
): Promise<string | null> {
  const deadline = Date.now() + PATIENCE_MS;
  let trouble = '';
  while (Date.now() < deadline) {
    const phone = await openOnPhone(world, message, { exchange: unreliable(random) });
    for (let presses = 0; presses < 40 && Date.now() < deadline; presses += 1) {
      const { view, stuck } = await walkFlow(phone, (input) => answerFor(input, person, said));
      trouble = JSON.stringify(stuck ?? view).slice(0, 500);
      if (view.kind === 'closed' && !isNotice(view.outcome)) return submissionOf(view.outcome);
      if (view.kind !== 'screen') break;
      await pause(100);
    }
    await pause(100);
  }
  throw new Error(`A phone did not get to the end in ${PATIENCE_MS} ms: ${trouble}`);
}

/** Told that something went wrong, the person has closed the flow and opens it again. */
function isNotice(outcome: FlowOutcome): boolean {
  return outcome.kind === 'submitted' && outcome.responseJson.notice === true;
}

function submissionOf(outcome: FlowOutcome): string | null {
  if (outcome.kind !== 'submitted') return null;
  const { submission_id: submissionId } = z.looseObject({ submission_id: z.string() }).parse(outcome.responseJson);
  return submissionId;
}

function answerFor(input: InputView, person: Person, said: string): FieldValue | undefined {
  if (input.kind === 'text-input' && input.inputType === 'email') return person.email;
  if (/house number/i.test(input.label)) return said;
  return plausibleAnswer(input);
}

/** A network that repeats requests, at once or one after the other, and loses answers. */
function unreliable(random: Random): (relay: () => Promise<RawReply>) => Promise<RawReply> {
  return async (relay) => {
    const luck = random();
    if (luck < 0.15) return (await Promise.all([relay(), relay()]))[luck < 0.08 ? 0 : 1];
    if (luck < 0.3) await relay();
    return relay();
  };
}

/** What WhatsApp tells the business of a finished flow, more often than once. */
async function tellTheChat(world: MortalWorld, person: Person, message: FlowMessage, random: Random): Promise<void> {
  const id = `wamid.${message.id.slice(-10)}.reply`;
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: world.wabaId, changes: [{ field: 'messages', value: replyOf(world, person, message, id) }] }],
  });
  const signature = `sha256=${createHmac('sha256', world.appSecret).update(body).digest('hex')}`;
  const post = (): Promise<number> =>
    fetch(`${world.serverUrl}/webhooks/whatsapp/${world.accountId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
      body,
    }).then(
      (response) => response.status,
      () => 0,
    );
  if (random() < 0.5) await Promise.all([post(), post()]);
  await until(async () => (await post()) === 200, PATIENCE_MS);
}

function replyOf(world: MortalWorld, person: Person, message: FlowMessage, id: string): object {
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '494087969400', phone_number_id: world.phoneNumberId },
    contacts: [{ profile: { name: 'Person' }, wa_id: person.waId }],
    messages: [
      {
        context: { from: '494087969400', id: message.id },
        from: person.waId,
        id,
        timestamp: String(Math.floor(Date.now() / 1_000)),
        type: 'interactive',
        interactive: {
          type: 'nfm_reply',
          nfm_reply: {
            name: 'flow',
            body: 'Sent',
            response_json: JSON.stringify({ flow_token: message.flow.flowToken }),
          },
        },
      },
    ],
  };
}

/** The people's own pace, and the moments of the kills: not a wait for anything. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
