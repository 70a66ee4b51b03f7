import { z } from 'zod';
import type { PortalId } from '../db/db.ts';
import { getAccountSecrets, type AccountSecrets } from '../whatsapp/accounts.ts';
import { MetaError } from '../whatsapp/meta-errors.ts';
import { metaValidationErrorSchema, type MetaValidationError } from './explain-validation-errors.ts';
import type { FlowServices } from './services.ts';

const createdSchema = z.object({ id: z.coerce.string() });
const successSchema = z.object({ success: z.boolean().default(true) });
const uploadedSchema = z.object({
  success: z.boolean().default(true),
  validation_errors: z.array(metaValidationErrorSchema).default([]),
});
const statusSchema = z.object({ id: z.coerce.string(), status: z.string() });
const listSchema = z.object({
  data: z.array(z.object({ id: z.coerce.string(), name: z.string(), status: z.string() })),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
});

/** Meta pings the endpoint and validates the file before it answers. */
const SLOW_MS = 30_000;

/** The Flows API for one account (whatsapp-flows.md section 8). Each call may be repeated. */
export class MetaFlows {
  #services: Pick<FlowServices, 'graph' | 'config'>;
  #secrets: AccountSecrets;
  #accountId: string;

  constructor(services: Pick<FlowServices, 'graph' | 'config'>, secrets: AccountSecrets, accountId: string) {
    this.#services = services;
    this.#secrets = secrets;
    this.#accountId = accountId;
  }

  static async open(services: FlowServices, portalId: PortalId, accountId: string): Promise<MetaFlows> {
    return new MetaFlows(services, await getAccountSecrets(services, portalId, accountId), accountId);
  }

  /** Stable for ever, one per account (flow-rules.md section 6). */
  get endpointUri(): string {
    return `${this.#services.config.publicUrl}/flow/${this.#accountId}`;
  }

  /**
   * A flow of this name, made unless it is there: names are unique per account and ours name the version, so one that exists
   * was made by a try whose answer was lost.
   */
  async ensure(name: string, o: { isConnected: boolean; cloneOf?: string }): Promise<string> {
    const existing = await this.#findByName(name);
    const id = existing ?? (await this.#create(name, o));
    if (o.isConnected) await this.#connect(id);
    return id;
  }

  async #create(name: string, o: { isConnected: boolean; cloneOf?: string }): Promise<string> {
    const answer = await this.#services.graph.call({
      method: 'POST',
      path: `/${this.#secrets.wabaId}/flows`,
      accessToken: this.#secrets.accessToken,
      body: {
        kind: 'multipart',
        fields: {
          name,
          categories: JSON.stringify(['OTHER']),
          ...(o.cloneOf ? { clone_flow_id: o.cloneOf } : {}),
          ...(o.isConnected ? { endpoint_uri: this.endpointUri } : {}),
        },
      },
      schema: createdSchema,
      idempotent: false,
      deadlineMs: SLOW_MS,
    });
    return answer.id;
  }

  /** The app whose secret signs the calls to our endpoint is named explicitly (flow-rules.md section 6). */
  async #connect(id: string): Promise<void> {
    await this.#services.graph.call({
      method: 'POST',
      path: `/${id}`,
      accessToken: this.#secrets.accessToken,
      body: { kind: 'multipart', fields: { endpoint_uri: this.endpointUri, application_id: this.#secrets.appId } },
      schema: successSchema,
      idempotent: true,
    });
  }

  async #findByName(name: string): Promise<string | null> {
    let after: string | undefined;
    // An account holds some hundred flows; this many pages are far more.
    for (let page = 0; page < 50; page += 1) {
      const answer = await this.#services.graph.call({
        method: 'GET',
        path: `/${this.#secrets.wabaId}/flows`,
        accessToken: this.#secrets.accessToken,
        query: after ? { after } : {},
        schema: listSchema,
        idempotent: true,
      });
      const found = answer.data.find((flow) => flow.name === name);
      if (found) return found.id;
      after = answer.paging?.next ? answer.paging.cursors?.after : undefined;
      if (!after) return null;
    }
    return null;
  }

  /** Meta saves the file even when it has errors. Throws 139001 when a published flow may not be changed. */
  async upload(id: string, flowJson: string): Promise<MetaValidationError[]> {
    const answer = await this.#services.graph.call({
      method: 'POST',
      path: `/${id}/assets`,
      accessToken: this.#secrets.accessToken,
      body: {
        kind: 'multipart',
        fields: { name: 'flow.json', asset_type: 'FLOW_JSON' },
        file: { field: 'file', fileName: 'flow.json', contentType: 'application/json', content: flowJson },
      },
      schema: uploadedSchema,
      idempotent: true,
      deadlineMs: SLOW_MS,
    });
    return answer.validation_errors;
  }

  /** Publishes unless it is published: the answer of an earlier try may have been lost. */
  async publish(id: string): Promise<void> {
    if ((await this.status(id)) === 'PUBLISHED') return;
    try {
      await this.#services.graph.call({
        method: 'POST',
        path: `/${id}/publish`,
        accessToken: this.#secrets.accessToken,
        schema: successSchema,
        idempotent: false,
        deadlineMs: SLOW_MS,
      });
    } catch (err) {
      const wasDone = err instanceof MetaError && err.metaCode === 139002;
      if (wasDone && (await this.status(id)) === 'PUBLISHED') return;
      throw err;
    }
  }

  /** DRAFT, PUBLISHED, DEPRECATED, BLOCKED or THROTTLED. */
  async status(id: string): Promise<string> {
    const answer = await this.#services.graph.call({
      method: 'GET',
      path: `/${id}`,
      accessToken: this.#secrets.accessToken,
      query: { fields: 'id,name,status' },
      schema: statusSchema,
      idempotent: true,
    });
    return answer.status;
  }
}
