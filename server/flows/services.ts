import type { Destination } from '../destinations/destination.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { SafeFetch } from '../safe-fetch/safe-fetch.ts';
import type { Source } from '../sources/source.ts';
import type { WhatsappServices } from '../whatsapp/services.ts';

export type FlowServices = WhatsappServices & {
  sources: readonly Source[];
  destinations: readonly Destination[];
  hubspot: HubSpotClient;
  /** For the pictures of forms; where it is absent none is fetched. */
  safeFetch?: SafeFetch;
};
