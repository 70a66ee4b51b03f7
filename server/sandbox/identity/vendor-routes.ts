import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { newSessionId, random, type Session, type Vendor } from './sessions.ts';
import { personaInquiry, stripeSession, veriffVerification } from './sign-event.ts';
import type { IdentityWorld } from './world.ts';

const text = z.string().min(1).max(250);
const applicantSchema = z.strictObject({
  first_name: text,
  last_name: text,
  dob: z.iso.date().optional(),
  email: z.email().optional(),
  phone_number: z
    .string()
    .regex(/^\+\d{6,15}$/)
    .optional(),
});
const runSchema = z.strictObject({
  workflow_id: z.uuid(),
  applicant_id: z.uuid(),
  customer_user_id: z.string().max(256).optional(),
  tags: z.array(z.string().max(128)).max(30).optional(),
});
const inquirySchema = z.strictObject({
  data: z.strictObject({
    attributes: z.strictObject({
      'inquiry-template-id': z.string().regex(/^itmpl_/),
      'reference-id': z.string().max(255).optional(),
      fields: z
        .strictObject({
          'name-first': text.optional(),
          'name-last': text.optional(),
          birthdate: z.iso.date().optional(),
          'email-address': z.email().optional(),
          'phone-number': text.optional(),
          'address-street-1': text.optional(),
          'address-city': text.optional(),
          'address-postal-code': text.optional(),
          'address-country-code': z
            .string()
            .regex(/^[A-Z]{2}$/)
            .optional(),
        })
        .optional(),
    }),
  }),
});
const veriffSchema = z.strictObject({
  verification: z.strictObject({
    callback: z.url().optional(),
    person: z
      .strictObject({ firstName: text.optional(), lastName: text.optional(), dateOfBirth: z.iso.date().optional() })
      .optional(),
    document: z
      .strictObject({
        country: z
          .string()
          .regex(/^[A-Z]{2}$/)
          .optional(),
      })
      .optional(),
    address: z.strictObject({ fullAddress: text }).optional(),
    vendorData: z.string().max(1_000).optional(),
  }),
});
const STRIPE_KEYS = new Set([
  'type',
  'verification_flow',
  'client_reference_id',
  'metadata[submission_id]',
  'provided_details[email]',
  'provided_details[phone]',
  'options[document][require_matching_selfie]',
]);

/** The four vendors' APIs, each in its own shapes, with its own way to prove who calls and its own errors. */
export function addVendorRoutes(app: FastifyInstance, world: IdentityWorld): void {
  onfidoRoutes(app, world);
  personaRoutes(app, world);
  veriffRoutes(app, world);
  stripeRoutes(app, world);
}

function onfidoRoutes(app: FastifyInstance, world: IdentityWorld): void {
  const base = '/onfido/v3.6';
  const fault = (reply: FastifyReply, status: number, type: string) =>
    reply.code(status).send({ error: { type, message: `The stand-in refuses: ${type}`, fields: {} } });
  const isKnown = (request: FastifyRequest) =>
    request.headers.authorization === `Token token=${world.accounts.onfido.apiKey}`;
  const run = (session: Session) => ({
    id: session.id,
    applicant_id: session.more.applicantId,
    workflow_id: session.more.workflowId,
    status: session.status,
    customer_user_id: session.reference,
    tags: session.more.tags,
    output: {
      first_name: session.person.firstName,
      last_name: session.person.lastName,
      date_of_birth: session.person.birthDate,
    },
    reasons: session.reasons,
    error: null,
    link: { url: world.hostedUrl(session), completed_redirect_url: null, expires_at: null },
    created_at: session.createdAt,
    updated_at: session.createdAt,
  });
  app.post(`${base}/applicants`, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'authorization_error');
    const body = applicantSchema.safeParse(request.body);
    if (!body.success) return fault(reply, 422, 'validation_error');
    const id = newSessionId('onfido');
    world.applicants.set(id, body.data);
    return reply.code(201).send({ id, ...body.data, created_at: world.now().toISOString() });
  });
  app.post(`${base}/workflow_runs`, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'authorization_error');
    const body = runSchema.safeParse(request.body);
    if (!body.success) return fault(reply, 422, 'validation_error');
    const applicant = world.applicants.get(body.data.applicant_id);
    if (!applicant || !world.accounts.onfido.templates.includes(body.data.workflow_id))
      return fault(reply, 404, 'resource_not_found');
    const session = world.add({
      vendor: 'onfido',
      reference: body.data.customer_user_id ?? '',
      status: 'awaiting_input',
      person: { firstName: applicant.first_name, lastName: applicant.last_name, birthDate: applicant.dob ?? null },
      more: { applicantId: body.data.applicant_id, workflowId: body.data.workflow_id, tags: body.data.tags ?? [] },
    });
    return reply.code(201).send(run(session));
  });
  app.get<{ Querystring: Record<string, string> }>(`${base}/workflow_runs`, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'authorization_error');
    const known = new Set(['page', 'sort', 'status', 'created_at_gt', 'created_at_lt', 'applicant_id']);
    if (Object.keys(request.query).some((key) => !known.has(key))) return fault(reply, 422, 'validation_error');
    const page = Number(request.query.page ?? 1);
    const after = Date.parse(request.query.created_at_gt ?? '1970-01-01T00:00:00Z');
    const all = world.all('onfido').filter((session) => Date.parse(session.createdAt) > after);
    return reply.send(all.slice((page - 1) * 20, page * 20).map(run));
  });
  app.get<{ Params: { id: string } }>(`${base}/workflow_runs/:id`, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'authorization_error');
    const session = world.find('onfido', request.params.id);
    return session ? reply.send(run(session)) : fault(reply, 404, 'resource_not_found');
  });
}

