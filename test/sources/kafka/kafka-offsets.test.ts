import { expect, test } from 'vitest';
import type { PartitionOffset } from '../../../clients/kafka/membership.ts';
import { beginning, readCounts, savedCounts, type Beginning } from '../../../sources/kafka/offsets.ts';

const at = (partition: number, offset: number): PartitionOffset => ({ topic: 't', partition, offset });

function begun(more: Partial<Beginning>) {
  return beginning({
    partitions: [{ topic: 't', partition: 0 }],
    committed: [],
    first: [at(0, 3)],
    next: [at(0, 9)],
    initialOffset: 'latest',
    known: new Map(),
    ...more,
  });
}

test('a group that never read begins where it is told to, and commits that', () => {
  expect(begun({})).toEqual({ from: [at(0, 9)], commit: [at(0, 9)], lost: [] });
  expect(begun({ initialOffset: 'earliest' })).toEqual({ from: [at(0, 3)], commit: [at(0, 3)], lost: [] });
});

test('a group that read goes on where it was, and commits nothing', () => {
  expect(begun({ committed: [at(0, 5)] })).toEqual({ from: [at(0, 5)], commit: [], lost: [] });
});

test('what retention took is passed over, and counted', () => {
  expect(begun({ committed: [at(0, 1)] })).toEqual({
    from: [at(0, 3)],
    commit: [at(0, 3)],
    lost: [{ ...at(0, 3), count: 2 }],
  });
});

test('a partition that the topic did not have before is read from its beginning', () => {
  expect(begun({ known: new Map([['t', 0]]) }).from).toEqual([at(0, 3)]);
  expect(begun({ known: new Map([['t', 1]]) }).from).toEqual([at(0, 9)]);
});

test('a partition of which the ends are not known now is waited for', () => {
  expect(() => begun({ next: [] })).toThrow(/t: partition 0 has no leader now/);
});

test('the counts of partitions come back as they were saved; of anything else nothing does', () => {
  const counts = new Map([
    ['a', 3],
    ['b', 1],
  ]);
  expect(readCounts(savedCounts(counts))).toEqual(counts);
  for (const saved of [undefined, '', 'x', '7', 'null', '{"a":"b"}']) expect(readCounts(saved).size).toBe(0);
});
