import { randomBytes } from 'node:crypto';
import type { Program } from '@flowella/shared/compile/program.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { withPortal } from '../../../server/db/db.ts';
import type { TestDatabase } from '../../support/database.ts';

/** What a submission hangs on: an account, a form, a published flow and persons `psn_1`, `psn_2`, … with a number each. */
export async function seedFlow(
  t: TestDatabase,
  portalId: number,
  o: { now: Date; mapping: Mapping; form?: Partial<Form>; program?: Program; persons?: number },
): Promise<void> {
  const at = o.now;
  // Before the transaction: a second connection inside it would wait for ever in a pool of one.
  await t.keys.dataKey(portalId);
  await withPortal(t.db, portalId, async (tx) => {
    const portal_id = String(portalId);
    await tx
      .insertInto('wa_accounts')
      .values({
        portal_id,
        account_id: `wac_${portalId}`,
        waba_id: String(portalId),
        app_id: '1',
        name: 'A',
        access_token_sealed: randomBytes(9),
        app_secret_sealed: randomBytes(9),
        verify_token_hash: randomBytes(9),
        state: 'connected',
        created_at: at,
        updated_at: at,
      })
      .execute();
    await tx
      .insertInto('forms')
      .values({
        portal_id,
        form_id: 'frm_1',
        source: 'hubspot-forms',
        source_form_id: 'g',
        name: 'F',
        revision: 'r1',
        raw: '{}',
        model: JSON.stringify(o.form ?? { pages: [] }),
        write_back: '{}',
        read_at: at,
      })
      .execute();
    await tx
      .insertInto('flows')
      .values({
        portal_id,
        flow_id: 'flw_1',
        form_id: 'frm_1',
        source: 'hubspot-forms',
        source_form_id: 'g',
        account_id: `wac_${portalId}`,
        name: 'Contact',
        state: 'published',
        design: '{}',
        mapping: JSON.stringify(o.mapping),
        message: '{}',
        created_at: at,
        updated_at: at,
      })
      .execute();
    await tx
      .insertInto('flow_versions')
      .values({
        portal_id,
        version_id: 'ver_1',
        flow_id: 'flw_1',
        number: 1,
        form_id: 'frm_1',
        form_revision: 'r1',
        flow_json: '{}',
        program: JSON.stringify(o.program ?? {}),
        report: '[]',
        mapping: JSON.stringify(o.mapping),
        state: 'published',
        created_at: at,
      })
      .execute();
    for (let n = 1; n <= (o.persons ?? 1); n += 1) {
      const person_id = `psn_${n}`;
      const identity = { phone: `+55119${String(10_000_000 + n)}` };
      await tx
        .insertInto('persons')
        .values({
          portal_id,
          person_id,
          portfolio_id: 'p',
          identity_sealed: await t.keys.sealJson(portalId, `persons.identity:${person_id}`, identity),
          created_at: at,
          updated_at: at,
        })
        .execute();
    }
  });
}
