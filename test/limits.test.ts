import { expect, test } from 'vitest';
import { callerOf } from '../server/limits.ts';
import { RateWindow } from '../server/rate-window.ts';

test('each key has its share of a window, and a new window starts anew', () => {
  let now = 0;
  const window = new RateWindow({ max: 2, windowMs: 1_000, monotonicMs: () => now });
  expect([window.take('a'), window.take('a'), window.take('a'), window.take('b')]).toEqual([true, true, false, true]);
  now = 999;
  expect(window.take('a')).toBe(false);
  now = 1_000;
  expect(window.take('a')).toBe(true);
});

test('a million keys do not fill the memory: beyond the bound all are counted anew', () => {
  const window = new RateWindow({ max: 1, windowMs: 1e9, maxKeys: 1_000, monotonicMs: () => 0 });
  for (let n = 0; n < 1_000_000; n += 1) window.take(String(n));
  expect(window.take('0')).toBe(true);
  expect(window.take('0')).toBe(false);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (ip, caller) => expect(callerOf(ip)).toBe(caller));
