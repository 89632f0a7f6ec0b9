import type { Entry } from '../../events/entry.ts';

/** An entry with this id; all of them have the same key for `order: { by: 'partitionkey' }`. */
export function keyedEntry(id: string): Entry {
  return {
    event: {
      attributes: new Map([
        ['id', id],
        ['partitionkey', 'k'],
      ]),
    },
    hops: 1,
    receivedAtMs: 0,
  };
}
