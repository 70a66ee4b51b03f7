import type { HubSpotClient } from '../hubspot/client.ts';
import { createHubSpotFormsSource } from './hubspot-forms/source.ts';
import type { Source } from './source.ts';

/** Every form tool, in the order in which it is offered. A new source is one line here and its own folder. */
export function createSources(services: { hubspot: HubSpotClient }): readonly Source[] {
  return [createHubSpotFormsSource(services.hubspot)];
}
