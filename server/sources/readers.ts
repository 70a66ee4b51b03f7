import { hubSpotFormsReader } from './hubspot-forms/reader.ts';
import type { FormReader } from './source.ts';

/** Every tool whose definitions can be read. A new one is one line here and its own folder. */
export const FORM_READERS: readonly FormReader[] = [hubSpotFormsReader];
