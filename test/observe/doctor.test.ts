import { expect, test } from 'vitest';
import { judgeEncryption } from '../../server/observe/doctor.ts';

test('a database elsewhere that is reached without encryption is a warning that names it and what to add', () => {
  const elsewhere = 'postgres://flowella_app:secret@db.internal:5432/flowella';
  expect(judgeEncryption(elsewhere, false)).toMatchObject({
    state: 'warning',
    what: expect.stringContaining('db.internal'),
    remedy: expect.stringContaining('sslmode=verify-full'),
  });
  expect(JSON.stringify(judgeEncryption(elsewhere, false))).not.toContain('secret');
  expect(judgeEncryption(elsewhere, true).state).toBe('ok');
});

test('a database on the same machine needs none, by address, by name or by socket', () => {
  for (const host of ['127.0.0.1:5432', '[::1]:5432', 'localhost', ''])
    expect(
      judgeEncryption(`postgres://${host === '' ? '' : `app:secret@${host}`}/flowella?host=/run/pg`, false).state,
    ).toBe('ok');
});
