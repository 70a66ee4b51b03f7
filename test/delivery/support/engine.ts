import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { pino } from 'pino';
import { withPortal } from '../../../server/db/db.ts';
import type { DeliveryServices } from '../../../server/delivery/work-deliveries.ts';
import type {
  DeliveryItem,
  DeliveryOutcome,
  Destination,
  DestinationContext,
  DestinationKind,
} from '../../../server/destinations/destination.ts';
import { newId } from '../../../server/ids.ts';
import { acceptSubmission, type Acceptance } from '../../../server/submissions/accept.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { seedFlow } from './seed-flow.ts';

export const MAPPING: Mapping = {
  formSubmission: { enabled: true },
  contact: { enabled: true, properties: [] },
  kycRecord: { enabled: false, home: 'contact', fields: {} },
  timeline: { enabled: true },
};

type Deliver = (context: DestinationContext, item: DeliveryItem) => DeliveryOutcome | Promise<DeliveryOutcome>;

/** The engine over a real database with destinations that do what a test says. */
export class Engine {
  readonly t: TestDatabase;
  now = new Date('2026-11-23T10:00:00Z');
  readonly services: DeliveryServices;
  /** What a destination does with one item; delivered where nothing is said. */
  deliver: Partial<Record<DestinationKind, Deliver>> = {};
  readBack: Partial<Record<DestinationKind, DeliveryOutcome | null>> = {};
  calls: { kind: DestinationKind; item: DeliveryItem }[] = [];
  batchSize = 10;

  constructor(t: TestDatabase) {
    this.t = t;
    this.services = {
      db: t.db,
      keys: t.keys,
      clock: { now: () => this.now },
      log: pino({ level: 'silent' }),
      publicUrl: 'https://api.flowella.test',
      random: () => 0.5,
      hubspot: { call: () => Promise.reject(new Error('not used')) },
      wakeUps: { add: () => Promise.resolve() },
      destinations: [
        destination(this, 'contact', null),
        destination(this, 'files', null),
        destination(this, 'form-submission', 'contact'),
        destination(this, 'timeline', 'contact'),
      ],
    };
  }

  static async open(): Promise<Engine> {
    return new Engine(await testDatabase({ poolSize: 8 }));
  }

  async addPortal(persons = 1): Promise<number> {
    const portalId = await this.t.addPortal();
    await seedFlow(this.t, portalId, { now: this.now, mapping: MAPPING, persons });
    return portalId;
  }

  async accept(portalId: number, more: Partial<Acceptance> = {}): Promise<string> {
    const dataKey = await this.t.keys.dataKey(portalId);
    const { submissionId } = await withPortal(this.t.db, portalId, (tx) =>
      acceptSubmission(
        tx,
        { wakeUps: this.services.wakeUps, destinations: this.services.destinations, dataKey, now: this.now },
        {
          portalId,
          sendId: newId('send'),
          flowId: 'flw_1',
          versionId: 'ver_1',
          formId: 'frm_1',
          formRevision: 'r1',
          contactId: null,
          personId: 'psn_1',
          mapping: MAPPING,
          answers: { '0-1/email': { kind: 'email', value: 'ana@lima.test' } },
          acceptedFrom: 'endpoint',
          locale: 'en',
          openedAt: this.now,
          screens: [{ screen: 'SCREEN_A', title: 'About you', at: this.now.toISOString() }],
          finishedAt: this.now,
          ...more,
        },
      ),
    );
    return submissionId;
  }

  /** One whose answers hold a file: the form awaits what becomes of it. */
  acceptFile(portalId: number, more: Partial<Acceptance> = {}): Promise<string> {
    const file = { mediaId: '1', fileName: 'a.pdf', mimeType: 'application/pdf', sha256: '' };
    return this.accept(portalId, { ...more, answers: { '0-1/file': { kind: 'files', files: [file] } } });
  }

  async rows(portalId: number, kind?: DestinationKind) {
    return withPortal(this.t.db, portalId, (tx) => {
      const all = tx.selectFrom('deliveries').selectAll().orderBy('seq');
      return (kind ? all.where('destination', '=', kind) : all).execute();
    });
  }

  pass(ms: number): void {
    this.now = new Date(this.now.getTime() + ms);
  }
}

export const RETRY: DeliveryOutcome = { kind: 'retry', code: 'hubspot_unavailable', reason: 'HubSpot did not answer.' };

function destination(engine: Engine, kind: DestinationKind, dependsOn: DestinationKind | null): Destination {
  return {
    kind,
    dependsOn,
    get batchSize() {
      return engine.batchSize;
    },
    check: async () => [],
    wanted: (_mapping, asked) => kind !== 'files' || asked.files,
    deliver: async (context, items) => {
      const outcomes: DeliveryOutcome[] = [];
      for (const item of items) {
        engine.calls.push({ kind, item });
        outcomes.push((await engine.deliver[kind]?.(context, item)) ?? { kind: 'delivered', remoteId: null });
      }
      return outcomes;
    },
    readBack: async () => engine.readBack[kind] ?? null,
  };
}
