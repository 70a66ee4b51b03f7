import { expect, test } from 'vitest';
import { createLane } from '../../server/delivery/lane.ts';

/** Work that ends when it is told to. */
function held() {
  let end: () => void = () => {};
  const done = new Promise<void>((resolve) => (end = resolve));
  return { work: () => done, end };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('only so many run at once, each key once, and those that wait take their turns in order', async () => {
  const lane = createLane(2);
  const order: string[] = [];
  const jobs = new Map(['a', 'b', 'c', 'd'].map((key) => [key, held()]));
  for (const key of ['a', 'b', 'c', 'a', 'd', 'c'])
    lane.add(key, () => {
      order.push(key);
      return jobs.get(key)?.work() ?? Promise.resolve();
    });
  expect(order).toEqual(['a', 'b']);
  jobs.get('b')?.end();
  await settled();
  expect(order).toEqual(['a', 'b', 'c']);
  jobs.get('a')?.end();
  await settled();
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

test('stopping waits for what runs, drops what waits and takes nothing more', async () => {
  const lane = createLane(1);
  const [first, seen] = [held(), [] as string[]];
  lane.add('a', first.work);
  lane.add('b', async () => seen.push('b'));
  let isStopped = false;
  const stop = lane.stop().then(() => (isStopped = true));
  await settled();
  expect(isStopped).toBe(false);
  first.end();
  await stop;
  lane.add('c', async () => seen.push('c'));
  await settled();
  expect(seen).toEqual([]);
});
