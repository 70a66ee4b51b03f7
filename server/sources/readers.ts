import { googleFormsReader } from './google-forms/reader.ts';
import { hubSpotFormsReader } from './hubspot-forms/reader.ts';
import type { FormReader } from './source.ts';
import { surveyMonkeyReader } from './surveymonkey/reader.ts';
import { typeformReader } from './typeform/reader.ts';

/** Every tool whose definitions can be read. A new one is one line here and its own folder. */
export const FORM_READERS: readonly FormReader[] = [
  hubSpotFormsReader,
  googleFormsReader,
  typeformReader,
  surveyMonkeyReader,
];
