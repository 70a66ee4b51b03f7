import { sql } from 'kysely';
import { z } from 'zod';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';
import type { WhatsappServices } from './services.ts';

const numberSchema = z.object({
  id: z.string(),
  display_phone_number: z.string(),
  verified_name: z.string().catch(''),
  quality_rating: z.string().nullish().catch(null),
});
const numbersSchema = z.object({
  data: z.array(numberSchema),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
});

export type MetaNumber = z.infer<typeof numberSchema>;

/** The numbers that Meta lists for an account, all pages of them. Throws what the Graph client throws. */
export async function readNumbers(
  services: Pick<WhatsappServices, 'graph'>,
  input: { wabaId: string; accessToken: string },
  language: Language = 'en',
): Promise<MetaNumber[]> {
  const numbers: MetaNumber[] = [];
  let after: string | undefined;
  // 20 pages of 100 are more numbers than an account may hold.
  for (let page = 0; page < 20; page += 1) {
    const answer = await services.graph.call({
      method: 'GET',
      path: `/${input.wabaId}/phone_numbers`,
      accessToken: input.accessToken,
      query: {
        fields: 'id,display_phone_number,verified_name,quality_rating',
        limit: '100',
        ...(after ? { after } : {}),
      },
      schema: numbersSchema,
      idempotent: true,
      language,
    });
    numbers.push(...answer.data);
    after = answer.paging?.next ? answer.paging.cursors?.after : undefined;
    if (!after) break;
  }
  return numbers;
}

/**
 * Brings our list of the account's numbers to Meta's: new ones are added, ones that moved here from another account of the portal
 * change owner, ones that are gone are dropped. What is known of a number's key is kept.
 */
export async function writeNumbers(
  tx: PortalTx,
  portalId: PortalId,
  accountId: string,
  numbers: MetaNumber[],
  now: Date,
): Promise<void> {
  await tx
    .deleteFrom('wa_numbers')
    .where('portal_id', '=', String(portalId))
    .where('account_id', '=', accountId)
    .where(
      'phone_number_id',
      'not in',
      numbers.map((number) => number.id),
    )
    .execute();
  for (const number of numbers) {
    const values = {
      account_id: accountId,
      display_number: number.display_phone_number,
      verified_name: number.verified_name,
      quality: number.quality_rating ?? null,
      updated_at: now,
    };
    await tx
      .insertInto('wa_numbers')
      .values({ portal_id: portalId, phone_number_id: number.id, ...values })
      .onConflict((conflict) =>
        conflict.columns(['portal_id', 'phone_number_id']).doUpdateSet({
          ...values,
          // A number that changed accounts needs the other account's key now.
          key_due_at: sql`case when wa_numbers.account_id = ${accountId} then wa_numbers.key_due_at end`,
        }),
      )
      .execute();
  }
}
