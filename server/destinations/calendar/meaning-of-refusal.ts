import { AppError } from '../../app-error.ts';

/** What an error of Meta's means for a message that was to be sent once. `unknown`: it may have arrived. */
export type Refusal =
  | { kind: 'unknown' }
  | { kind: 'window-closed' }
  | { kind: 'opted-out' }
  | { kind: 'account' }
  | { kind: 'later' }
  | { kind: 'refused'; code: string };

/** May have reached Meta: nothing is sent a second time by itself, since Meta can neither be asked nor told to forget (flow-rules.md section 7). */
const MAY_HAVE_ARRIVED = ['meta_outcome_unknown', 'meta_answer_unreadable'];
const NEXT_TIME = [
  'meta_unavailable',
  'meta_rate_limited',
  'meta_pair_rate_limited',
  'meta_spam_limited',
  'meta_messaging_limit',
];
const ACCOUNT = [
  'meta_token_invalid',
  'meta_permission_missing',
  'meta_number_not_registered',
  'meta_account_restricted',
  'meta_payment_problem',
];

/** Throws on what is no error of Meta's. Pure. */
export function meaningOfRefusal(err: unknown): Refusal {
  const code = err instanceof AppError ? err.code : '';
  if (MAY_HAVE_ARRIVED.includes(code)) return { kind: 'unknown' };
  if (code === 'meta_window_closed') return { kind: 'window-closed' };
  if (code === 'meta_opted_out') return { kind: 'opted-out' };
  if (NEXT_TIME.includes(code)) return { kind: 'later' };
  if (ACCOUNT.includes(code)) return { kind: 'account' };
  if (code.startsWith('meta_')) return { kind: 'refused', code };
  throw err;
}
