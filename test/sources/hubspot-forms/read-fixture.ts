import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('./fixtures/', import.meta.url);

/** A form definition as HubSpot's API would return it. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

export const FIXTURES = readdirSync(folder).filter((name) => name.endsWith('.json'));
