import { createPublicKey } from 'node:crypto';
import pino from 'pino';
import type { Clock } from '../../server/clock.ts';
import { GraphClient } from '../../server/whatsapp/graph-client.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import type { WhatsappServices } from '../../server/whatsapp/services.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { startFakeGraph } from './fake-graph.ts';

export const APP_ID = '100200300400';
export const APP_SECRET = 'a'.repeat(32);
export const WABA_ID = '500600700800';
export const NUMBER_ID = '900100200300';
export const TOKEN = 'EAA-test-token-0123456789';

export type MovableClock = Clock & { move(ms: number): void };

export function movableClock(start = '2026-11-23T10:00:00.000Z'): MovableClock {
  let at = Date.parse(start);
  return { now: () => new Date(at), move: (ms) => void (at += ms) };
}

export type Bench = {
  t: TestDatabase;
  graph: Awaited<ReturnType<typeof startFakeGraph>>;
  services: WhatsappServices;
  clock: MovableClock;
  close(): Promise<void>;
};

/** Services over a real database and a loopback Graph that accepts one account. */
export async function bench(): Promise<Bench> {
  const t = await testDatabase();
  const graph = await startFakeGraph();
  const clock = movableClock();
  const services: WhatsappServices = {
    db: t.db,
    keys: t.keys,
    keyring: t.keyring,
    clock,
    log: pino({ level: 'silent' }),
    config: { publicUrl: 'https://flowella.test' },
    graph: new GraphClient({ graphUrl: graph.url, graphVersion: 'v23.0', wait: async () => {} }),
  };
  return {
    t,
    graph,
    services,
    clock,
    close: async () => {
      await graph.close();
      await t.close();
    },
  };
}

/** Teaches the loopback Graph one healthy account whose ids start where `wabaId` says. */
export function acceptAccount(
  graph: Bench['graph'],
  o: { wabaId?: string; numberId?: string; displayNumber?: string } = {},
): void {
  const wabaId = o.wabaId ?? WABA_ID;
  const numberId = o.numberId ?? NUMBER_ID;
  const number = {
    id: numberId,
    display_phone_number: o.displayNumber ?? '+49 30 5550001',
    verified_name: 'Example GmbH',
    quality_rating: 'GREEN',
  };
  let pem: string | null = null;
  graph.on('GET /debug_token', () => ({
    json: {
      data: {
        app_id: APP_ID,
        is_valid: true,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      },
    },
  }));
  graph.on(`GET /${wabaId}`, () => ({
    json: { id: wabaId, name: 'Example account', owner_business_info: { id: '7777', name: 'Example' } },
  }));
  graph.on(`GET /${wabaId}/phone_numbers`, () => ({ json: { data: [number] } }));
  graph.on(`GET /${numberId}`, () => ({
    json: { ...number, name_status: 'APPROVED', health_status: { can_send_message: 'AVAILABLE', entities: [] } },
  }));
  graph.on(`POST /${wabaId}/subscribed_apps`, () => ({ json: { success: true } }));
  graph.on(`GET /${APP_ID}/subscriptions`, () => ({ json: { data: [] } }));
  graph.on(`POST /${APP_ID}/subscriptions`, () => ({ json: { success: true } }));
  graph.on(`POST /${numberId}/whatsapp_business_encryption`, (call) => {
    pem = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/.exec(call.body)?.[0] ?? null;
    if (!pem) return { status: 400, json: { error: { message: 'no key', type: 'OAuthException', code: 100 } } };
    createPublicKey(pem);
    return { json: { success: true } };
  });
  graph.on(`GET /${numberId}/whatsapp_business_encryption`, () => ({
    json: { data: pem ? [{ business_public_key: pem, business_public_key_signature_status: 'VALID' }] : [] },
  }));
}

export async function connected(b: Bench, portalId: number): Promise<string> {
  acceptAccount(b.graph);
  const account = await connectAccount(b.services, portalId, {
    appId: APP_ID,
    appSecret: APP_SECRET,
    wabaId: WABA_ID,
    phoneNumberId: NUMBER_ID,
    accessToken: TOKEN,
  });
  return account.accountId;
}
