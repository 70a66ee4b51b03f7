import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { SendDocument } from '../destinations/calendar/send-document.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { getAccountSecrets } from './accounts.ts';
import { findChat } from './find-chat.ts';
import type { GraphClient } from './graph-client.ts';
import { postMessage } from './post-message.ts';
import { recipientFields } from './recipient.ts';

type Services = { db: Db; keys: PortalKeys; clock: Clock; graph: GraphClient };

const uploadedSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String) });

/**
 * Uploads a file and sends it to the person of a submission by the number they wrote to, inside the 24-hour window only: there is no
 * template for files. The upload may be repeated, the message never is.
 */
export function createSendDocument(services: Services): SendDocument {
  return async (o) => {
    const found = await withPortal(services.db, o.portalId, (tx) => findChat(services, tx, o.portalId, o.submissionId));
    if (found.kind !== 'open') return found;
    const { accountId, phoneNumberId, recipient } = found.chat;
    const { accessToken } = await getAccountSecrets(services, o.portalId, accountId);
    const media = await services.graph.call({
      method: 'POST',
      path: `/${phoneNumberId}/media`,
      accessToken,
      body: {
        kind: 'multipart',
        fields: { messaging_product: 'whatsapp' },
        file: { field: 'file', fileName: o.fileName, contentType: o.mimeType, content: o.content },
      },
      schema: uploadedSchema,
      // One that nobody sends is deleted by Meta after thirty days.
      idempotent: true,
    });
    const message = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      ...recipientFields(recipient),
      type: 'document',
      document: { id: media.id, filename: o.fileName, caption: o.caption },
      biz_opaque_callback_data: o.deliveryId,
    };
    return { kind: 'sent', messageId: await postMessage(services.graph, { phoneNumberId, accessToken, message }) };
  };
}
