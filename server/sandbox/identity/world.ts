import { createHash } from 'node:crypto';
import { newSessionId, random, VENDORS, type Account, type Session, type Vendor } from './sessions.ts';

export type Applicant = { first_name: string; last_name: string; dob?: string | undefined };

/** Everything the four vendors know here. */
export type IdentityWorld = {
  accounts: Record<Vendor, Account>;
  applicants: Map<string, Applicant>;
  /** Whether Stripe's key may see what was read on a document; real keys often may not. */
  stripeMayReadOutputs: boolean;
  now(): Date;
  add(session: Pick<Session, 'vendor' | 'reference' | 'status' | 'person' | 'more'>): Session;
  find(vendor: Vendor, id: string): Session | undefined;
  /** Newest first. */
  all(vendor: Vendor): Session[];
  byToken(token: string): Session | undefined;
  hostedUrl(session: Session): string;
  /** An idempotency key answers the first call's session again; null for another body under the same key. */
  once(vendor: Vendor, key: unknown, body: unknown, make: () => Session): Session | null;
  /** For keeping over a restart. */
  dump(): { sessions: Session[]; accounts: Record<Vendor, Account> };
};

/** The workflow, template and flow that the sandbox's accounts have. */
export const SAMPLE_TEMPLATES: Record<Vendor, string> = {
  onfido: '5f0c2f6a-6a54-4a3e-9c11-2f6d5b8f9a01',
  persona: 'itmpl_sandbox',
  veriff: '',
  stripe: 'vf_sandbox',
};

export function sampleAccount(vendor: Vendor): Account {
  const key: Record<Vendor, string> = {
    onfido: `api_sandbox.${random(32)}`,
    persona: `persona_sandbox_${random(32)}`,
    veriff: `${random(8)}-${random(4)}-${random(4)}-${random(12)}`,
    stripe: `sk_test_${random(40)}`,
  };
  const secret =
    vendor === 'persona' ? `wbhsec_${random(32)}` : vendor === 'stripe' ? `whsec_${random(32)}` : random(36);
  return { apiKey: key[vendor], webhookSecret: secret, webhookUrl: null, templates: [SAMPLE_TEMPLATES[vendor]] };
}

export function createIdentityWorld(o: {
  now: () => Date;
  baseUrl: () => string;
  kept?: ReturnType<IdentityWorld['dump']> | null;
}): IdentityWorld {
  const sessions = new Map((o.kept?.sessions ?? []).map((session) => [session.id, session]));
  const keys = new Map<string, { hash: string; session: Session }>();
  const accounts = Object.fromEntries(
    VENDORS.map((vendor) => [vendor, o.kept?.accounts[vendor] ?? sampleAccount(vendor)]),
  ) as Record<Vendor, Account>;
  return {
    accounts,
    applicants: new Map(),
    stripeMayReadOutputs: true,
    now: o.now,
    add(session) {
      const made: Session = {
        ...session,
        id: newSessionId(session.vendor),
        token: random(40),
        reasons: [],
        createdAt: o.now().toISOString(),
      };
      sessions.set(made.id, made);
      return made;
    },
    find(vendor, id) {
      const session = sessions.get(id);
      return session?.vendor === vendor ? session : undefined;
    },
    all: (vendor) => [...sessions.values()].filter((session) => session.vendor === vendor).toReversed(),
    byToken: (token) => [...sessions.values()].find((session) => session.token === token),
    hostedUrl: (session) => `${o.baseUrl()}/hosted/${session.token}`,
    once(vendor, key, body, make) {
      if (typeof key !== 'string') return make();
      const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      const name = `${vendor} ${key}`;
      const known = keys.get(name);
      if (known) return known.hash === hash ? known.session : null;
      const session = make();
      keys.set(name, { hash, session });
      return session;
    },
    dump: () => ({ sessions: [...sessions.values()], accounts }),
  };
}
