import { createHash } from 'node:crypto';
import { DEFAULT_WEBHOOK_FIELDS } from './webhooks/webhook-fields.ts';
import { savePerson, type PersonInput } from './people/people.ts';
import type { Store } from './store.ts';

/** What exists at Meta before anybody calls it. Ids are strings of digits; times are milliseconds since 1970. */
export type MetaSeed = {
  apps: {
    id: string;
    name: string;
    secret: string;
    /** The app's own callback address, as set in the App Dashboard. It alone receives template and account webhooks. */
    callbackUrl?: string;
    verifyToken?: string;
    /** Ticked webhook fields; all by default. */
    webhookFields?: string[];
  }[];
  businesses: { id: string; name: string; verified?: boolean }[];
  wabas: { id: string; name: string; businessId: string; timezoneId?: string; currency?: string; country?: string }[];
  phoneNumbers: {
    id: string;
    wabaId: string;
    /** Such as `+49 30 901820`. */
    displayPhoneNumber: string;
    verifiedName: string;
    qualityRating?: 'GREEN' | 'YELLOW' | 'RED' | 'NA';
    nameStatus?: 'APPROVED' | 'AVAILABLE_WITHOUT_REVIEW' | 'DECLINED' | 'EXPIRED' | 'PENDING_REVIEW' | 'NONE';
    messagingLimit?: 'TIER_250' | 'TIER_2K' | 'TIER_10K' | 'TIER_100K' | 'TIER_UNLIMITED';
  }[];
  /** System user tokens: `assetIds` are the WhatsApp accounts given to the system user. `expiresAt` 0 never expires. */
  tokens: { token: string; appId: string; scopes: string[]; assetIds: string[]; expiresAt?: number }[];
  people: PersonInput[];
};

/** Writes the seed; repeating it changes nothing that calls to the API have changed since. */
export function applySeed(store: Store, seed: MetaSeed): void {
  store.transaction(() => {
    for (const app of seed.apps) seedApp(store, app);
    for (const business of seed.businesses)
      store.run(
        `insert into businesses (id, name, verified) values (?, ?, ?)
         on conflict (id) do update set name = excluded.name, verified = excluded.verified`,
        business.id,
        business.name,
        business.verified === false ? 0 : 1,
      );
    for (const waba of seed.wabas) seedWaba(store, waba);
    for (const number of seed.phoneNumbers) seedNumber(store, number);
    for (const token of seed.tokens)
      store.run(
        `insert into tokens (token, app_id, scopes, asset_ids, expires_at) values (?, ?, ?, ?, ?)
         on conflict (token) do update set scopes = excluded.scopes, asset_ids = excluded.asset_ids, expires_at = excluded.expires_at`,
        token.token,
        token.appId,
        JSON.stringify(token.scopes),
        JSON.stringify(token.assetIds),
        token.expiresAt ?? 0,
      );
    for (const person of seed.people) savePerson(store, person);
  });
}

function seedApp(store: Store, app: MetaSeed['apps'][number]): void {
  store.run(
    `insert into apps (id, name, secret, callback_url, verify_token, webhook_fields) values (?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, secret = excluded.secret,
       callback_url = coalesce(excluded.callback_url, callback_url), verify_token = coalesce(excluded.verify_token, verify_token)`,
    app.id,
    app.name,
    app.secret,
    app.callbackUrl ?? null,
    app.verifyToken ?? null,
    JSON.stringify(app.webhookFields ?? DEFAULT_WEBHOOK_FIELDS),
  );
}

function seedWaba(store: Store, waba: MetaSeed['wabas'][number]): void {
  store.run(
    `insert into wabas (id, name, business_id, timezone_id, currency, country, namespace) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, business_id = excluded.business_id`,
    waba.id,
    waba.name,
    waba.businessId,
    waba.timezoneId ?? '1',
    waba.currency ?? 'USD',
    waba.country ?? 'US',
    createHash('sha256').update(`namespace:${waba.id}`).digest('hex').slice(0, 32),
  );
}

function seedNumber(store: Store, number: MetaSeed['phoneNumbers'][number]): void {
  store.run(
    `insert into numbers (id, waba_id, display, digits, verified_name, quality, name_status, messaging_limit)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set display = excluded.display, digits = excluded.digits, verified_name = excluded.verified_name`,
    number.id,
    number.wabaId,
    number.displayPhoneNumber,
    number.displayPhoneNumber.replace(/\D/g, ''),
    number.verifiedName,
    number.qualityRating ?? 'GREEN',
    number.nameStatus ?? 'APPROVED',
    number.messagingLimit ?? 'TIER_2K',
  );
}
