import type { StandIn } from '../stand-in.ts';
import { queueWebhook } from '../control/webhooks.ts';
import { eraseObject, type CrmObject } from './objects.ts';
import { resolveObjectType } from './object-types.ts';

/** Permanent deletion: the record, its form submissions, and a `contact.privacyDeletion` webhook to every installed app. */
export function eraseContact(standIn: StandIn, portalId: number, contact: CrmObject, changeSource: string): void {
  const type = resolveObjectType(standIn.store, portalId, 'contacts');
  eraseObject(standIn, portalId, type, contact);
  standIn.store.run('delete from submissions where portal_id = ? and contact_id = ?', portalId, Number(contact.id));
  queueWebhook(standIn, portalId, {
    subscriptionType: 'contact.privacyDeletion',
    objectId: Number(contact.id),
    changeSource,
    changeFlag: 'DELETED',
  });
}
