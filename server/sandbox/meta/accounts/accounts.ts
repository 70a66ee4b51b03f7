import { z } from 'zod';
import { canSee, type Caller } from '../graph/access.ts';
import { unknownObject } from '../graph-error.ts';
import { flagColumn, jsonColumn, type Store } from '../store.ts';

const wabaRow = z.object({
  id: z.string(),
  name: z.string(),
  business_id: z.string(),
  timezone_id: z.string(),
  currency: z.string(),
  country: z.string(),
  namespace: z.string(),
});
const numberRow = z.object({
  id: z.string(),
  waba_id: z.string(),
  display: z.string(),
  digits: z.string(),
  verified_name: z.string(),
  quality: z.string(),
  name_status: z.string(),
  messaging_limit: z.string(),
  public_key: z.string().nullable(),
  key_status: z.enum(['VALID', 'MISMATCH']).nullable(),
});
const businessRow = z.object({ id: z.string(), name: z.string(), verified: flagColumn });
const appRow = z.object({
  id: z.string(),
  name: z.string(),
  secret: z.string(),
  callback_url: z.string().nullable(),
  webhook_fields: jsonColumn(z.array(z.string())),
});
const NUMBER_COLUMNS =
  'id, waba_id, display, digits, verified_name, quality, name_status, messaging_limit, public_key, key_status';

export type Waba = z.infer<typeof wabaRow>;
export type PhoneNumber = z.infer<typeof numberRow>;
export type Business = z.infer<typeof businessRow>;
export type MetaApp = z.infer<typeof appRow>;

export function findWaba(store: Store, id: string): Waba | undefined {
  return store.first(
    wabaRow,
    'select id, name, business_id, timezone_id, currency, country, namespace from wabas where id = ?',
    id,
  );
}

export function findNumber(store: Store, id: string): PhoneNumber | undefined {
  return store.first(numberRow, `select ${NUMBER_COLUMNS} from numbers where id = ?`, id);
}

export function numbersOf(store: Store, wabaId: string): PhoneNumber[] {
  return store.all(numberRow, `select ${NUMBER_COLUMNS} from numbers where waba_id = ? order by rowid`, wabaId);
}

export function firstNumber(store: Store): PhoneNumber | undefined {
  return store.first(numberRow, `select ${NUMBER_COLUMNS} from numbers order by rowid limit 1`);
}

export function findBusiness(store: Store, id: string): Business | undefined {
  return store.first(businessRow, 'select id, name, verified from businesses where id = ?', id);
}

export function findApp(store: Store, id: string): MetaApp | undefined {
  return store.first(appRow, 'select id, name, secret, callback_url, webhook_fields from apps where id = ?', id);
}

/** The account, or 100/33 when it is unknown to the caller. */
export function wabaFor(store: Store, caller: Caller, method: string, id: string): Waba {
  const waba = findWaba(store, id);
  if (!waba || !canSee(caller, waba.id)) throw unknownObject(method, id);
  return waba;
}

/** The number with its account, or 100/33 when it is unknown to the caller. */
export function numberFor(
  store: Store,
  caller: Caller,
  method: string,
  id: string,
): { number: PhoneNumber; waba: Waba } {
  const number = findNumber(store, id);
  if (!number) throw unknownObject(method, id);
  return { number, waba: wabaFor(store, caller, method, number.waba_id) };
}

/** The portfolio of an account: what business-scoped ids and the contact book belong to. */
export function businessIdOf(store: Store, number: PhoneNumber): string {
  const waba = findWaba(store, number.waba_id);
  if (!waba) throw new Error(`Number ${number.id} belongs to no account`);
  return waba.business_id;
}
