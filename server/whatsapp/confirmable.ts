import type { Program } from '@flowella/shared/compile/program.ts';
import { normaliseSurname } from '../endpoint/confirmation/normalise-surname.ts';
import type { NotConfirmable } from './choose-way.ts';
import type { SendableContact } from './services.ts';

/** Contact properties that a person is confirmed by. */
export const CONFIRM_PROPERTIES = ['lastname', 'email'];

/** Why nobody could be confirmed as this contact: said to whoever sends, never to whoever answers. Null where all is there. Pure. */
export function whyNotConfirmable(
  program: Program | undefined,
  contact: SendableContact | null,
): NotConfirmable | null {
  const confirmation = program?.confirmation;
  if (!confirmation) return null;
  if (!contact) return 'confirms-contacts-only';
  if (normaliseSurname(contact.properties.lastname ?? '') === '') return 'no-surname';
  return confirmation.channel === 'email' && !contact.properties.email?.trim() ? 'no-email' : null;
}
