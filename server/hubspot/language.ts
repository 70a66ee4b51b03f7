import { z } from 'zod';
import { withPortal, type Db, type PortalId } from '../db/db.ts';

/** The languages that the customer's people read; a flow speaks more (`shared/flow-words`). */
export type Language = 'en' | 'de';
export type Texts = Readonly<Record<Language, string>>;

/** The first of our languages in an `Accept-Language` header or a locale such as `de-AT`; English where there is none. */
export function toLanguage(...wishes: (string | undefined)[]): Language {
  for (const wish of wishes) {
    for (const part of (wish ?? '').split(',')) {
      const tag = part.trim().slice(0, 2).toLowerCase();
      if (tag === 'de' || tag === 'en') return tag;
    }
  }
  return 'en';
}

const settingsSchema = z.looseObject({ language: z.enum(['en', 'de']).catch('en') });

/** The language in which the portal's people read reasons and notes: chosen at install, English where it was not. */
export async function portalLanguage(db: Db, portalId: PortalId): Promise<Language> {
  const row = await withPortal(db, portalId, (tx) =>
    tx.selectFrom('portals').select('settings').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return settingsSchema.parse(row?.settings ?? {}).language;
}
