import { expect, test } from 'vitest';
import { Inbox } from '../../sources/inbox.ts';

const NEVER = new AbortController().signal;
const LARGE = 5 * 1024 * 1024;

function inbox(): Inbox<number> {
  return new Inbox((bytes) => bytes);
}

test('what arrives together is taken together, in order, as soon as there is something', async () => {
  const box = inbox();
  const taken = box.take(NEVER);
  for (const bytes of [1, 2, 3]) box.add(bytes);
  expect(await taken).toEqual([1, 2, 3]);
  expect(box.size).toBe(0);
});

test('a batch is cut before it is too large, but for one that is so alone', async () => {
  const box = inbox();
  for (const bytes of [1, LARGE, 2, 3]) box.add(bytes);
  expect(await box.take(NEVER)).toEqual([1]);
  expect(await box.take(NEVER)).toEqual([LARGE]);
  expect(await box.take(NEVER)).toEqual([2, 3]);
});

test('nothing is taken once all is over', async () => {
  const box = inbox();
  const over = new AbortController();
  const taken = box.take(over.signal);
  over.abort();
  expect(await taken).toEqual([]);
  box.add(1);
  expect(await box.take(over.signal)).toEqual([]);
});
