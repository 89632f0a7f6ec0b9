import type { PartitionOffset, TopicPartition } from '../../clients/kafka/membership.ts';
import { UnavailableError } from '../../events/errors.ts';

/** What is known when partitions come to a member. */
export interface Beginning {
  readonly partitions: readonly TopicPartition[];
  readonly committed: readonly PartitionOffset[];
  /** The first offsets that are there. */
  readonly first: readonly PartitionOffset[];
  /** The offsets that will be written next; may be empty if every partition has a committed one. */
  readonly next: readonly PartitionOffset[];
  readonly initialOffset: 'earliest' | 'latest';
  /** How many partitions each topic had when this source read it first. */
  readonly known: ReadonlyMap<string, number>;
}

/** Where each partition is read from, what of that must be committed first, and how many records were gone before anybody read them. */
export interface Begun {
  readonly from: readonly PartitionOffset[];
  readonly commit: readonly PartitionOffset[];
  readonly lost: readonly (PartitionOffset & { readonly count: number })[];
}

/**
 * Where to begin. A partition without an offset of the group: as `initialOffset` says, but one that the topic did not have before is new, and read from its beginning. A committed offset that retention has passed
 * over goes on at the first that is there. Throws `source-unavailable` for a partition of which the ends are not known. Pure.
 */
export function beginning({ partitions, committed, first, next, initialOffset, known }: Beginning): Begun {
  const [committedAt, firstAt, nextAt] = [committed, first, next].map(byPartition);
  const result: { from: PartitionOffset[]; commit: PartitionOffset[]; lost: (PartitionOffset & { count: number })[] } =
    {
      from: [],
      commit: [],
      lost: [],
    };
  for (const { topic, partition } of partitions) {
    const key = partitionKey({ topic, partition });
    const [was, oldest, newest] = [committedAt?.get(key), firstAt?.get(key), nextAt?.get(key)];
    const fresh = partition >= (known.get(topic) ?? Number.POSITIVE_INFINITY);
    const begin = initialOffset === 'earliest' || fresh ? oldest : newest;
    const offset = was === undefined ? begin : Math.max(was, oldest ?? was);
    if (offset === undefined)
      throw new UnavailableError('source-unavailable', `${topic}: partition ${partition} has no leader now`);
    result.from.push({ topic, partition, offset });
    if (offset !== was) result.commit.push({ topic, partition, offset });
    if (was !== undefined && offset > was) result.lost.push({ topic, partition, offset, count: offset - was });
  }
  return result;
}

/** A partition as a key. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function byPartition(offsets: readonly PartitionOffset[]): ReadonlyMap<string, number> {
  return new Map(offsets.map((at) => [partitionKey(at), at.offset]));
}

/** How many partitions each topic had, as it is saved. */
export function savedCounts(counts: ReadonlyMap<string, number>): string {
  return JSON.stringify(Object.fromEntries(counts));
}

/** What `savedCounts` saved; of anything else, nothing. */
export function readCounts(saved: string | undefined): Map<string, number> {
  try {
    const parsed: unknown = JSON.parse(saved ?? '{}');
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    return new Map(entries.flatMap(([topic, count]) => (Number.isInteger(count) ? [[topic, Number(count)]] : [])));
  } catch {
    return new Map();
  }
}
