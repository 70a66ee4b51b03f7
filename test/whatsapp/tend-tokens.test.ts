import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { tendTokens } from '../../server/whatsapp/tend-tokens.ts';
import { acceptAccount, bench, connected, type Bench } from './support.ts';

const HOUR_MS = 3_600_000;
let b: Bench;
let portalId: number;

beforeEach(async () => {
  b = await bench();
  portalId = await b.t.addPortal();
  await connected(b, portalId);
});
afterEach(() => b.close());

const answer = (data: object): void => b.graph.on('GET /debug_token', () => ({ json: { data } }));
const account = () =>
  withPortal(b.t.db, portalId, (tx) =>
    tx
      .selectFrom('wa_accounts')
      .select(['token_state', 'token_expires_at', 'token_due_at'])
      .where('portal_id', '=', String(portalId))
      .executeTakeFirstOrThrow(),
  );

test('a token that lives for ever is good, and asked about again after six hours', async () => {
  answer({ is_valid: true, expires_at: 0, scopes: [] });
  expect(await tendTokens(b.services)).toBe(1);
  expect(await account()).toMatchObject({ token_state: 'valid', token_expires_at: null });
  expect(await tendTokens(b.services)).toBe(0);
  b.clock.move(6 * HOUR_MS);
  expect(await tendTokens(b.services)).toBe(1);
});

test('its end is kept to the second; one that Meta takes no more is invalid', async () => {
  const end = new Date('2026-12-24T12:00:00Z');
  answer({ is_valid: true, expires_at: end.getTime() / 1_000, scopes: [] });
  await tendTokens(b.services);
  expect((await account()).token_expires_at).toEqual(end);
  answer({ is_valid: false, error: { code: 190 }, scopes: [] });
  b.clock.move(6 * HOUR_MS);
  await tendTokens(b.services);
  expect((await account()).token_state).toBe('invalid');
});

test('Meta out of reach says nothing about a token: what is known stays, and it is asked again in an hour', async () => {
  answer({ is_valid: true, scopes: [] });
  await tendTokens(b.services);
  b.clock.move(6 * HOUR_MS);
  b.graph.on('GET /debug_token', () => ({ status: 500, json: {} }));
  await tendTokens(b.services);
  expect((await account()).token_state).toBe('valid');
  expect(await tendTokens(b.services)).toBe(0);
  b.clock.move(HOUR_MS);
  expect(await tendTokens(b.services)).toBe(1);
});

test('after connecting again nothing is believed of the token before', async () => {
  answer({ is_valid: false, scopes: [] });
  await tendTokens(b.services);
  expect((await account()).token_state).toBe('invalid');
  acceptAccount(b.graph);
  await connected(b, portalId);
  expect(await account()).toEqual({ token_state: null, token_expires_at: null, token_due_at: null });
});
