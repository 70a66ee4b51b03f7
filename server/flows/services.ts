import type { Destination } from '../destinations/destination.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { PortalId } from '../db/db.ts';
import type { Source } from '../sources/source.ts';
import type { WhatsappServices } from '../whatsapp/services.ts';

/** A contact property of the portal, as HubSpot names it. */
export type ContactProperty = { name: string; label: string; type: string; fieldType: string };

export type FlowServices = WhatsappServices & {
  sources: readonly Source[];
  destinations: readonly Destination[];
  hubspot: HubSpotClient;
  /** The portal's contact properties that an integration may write; cached by whoever provides it. */
  contactProperties: (portalId: PortalId) => Promise<ContactProperty[]>;
};