function personaRoutes(app: FastifyInstance, world: IdentityWorld): void {
  const base = '/persona/api/v1';
  const fault = (reply: FastifyReply, status: number, title: string) =>
    reply.code(status).send({ errors: [{ title, details: 'The stand-in refuses.' }] });
  const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply | null => {
    if (request.headers.authorization !== `Bearer ${world.accounts.persona.apiKey}`)
      return fault(reply, 401, 'Must be authenticated to access this endpoint');
    return /^\d{4}-\d{2}-\d{2}$/.test(String(request.headers['persona-version']))
      ? null
      : fault(reply, 400, 'Bad version');
  };
  app.post(`${base}/inquiries`, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const key = request.headers['idempotency-key'];
    const body = inquirySchema.safeParse(request.body);
    if (!body.success) return fault(reply, 400, 'Bad request');
    const { attributes } = body.data.data;
    if (!world.accounts.persona.templates.includes(attributes['inquiry-template-id']))
      return fault(reply, 404, 'Record not found');
    const session = world.once('persona', key, request.body, () => {
      const { fields } = attributes;
      return world.add({
        vendor: 'persona',
        reference: attributes['reference-id'] ?? '',
        status: 'created',
        person: {
          firstName: fields?.['name-first'] ?? null,
          lastName: fields?.['name-last'] ?? null,
          birthDate: fields?.birthdate ?? null,
        },
        more: {},
      });
    });
    if (!session) return fault(reply, 409, 'Conflict with an earlier request of this key');
    return reply.code(201).send({ data: personaInquiry(session), meta: { 'session-token': null } });
  });
  app.post<{ Params: { id: string } }>(`${base}/inquiries/:id/generate-one-time-link`, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const session = world.find('persona', request.params.id);
    if (!session) return fault(reply, 404, 'Record not found');
    return reply.send({ data: personaInquiry(session), meta: { 'one-time-link': world.hostedUrl(session) } });
  });
  app.post<{ Params: { id: string } }>(`${base}/inquiries/:id/expire`, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const session = world.find('persona', request.params.id);
    if (!session) return fault(reply, 404, 'Record not found');
    if (!['created', 'pending', 'expired'].includes(session.status)) return fault(reply, 409, 'Inquiry is over');
    session.status = 'expired';
    return reply.send({ data: personaInquiry(session) });
  });
  app.get<{ Querystring: Record<string, string> }>(`${base}/inquiries`, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const known = new Set(['page[size]', 'page[after]', 'filter[reference-id]']);
    if (Object.keys(request.query).some((key) => !known.has(key))) return fault(reply, 400, 'Bad request');
    const reference = request.query['filter[reference-id]'];
    const all = world.all('persona').filter((one) => reference === undefined || one.reference === reference);
    const data = all.slice(0, Number(request.query['page[size]'] ?? 10)).map(personaInquiry);
    return reply.send({ data, links: { prev: null, next: null } });
  });
  app.get<{ Params: { id: string } }>(`${base}/inquiries/:id`, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const session = world.find('persona', request.params.id);
    return session ? reply.send({ data: personaInquiry(session) }) : fault(reply, 404, 'Record not found');
  });
}

