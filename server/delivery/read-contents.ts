import { designSchema } from '@flowella/shared/contract/api.ts';
import { mappingSchema, type Mapping } from '@flowella/shared/contract/mapping.ts';
import { withAppointment } from '@flowella/shared/form/appointment.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import type { PortalId, PortalTx } from '../db/db.ts';

/** What the submissions of one version share. */
export type Content = {
  flowName: string;
  sourceFormId: string;
  retention: unknown;
  versionNumber: number;
  form: Form;
  mapping: Mapping;
  program: unknown;
  allowDocumentNumber: string[];
};

/** What a submission says of its version, and of its form's revision. */
export type ContentKey = { version_id: string; form_id: string; form_revision: string };

const keyOf = (row: ContentKey): string => `${row.version_id} ${row.form_id} ${row.form_revision}`;

/**
 * What the versions of these submissions say, and their forms at the revision each was accepted for. Beside the submissions and not
 * joined to them: read and parsed once for each version, and a join of all these tables takes longer to plan than to answer. The program,
 * which may be large, is null without `withProgram`. Parsed when it is asked for, so that it throws for its own submissions alone.
 */
export async function readContents(
  tx: PortalTx,
  portalId: PortalId,
  rows: readonly ContentKey[],
  o: { withProgram?: boolean } = {},
): Promise<(row: ContentKey) => Content> {
  const keys = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
  if (keys.length === 0) return () => notThere();
  const { rows: found } = await sql<Source>`
    select k.version_id, k.form_id, k.form_revision, f.name, f.source_form_id, f.retention, f.design, v.number,
           v.design as version_design, v.mapping, m.model, case when ${o.withProgram === true} then v.program end as program
    from unnest(${keys.map((key) => key.version_id)}::text[], ${keys.map((key) => key.form_id)}::text[],
                ${keys.map((key) => key.form_revision)}::text[]) as k (version_id, form_id, form_revision)
    join flow_versions v on v.portal_id = ${portalId} and v.version_id = k.version_id
    join flows f on f.portal_id = v.portal_id and f.flow_id = v.flow_id
    join forms m on m.portal_id = v.portal_id and m.form_id = k.form_id and m.revision = k.form_revision`.execute(tx);
  const sources = new Map(found.map((row) => [keyOf(row), row]));
  const parsed = new Map<string, Content>();
  return (row) => {
    const key = keyOf(row);
    const content = parsed.get(key) ?? toContent(sources.get(key) ?? notThere());
    parsed.set(key, content);
    return content;
  };
}

type Source = ContentKey &
  Record<'retention' | 'design' | 'version_design' | 'mapping' | 'program' | 'model', unknown> & {
    name: string;
    source_form_id: string;
    number: number;
  };

function notThere(): never {
  throw new AppError('internal', { message: 'a submission has no version or form' });
}

function toContent(source: Source): Content {
  return {
    flowName: source.name,
    sourceFormId: source.source_form_id,
    retention: source.retention,
    versionNumber: source.number,
    // Written by our own reader only, at the revision the version was compiled from.
    form: withAppointment(source.model as Form, designSchema.parse(source.version_design ?? {})),
    mapping: mappingSchema.parse(source.mapping),
    program: source.program,
    allowDocumentNumber: allowedIn(source.version_design, source.design),
  };
}

/** What was allowed when the version was made, or is by now: a question that is gone is in no design of today. */
function allowedIn(...designs: unknown[]): string[] {
  const known = designs.map((design) => designSchema.parse(design ?? {}).allowDocumentNumber ?? []);
  return [...new Set(known.flat())];
}
