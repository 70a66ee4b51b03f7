import { businessIdOf, type PhoneNumber } from '../accounts/accounts.ts';
import { bsuidOf, isPhoneVisible, type Person } from '../people/people.ts';
import type { World } from '../world.ts';
import type { StoredMessage } from './message-store.ts';

/** `value` objects of the webhook field `messages` (whatsapp-flows.md sections 9.5 and 10, whatsapp-users.md section 3). */
export type StatusError = {
  code: number;
  title: string;
  message: string;
  error_data: { details: string };
  href: string;
};

export function metadataOf(number: PhoneNumber): { display_phone_number: string; phone_number_id: string } {
  return { display_phone_number: number.digits, phone_number_id: number.id };
}

export function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

/** The sender of an incoming message: the number only where this portfolio may see it; absent fields are omitted. */
export function incomingValue(
  world: World,
  number: PhoneNumber,
  person: Person,
  message: StoredMessage,
): Record<string, unknown> {
  const businessId = businessIdOf(world.store, number);
  const isVisible = isPhoneVisible(world.store, businessId, person);
  const bsuid = bsuidOf(world.store, businessId, person);
  return {
    messaging_product: 'whatsapp',
    metadata: metadataOf(number),
    contacts: [
      {
        profile: { name: person.name, ...(person.username === null ? {} : { username: person.username }) },
        ...(isVisible ? { wa_id: person.wa_id } : {}),
        user_id: bsuid,
      },
    ],
    messages: [
      {
        ...(message.context_id === null ? {} : { context: { from: number.digits, id: message.context_id } }),
        ...(isVisible ? { from: person.wa_id } : {}),
        from_user_id: bsuid,
        id: message.id,
        timestamp: seconds(message.at),
        type: message.type,
        ...message.content,
      },
    ],
  };
}

/** A delivery status. `failed` has no contacts and, for a message sent to a phone, no user id. */
export function statusValue(
  world: World,
  number: PhoneNumber,
  o: {
    person: Person | null;
    recipient: string;
    message: StoredMessage;
    status: string;
    at: number;
    errors: StatusError[] | null;
  },
): Record<string, unknown> {
  const { message, person, status } = o;
  const businessId = businessIdOf(world.store, number);
  const bsuid = person ? bsuidOf(world.store, businessId, person) : null;
  const isToPhone = message.addressed === 'phone';
  const isVisible = isToPhone || (person !== null && isPhoneVisible(world.store, businessId, person));
  const recipientId = isToPhone ? o.recipient : isVisible ? person?.wa_id : undefined;
  const isFailed = status === 'failed';
  const contact = person &&
    !isFailed && {
      profile: {
        name: person.name,
        ...(person.username === null || status === 'sent' ? {} : { username: person.username }),
      },
      ...(isVisible ? { wa_id: person.wa_id } : {}),
      user_id: bsuid,
    };
  const userId = isFailed && isToPhone ? null : (bsuid ?? (isToPhone ? null : o.recipient));
  return {
    messaging_product: 'whatsapp',
    metadata: metadataOf(number),
    ...(contact ? { contacts: [contact] } : {}),
    statuses: [
      {
        id: message.id,
        status,
        timestamp: seconds(o.at),
        ...(recipientId === undefined ? {} : { recipient_id: recipientId }),
        ...(userId === null ? {} : { recipient_user_id: userId }),
        ...(message.callback_data === null ? {} : { biz_opaque_callback_data: message.callback_data }),
        ...(isFailed || message.pricing === null ? {} : { pricing: message.pricing }),
        ...(o.errors === null ? {} : { errors: o.errors }),
      },
    ],
  };
}
