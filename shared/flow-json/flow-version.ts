/** A Flow JSON version as one number: `7.3` is 703. */
export type VersionNumber = number;

/**
 * Versions that can be published today. Meta, "Changelog" and AWS End User Messaging Social, "Limitations and
 * considerations"; our reference `whatsapp-flows`, section 1.
 */
export const CURRENT_VERSIONS = ['5.1', '6.0', '6.1', '6.2', '6.3', '7.0', '7.1', '7.2', '7.3'] as const;

/** Frozen: published flows still send and open, nothing new can be published (frozen on 2025-04-08 and 2025-09-09). */
const FROZEN_VERSIONS = ['2.1', '3.0', '3.1', '4.0', '5.0'];

/** Older than the oldest frozen one: can be neither sent nor opened. */
const EXPIRED_VERSIONS = ['1', '1.0', '1.1', '2', '2.0'];

/** Named in Meta's code but in no public list: the shopping layouts, and what comes after 7.3. */
export const UNLISTED_VERSIONS = ['5.2', '7.4'];

/** Whether a Flow JSON version can be published, only goes on running, has ended, or is none we know. */
export function flowJsonVersionState(version: string): 'current' | 'frozen' | 'expired' | 'unknown' {
  if ((CURRENT_VERSIONS as readonly string[]).includes(version)) return 'current';
  if (FROZEN_VERSIONS.includes(version)) return 'frozen';
  if (EXPIRED_VERSIONS.includes(version)) return 'expired';
  return 'unknown';
}

/** `'7.3'` → 703. Only for versions that `flowJsonVersionState` calls current. */
export function versionNumber(version: string): VersionNumber {
  const [major = '0', minor = '0'] = version.split('.');
  return Number(major) * 100 + Number(minor);
}