function veriffRoutes(app: FastifyInstance, world: IdentityWorld): void {
  const base = '/veriff/v1/sessions';
  const fault = (reply: FastifyReply, status: number, code: string) =>
    reply.code(status).send({ status: 'fail', code, message: 'The stand-in refuses.' });
  const isSigned = (request: FastifyRequest, signed: string | Buffer): boolean => {
    const { apiKey, webhookSecret } = world.accounts.veriff;
    const expected = createHmac('sha256', webhookSecret).update(signed).digest('hex');
    return request.headers['x-auth-client'] === apiKey && request.headers['x-hmac-signature'] === expected;
  };
  app.post(base, (request, reply) => {
    if (!isSigned(request, request.receivedBytes ?? '')) return fault(reply, 401, '1812');
    const body = veriffSchema.safeParse(request.body);
    if (!body.success) return fault(reply, 400, '1104');
    const { person, vendorData } = body.data.verification;
    const session = world.add({
      vendor: 'veriff',
      reference: vendorData ?? '',
      status: 'created',
      person: {
        firstName: person?.firstName ?? null,
        lastName: person?.lastName ?? null,
        birthDate: person?.dateOfBirth ?? null,
      },
      more: {},
    });
    return reply.code(201).send({
      status: 'success',
      verification: {
        id: session.id,
        url: world.hostedUrl(session),
        vendorData: session.reference,
        host: 'https://magic.veriff.me',
        status: 'created',
        sessionToken: random(64),
      },
    });
  });
  app.get<{ Params: { id: string } }>(`${base}/:id/decision`, (request, reply) => {
    if (!isSigned(request, request.params.id)) return fault(reply, 401, '1812');
    const session = world.find('veriff', request.params.id);
    if (!session) return fault(reply, 404, '1304');
    const isDecided = !['created', 'started', 'submitted'].includes(session.status);
    return reply.send({ status: 'success', verification: isDecided ? veriffVerification(session) : null });
  });
}

function stripeRoutes(app: FastifyInstance, world: IdentityWorld): void {
  const base = '/stripe/v1/identity/verification_sessions';
  const fault = (reply: FastifyReply, status: number, code: string) =>
    reply.code(status).send({ error: { type: 'invalid_request_error', code, message: 'The stand-in refuses.' } });
  const isKnown = (request: FastifyRequest) =>
    request.headers.authorization === `Bearer ${world.accounts.stripe.apiKey}`;
  app.post(base, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'api_key_invalid');
    if (!String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded'))
      return fault(reply, 400, 'parameter_invalid');
    const form = new URLSearchParams((request.receivedBytes ?? Buffer.alloc(0)).toString('utf8'));
    if ([...form.keys()].some((key) => !STRIPE_KEYS.has(key))) return fault(reply, 400, 'parameter_unknown');
    const flow = form.get('verification_flow');
    if (form.get('type') !== 'document' && flow === null) return fault(reply, 400, 'parameter_missing');
    if (flow !== null && !world.accounts.stripe.templates.includes(flow)) return fault(reply, 400, 'resource_missing');
    const key = request.headers['idempotency-key'];
    const session = world.once('stripe', key, form.toString(), () => {
      const made = world.add({
        vendor: 'stripe',
        reference: form.get('client_reference_id') ?? '',
        status: 'requires_input',
        person: { firstName: null, lastName: null, birthDate: null },
        more: { metadata: { submission_id: form.get('metadata[submission_id]') } },
      });
      made.more.url = world.hostedUrl(made);
      return made;
    });
    if (!session) return fault(reply, 400, 'idempotency_key_in_use');
    return reply.send(stripeSession(session, false));
  });
  app.get<{ Querystring: Record<string, string> }>(base, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'api_key_invalid');
    const known = new Set(['limit', 'client_reference_id', 'starting_after', 'status']);
    if (Object.keys(request.query).some((key) => !known.has(key))) return fault(reply, 400, 'parameter_unknown');
    const reference = request.query.client_reference_id;
    const all = world.all('stripe').filter((one) => reference === undefined || one.reference === reference);
    const data = all.slice(0, Number(request.query.limit ?? 10)).map((session) => stripeSession(session, false));
    return reply.send({ object: 'list', url: base, has_more: false, data });
  });
  app.post<{ Params: { id: string } }>(`${base}/:id/cancel`, (request, reply) => {
    if (!isKnown(request)) return fault(reply, 401, 'api_key_invalid');
    const session = world.find('stripe', request.params.id);
    if (!session) return fault(reply, 404, 'resource_missing');
    if (session.status !== 'requires_input') return fault(reply, 400, 'identity_verification_session_not_cancelable');
    session.status = 'canceled';
    return reply.send(stripeSession(session, false));
  });
  app.get<{ Params: { id: string }; Querystring: { 'expand[]'?: string | string[] } }>(
    `${base}/:id`,
    (request, reply) => {
      if (!isKnown(request)) return fault(reply, 401, 'api_key_invalid');
      const expand = request.query['expand[]'];
      if (expand !== undefined && !world.stripeMayReadOutputs) return fault(reply, 403, 'permission_denied');
      const session = world.find('stripe', request.params.id);
      return session ? reply.send(stripeSession(session, expand !== undefined)) : fault(reply, 404, 'resource_missing');
    },
  );
}

/** Which vendor a path belongs to, for faults and the journal. */
export function vendorOfPath(path: string): Vendor | null {
  const [, vendor] = path.split('/');
  return vendor === 'onfido' || vendor === 'persona' || vendor === 'veriff' || vendor === 'stripe' ? vendor : null;
}
