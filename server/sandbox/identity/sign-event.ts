import { createHmac } from 'node:crypto';
import { random, type Session, type Vendor } from './sessions.ts';

const hex = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');

/** The headers with which a vendor proves an event, written from its documentation and not from what checks them. */
export function signEvent(vendor: Vendor, o: { body: string; secret: string; atMs: number }): Record<string, string> {
  const seconds = Math.floor(o.atMs / 1_000);
  switch (vendor) {
    case 'onfido':
      return { 'x-sha2-signature': hex(o.secret, o.body) };
    case 'veriff':
      return { 'x-hmac-signature': hex(o.secret, o.body), 'x-auth-client': 'stand-in' };
    case 'persona':
      return { 'persona-signature': `t=${seconds},v1=${hex(o.secret, `${seconds}.${o.body}`)}` };
    case 'stripe':
      return { 'stripe-signature': `t=${seconds},v1=${hex(o.secret, `${seconds}.${o.body}`)},v0=unused` };
  }
}

/** The event that a vendor sends when a session has come to its status. */
export function eventOf(session: Session, at: Date): Record<string, unknown> {
  switch (session.vendor) {
    case 'onfido':
      return {
        payload: {
          resource_type: 'workflow_run',
          action: session.status === 'processing' ? 'workflow_run.started' : 'workflow_run.completed',
          object: {
            id: session.id,
            status: session.status,
            completed_at_iso8601: at.toISOString(),
            href: `https://api.eu.onfido.com/v3.6/workflow_runs/${session.id}`,
          },
        },
      };
    case 'persona':
      return {
        data: {
          type: 'event',
          id: `evt_${random(24)}`,
          attributes: {
            name: PERSONA_EVENTS[session.status] ?? 'inquiry.transitioned',
            'created-at': at.toISOString(),
            payload: { data: personaInquiry(session) },
          },
        },
      };
    case 'veriff':
      return veriffEvent(session);
    case 'stripe':
      return {
        id: `evt_${random(24)}`,
        object: 'event',
        api_version: '2024-06-20',
        created: Math.floor(at.getTime() / 1_000),
        type: `identity.verification_session.${session.status}`,
        livemode: false,
        data: { object: stripeSession(session, false) },
      };
  }
}

const PERSONA_EVENTS: Record<string, string> = {
  pending: 'inquiry.started',
  approved: 'inquiry.approved',
  declined: 'inquiry.declined',
  needs_review: 'inquiry.marked-for-review',
  expired: 'inquiry.expired',
  completed: 'inquiry.completed',
  failed: 'inquiry.failed',
};

function veriffEvent(session: Session): Record<string, unknown> {
  if (session.status === 'started' || session.status === 'submitted') {
    return {
      id: session.id,
      attemptId: random(32),
      feature: 'selfid',
      code: session.status === 'started' ? 7001 : 7002,
      action: session.status,
      vendorData: session.reference,
    };
  }
  return { status: 'success', verification: veriffVerification(session), technicalData: { ip: null } };
}

const VERIFF_CODES: Record<string, number> = {
  approved: 9001,
  declined: 9102,
  resubmission_requested: 9103,
  expired: 9104,
  abandoned: 9104,
  review: 9121,
};

/** As in the decision webhook and in `GET /v1/sessions/{id}/decision`. */
export function veriffVerification(session: Session): Record<string, unknown> {
  const { person } = session;
  return {
    id: session.id,
    attemptId: session.id,
    code: VERIFF_CODES[session.status] ?? 9001,
    status: session.status,
    reason: session.reasons[0] ?? null,
    reasonCode: session.reasons.length > 0 ? 106 : null,
    vendorData: session.reference,
    person: { firstName: person.firstName, lastName: person.lastName, dateOfBirth: person.birthDate },
    document: { type: 'PASSPORT', country: 'DE', number: 'C01X00T47' },
  };
}

/** As `GET /api/v1/inquiries/{id}` serialises it. */
export function personaInquiry(session: Session): Record<string, unknown> {
  const { person } = session;
  const field = (value: string | null) => ({ type: 'string', value });
  return {
    type: 'inquiry',
    id: session.id,
    attributes: {
      status: session.status,
      'reference-id': session.reference,
      'created-at': session.createdAt,
      fields: {
        'name-first': field(person.firstName),
        'name-last': field(person.lastName),
        birthdate: field(person.birthDate),
      },
    },
    relationships: {},
  };
}

/** `expanded`: with what was read on the document, which Stripe never puts into an event. */
export function stripeSession(session: Session, expanded: boolean): Record<string, unknown> {
  const { person } = session;
  const [year, month, day] = (person.birthDate ?? '').split('-').map(Number);
  return {
    id: session.id,
    object: 'identity.verification_session',
    client_reference_id: session.reference,
    created: Math.floor(Date.parse(session.createdAt) / 1_000),
    livemode: false,
    status: session.status,
    type: 'document',
    url: session.status === 'requires_input' ? session.more.url : null,
    last_error: session.reasons[0] ? { code: session.reasons[0], reason: 'The document could not be verified.' } : null,
    metadata: session.more.metadata ?? {},
    ...(expanded
      ? {
          verified_outputs:
            session.status === 'verified'
              ? { first_name: person.firstName, last_name: person.lastName, dob: year ? { day, month, year } : null }
              : null,
        }
      : {}),
  };
}
