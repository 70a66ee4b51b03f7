import { z } from 'zod';

const declarationSchema = z.object({
  type: z.enum(['string', 'number', 'boolean', 'object', 'array']),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
const documentSchema = z.object({
  version: z.string().optional(),
  data_api_version: z.string().optional(),
  routing_model: z.record(z.string(), z.array(z.string())).optional(),
  screens: z
    .array(
      z.object({
        id: z.string(),
        data: z.record(z.string(), z.unknown()).optional(),
        layout: z.unknown().optional(),
      }),
    )
    .default([]),
});

export type FlowDocument = z.infer<typeof documentSchema>;

/** What the platform itself reads of a Flow JSON; null when the text is none. Whether it is valid is the validator's matter. */
export function readFlowDocument(text: string): FlowDocument | null {
  try {
    const parsed = documentSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Screens without an inbound edge; the edges are the routing model or, without an endpoint, the navigate actions (section 3.5). */
export function entryScreens(document: FlowDocument): string[] {
  const targets = new Set(
    document.routing_model
      ? Object.values(document.routing_model).flat()
      : document.screens.flatMap((screen) => navigations(screen.layout)),
  );
  return document.screens.map((screen) => screen.id).filter((id) => !targets.has(id));
}

function navigations(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(navigations);
  if (typeof node !== 'object' || node === null) return [];
  const action = z.object({ name: z.literal('navigate'), next: z.object({ name: z.string() }) }).safeParse(node);
  return [...(action.success ? [action.data.next.name] : []), ...Object.values(node).flatMap(navigations)];
}

/**
 * Why `data` does not satisfy a screen's data model, or null: every declared key with exactly its type and nothing else
 * (whatsapp-flows.md sections 2.3 and 9.1).
 */
export function dataProblem(
  document: FlowDocument,
  screenId: string,
  data: Record<string, unknown> | null,
): string | null {
  const screen = document.screens.find((candidate) => candidate.id === screenId);
  if (!screen) return `The screen ${screenId} does not exist in the flow`;
  const model = screen.data ?? {};
  const keys = Object.keys(model);
  if (data === null) return keys.length === 0 ? null : `The screen ${screenId} needs data for ${keys.join(', ')}`;
  if (Object.keys(data).length === 0) return 'data must be a non-empty object';
  const undeclared = Object.keys(data).find((key) => !Object.hasOwn(model, key));
  if (undeclared !== undefined) return `The screen ${screenId} declares no data "${undeclared}"`;
  for (const key of keys) {
    if (!Object.hasOwn(data, key)) return `data lacks "${key}" of the screen ${screenId}`;
    const problem = valueProblem(model[key], data[key], key, 0);
    if (problem) return problem;
  }
  return null;
}

function valueProblem(declared: unknown, value: unknown, path: string, depth: number): string | null {
  const parsed = declarationSchema.safeParse(declared);
  if (!parsed.success || depth > 20) return null;
  const { type, items, properties, required } = parsed.data;
  if (typeOf(value) !== type) return `"${path}" must be of type ${type}`;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const problem = valueProblem(items, item, `${path}[${index}]`, depth + 1);
      if (problem) return problem;
    }
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const missing = (required ?? []).find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return `"${path}" lacks "${missing}"`;
  for (const [key, member] of Object.entries(value)) {
    const problem =
      properties && Object.hasOwn(properties, key)
        ? valueProblem(properties[key], member, `${path}.${key}`, depth + 1)
        : null;
    if (problem) return problem;
  }
  return null;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}
