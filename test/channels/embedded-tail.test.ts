import { expect, test } from 'vitest';
import { Tail } from '../../channels/embedded/tail.ts';
import { entry } from './embedded-entries.ts';
import { ALL } from './embedded-world.ts';

const four = ['a', 'b', 'c', 'd'].map((id) => entry(id));

function ids(tail: Tail, from: number): unknown[] {
  return tail.slice(from, ALL).entries.map(({ event }) => event.attributes.get('id'));
}

test('what was read leaves memory, what comes later stays', () => {
  const tail = new Tail(10, 100, () => 1000);
  tail.add(four, [1, 1, 1, 1]);
  expect([tail.first, tail.end, ids(tail, 11)]).toEqual([10, 14, ['b', 'c', 'd']]);
  tail.release(12);
  tail.release(11);
  expect([tail.first, ids(tail, 12)]).toEqual([12, ['c', 'd']]);
  tail.release(99);
  expect([tail.first, tail.end]).toEqual([14, 14]);
  tail.add(four.slice(0, 1), [1]);
  expect([tail.first, ids(tail, 14)]).toEqual([14, ['a']]);
});

test('the oldest go when there are too many, or too many bytes', () => {
  const tail = new Tail(0, 3, () => 10);
  tail.add(four, [1, 1, 1, 1]);
  expect(tail.first).toBe(1);
  tail.add(four.slice(0, 1), [9]);
  expect([tail.first, ids(tail, 3)]).toEqual([3, ['d', 'a']]);
  tail.add(four.slice(0, 1), [11]);
  expect([tail.first, tail.end]).toEqual([6, 6]);
});

test('a slice takes at least one, and no more than it may', () => {
  const tail = new Tail(0, 100, () => 1000);
  tail.add(four, [5, 5, 5, 5]);
  expect(tail.slice(1, { entries: 2, bytes: Infinity }).entries).toHaveLength(2);
  expect(tail.slice(1, { entries: 10, bytes: 10 }).entries).toHaveLength(2);
  expect(tail.slice(1, { entries: 10, bytes: 1 }).entries).toHaveLength(1);
});
