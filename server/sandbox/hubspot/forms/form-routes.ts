import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, type Answer, type Call } from '../api-route.ts';
import { notFound, validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import { findForm, listForms } from './form-definition.ts';
import { submittedValues } from './process-submissions.ts';

const FORM_TYPES = ['hubspot', 'captured', 'flow', 'blog_comment', 'all'];
const FORMS = ['forms'];

/** Form definitions (v3 and its dated twin) and the reading of submissions (form-tools.md sections 1.2 and 1.4). */
export function addFormRoutes(app: FastifyInstance, standIn: StandIn): void {
  for (const base of ['/marketing/v3/forms', '/marketing/forms/2026-09-beta']) {
    const list = (call: Call): Answer => listPage(call, base);
    addApiRoute(app, standIn, {
      method: 'GET',
      url: base,
      scopes: FORMS,
      query: ['limit', 'after', 'archived', 'formTypes'],
      handle: list,
    });
    addApiRoute(app, standIn, {
      method: 'GET',
      url: `${base}/:formId`,
      scopes: FORMS,
      query: ['archived'],
      handle: read,
    });
  }
  addApiRoute(app, standIn, {
    method: 'GET',
    url: '/form-integrations/v1/submissions/forms/:formId',
    scopes: FORMS,
    query: ['limit', 'after'],
    handle: readSubmissions,
  });
}

function listPage(call: Call, base: string): Answer {
  const limit = call.query.wholeNumber('limit', 50, { min: 1, max: 100 });
  const archived = call.query.flag('archived');
  const asked = call.query.list('formTypes');
  const unknown = asked.find((type) => !FORM_TYPES.includes(type));
  if (unknown !== undefined) throw validationError(`Invalid form type: ${unknown}`);
  const formTypes = asked.length > 0 ? asked : ['hubspot'];
  const found = listForms(
    call.standIn.store,
    call.portalId,
    { archived, formTypes },
    { afterN: readCursor(call), limit: limit + 1 },
  );
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const after = found.length > limit && last ? toCursor(last.n) : null;
  const paging =
    after === null
      ? {}
      : { paging: { next: { after, link: `${call.standIn.apiUrl()}${base}?limit=${limit}&after=${after}` } } };
  return { status: 200, body: { results: page.map((one) => one.raw), ...paging } };
}

function read(call: Call): Answer {
  const id = call.params.formId ?? '';
  const form = findForm(call.standIn.store, call.portalId, id);
  if (!form || form.archived !== call.query.flag('archived')) throw notFound(`No form with the id ${id} was found`);
  return { status: 200, body: form.raw };
}

/** Newest first. The page address, which may carry an id of ours, is all that ties an entry to its sender. */
function readSubmissions(call: Call): Answer {
  const id = call.params.formId ?? '';
  if (!findForm(call.standIn.store, call.portalId, id)) throw notFound(`No form with the id ${id} was found`);
  const limit = call.query.wholeNumber('limit', 20, { min: 1, max: 50 });
  const before = readCursor(call) || Number.MAX_SAFE_INTEGER;
  const row = z.object({
    n: z.number(),
    conversion_id: z.string(),
    submitted_at: z.number(),
    field_values: jsonColumn(submittedValues),
    page_url: z.string().nullable(),
  });
  const found = call.standIn.store.all(
    row,
    `select n, conversion_id, submitted_at, field_values, page_url from submissions
     where portal_id = ? and form_id = ? and readable_at <= ? and outcome <> 'dropped' and n < ? order by n desc limit ?`,
    call.portalId,
    id,
    call.standIn.clock.now().getTime(),
    before,
    limit + 1,
  );
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const results = page.map((one) => ({
    conversionId: one.conversion_id,
    submittedAt: one.submitted_at,
    values: one.field_values.map(({ name, value, objectTypeId }) => ({ name, value, objectTypeId })),
    pageUrl: one.page_url ?? '',
  }));
  return {
    status: 200,
    body: { results, ...(found.length > limit && last ? { paging: { next: { after: toCursor(last.n) } } } : {}) },
  };
}

/** Cursors are opaque at HubSpot: base64 with its padding escaped. */
function toCursor(n: number): string {
  return encodeURIComponent(Buffer.from(String(n)).toString('base64'));
}

function readCursor(call: Call): number {
  const after = call.query.text('after');
  if (after === undefined) return 0;
  const n = Number(Buffer.from(decodeURIComponent(after), 'base64').toString('utf8'));
  if (!Number.isSafeInteger(n) || n <= 0) throw validationError('Invalid paging cursor');
  return n;
}
