import { IDENTITY_VENDORS, type IdentityVendor } from '@flowella/shared/contract/identity.ts';
import { onfido } from './onfido.ts';
import { persona } from './persona.ts';
import { stripe } from './stripe.ts';
import { veriff } from './veriff.ts';
import type { Vendor } from './vendor.ts';

export const VENDORS: Readonly<Record<IdentityVendor, Vendor>> = { onfido, persona, veriff, stripe };

export const VENDOR_NAMES: Readonly<Record<IdentityVendor, string>> = {
  onfido: 'Onfido',
  persona: 'Persona',
  veriff: 'Veriff',
  stripe: 'Stripe Identity',
};

const ONFIDO_REGIONS = ['eu', 'us', 'ca'];
/** Veriff names its address in its portal; all of them are its own. */
const VERIFF_ADDRESS = /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*\.veriff\.(com|me)$/;

/** True when a vendor has such a region; null is its usual one. */
export function isRegion(vendor: IdentityVendor, region: string | null): boolean {
  if (vendor === 'onfido') return region !== null && ONFIDO_REGIONS.includes(region);
  if (vendor === 'veriff') return region === null || VERIFF_ADDRESS.test(region);
  return region === null;
}

/** The vendor's API for a region. `standInUrl` takes all of them over in the sandbox. */
export function baseUrlOf(vendor: IdentityVendor, region: string | null, standInUrl: string | null): string {
  if (standInUrl !== null) return `${standInUrl}/${vendor}${PATH[vendor]}`;
  switch (vendor) {
    case 'onfido':
      return `https://api.${region ?? 'eu'}.onfido.com${PATH.onfido}`;
    case 'persona':
      return `https://api.withpersona.com${PATH.persona}`;
    case 'veriff':
      return region ?? 'https://stationapi.veriff.com';
    case 'stripe':
      return 'https://api.stripe.com';
  }
}

const PATH: Readonly<Record<IdentityVendor, string>> = { onfido: '/v3.6', persona: '/api/v1', veriff: '', stripe: '' };

export function isVendor(value: string): value is IdentityVendor {
  return (IDENTITY_VENDORS as readonly string[]).includes(value);
}
