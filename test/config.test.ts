import { expect, test } from 'vitest';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig, readSandboxPort, VARIABLES, wantsSandbox } from '../server/config.ts';
import { runSandbox } from '../server/run-sandbox.ts';

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
    ['PUBLIC_URL', 'http://127.0.0.1:8080', /let a proxy in front of this server take TLS/],
    ['PUBLIC_URL', 'https://api.example.com/flows', /must be without a path/],
    ['PUBLIC_URL', 'flows.internal', /must be an address such as https:\/\/api\.example\.com/],
    ['PORT', 'eighty', /PORT must be a whole number from 0 to 65535/],
    ['PORT', '70000', /PORT must be a whole number from 0 to 65535/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL must be trace, debug/],
    ['META_GRAPH_VERSION', '9x', /META_GRAPH_VERSION must be a version such as v23\.0/],
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

test('an address without TLS is named at once with everything else that is wrong, and goes for this machine alone', () => {
  const wrong = () => readConfig({ ...GOOD, PUBLIC_URL: 'http://api.example.com', HUBSPOT_APP_ID: '' });
  expect(wrong).toThrow(/2 of its settings.*PUBLIC_URL must start with https.*HUBSPOT_APP_ID is missing/s);
  expect(() => readConfig({ ...GOOD, NODE_ENV: 'test', PUBLIC_URL: 'http://api.example.com' })).toThrow(/https:\/\//);
  expect(readConfig({ ...GOOD, NODE_ENV: 'test', PUBLIC_URL: 'http://127.0.0.1:8080' }).publicUrl).toContain('8080');
});

test('the sandbox shows its page at the port that PORT names, or says that it cannot', async () => {
  expect(readSandboxPort({})).toBeNull();
  expect(readSandboxPort({ PORT: '9000' })).toBe(9_000);
  expect(() => readSandboxPort({ PORT: 'nine' })).toThrow(/The sandbox cannot start.*PORT must be a whole number/s);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'flowella-port-'));
  const other = createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const { port } = other.address() as { port: number };
  await expect(runSandbox({ dataDir, quiet: true, port })).rejects.toThrow(`PORT is ${port}, which something`);
  other.close();
  await rm(dataDir, { recursive: true });
});
