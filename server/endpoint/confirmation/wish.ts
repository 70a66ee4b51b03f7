import { CONFIRM_INPUTS } from '@flowella/shared/compile/confirm-screen.ts';
import type { ProgramConfirmation } from '@flowella/shared/compile/program.ts';
import type { FlowRequest } from '../decrypt-request.ts';

/** What somebody who is not confirmed asks for. `surname` and `code` are as typed: for comparing, never kept. */
export type ConfirmWish = { kind: 'open' } | { kind: 'again' } | { kind: 'try'; surname: string; code: string };

/** What became of it. `asked`: the screen comes again and says so. */
export type ConfirmOutcome =
  { kind: 'confirmed' } | { kind: 'asked'; say: 'email' | 'agent' | 'again' | 'later' | 'wrong' } | { kind: 'locked' };

/** Longer than any surname: what a phone of WhatsApp's cannot send is not hashed in full. */
const MAX_TYPED = 200;

/** Null for every request that is not about confirming: the screen it claims to be on has not been shown to anybody. Pure. */
export function readWish(request: FlowRequest, confirmation: ProgramConfirmation): ConfirmWish | null {
  if (request.action === 'INIT' || request.action === 'BACK') return { kind: 'open' };
  if (!isOnConfirmation(request, confirmation)) return null;
  const { data } = request;
  if (data[CONFIRM_INPUTS.again] !== undefined) return { kind: 'again' };
  return { kind: 'try', surname: typed(data[CONFIRM_INPUTS.surname]), code: typed(data[CONFIRM_INPUTS.code]) };
}

export function isOnConfirmation(request: FlowRequest, { screen }: ProgramConfirmation): boolean {
  return (request.screen || request.data.s) === screen;
}

function typed(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TYPED) : '';
}
