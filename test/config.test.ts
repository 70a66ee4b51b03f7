import { expect, test } from 'vitest';
import { readConfig, VARIABLES, wantsSandbox } from '../server/config.ts';

const GOOD = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.example.com/',
  DATABASE_URL: 'postgres://flowella_app:x@db/flowella',
  FLOWELLA_MASTER_KEYS: `k2:${Buffer.alloc(32, 1).toString('base64')},k1:${Buffer.alloc(32, 2).toString('base64')}`,
  HUBSPOT_APP_ID: '1',
  HUBSPOT_CLIENT_ID: 'c',
  HUBSPOT_CLIENT_SECRET: 's',
};

test('a start without configuration names every missing variable, what it is for and where it comes from', () => {
  const required = Object.entries(VARIABLES).filter(([, about]) => !('optional' in about));
  let message = '';
  try {
    readConfig({ NODE_ENV: 'production' });
  } catch (err) {
    message = (err as Error).message;
  }
  expect(required.length).toBeGreaterThan(4);
  for (const [name, about] of required) {
    expect(message).toContain(`${name} is missing`);
    expect(message).toContain(about.why);
    expect(message).toContain(about.where);
  }
});

test('a wrong value is refused with what is wrong, and never printed', () => {
  for (const [name, value, says] of [
    ['FLOWELLA_MASTER_KEYS', 'k1:c2hvcnQ=', /32 bytes/],
    ['DATABASE_URL', 'mysql://hunter2', /postgres:\/\//],
    ['PUBLIC_URL', 'http://api.example.com', /https:\/\//],
    ['PORT', 'eighty', /PORT/],
  ] as const) {
    try {
      readConfig({ ...GOOD, [name]: value });
      expect.unreachable(name);
    } catch (err) {
      expect((err as Error).message).toMatch(says);
      expect((err as Error).message).not.toContain(value);
    }
  }
});

test('a whole configuration is read, the first master key active and the address without its slash', () => {
  const config = readConfig(GOOD);
  expect(config.publicUrl).toBe('https://api.example.com');
  expect(config.masterKeys.map((key) => key.id)).toEqual(['k2', 'k1']);
  expect(config.keyRotationDays).toBe(90);
  expect(readConfig({ ...GOOD, KEY_ROTATION_DAYS: '0' }).keyRotationDays).toBeNull();
  expect('oldClientSecret' in config.hubspot).toBe(false);
  expect(readConfig({ ...GOOD, HUBSPOT_CLIENT_SECRET_OLD: 'o' }).hubspot).toMatchObject({
    clientSecret: 's',
    oldClientSecret: 'o',
  });
  expect(config.meta.graphVersion).toBe('v23.0');
});

test('only an unconfigured start outside production runs the sandbox', () => {
  expect(wantsSandbox({})).toBe(true);
  expect(wantsSandbox({ NODE_ENV: 'production' })).toBe(false);
  expect(wantsSandbox({ DATABASE_URL: 'postgres://x' })).toBe(false);
});
