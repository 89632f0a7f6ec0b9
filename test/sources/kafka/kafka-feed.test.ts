import { describe, expect, test } from 'vitest';
import type { Assignment } from '../../../clients/kafka/membership.ts';
import { cloudEvent } from '../../../events/attributes.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import type { PlacedRecord } from '../../../events/kafka/record.ts';
import { KafkaFeed } from '../../../sources/kafka/feed.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const NOBODY: Assignment = {
  partitions: [],
  committed: async () => [],
  ends: async () => [],
  count: () => 0,
  commit: async () => undefined,
};

/** A feed of partitions 0 and 1 of a topic, both from offset 10, and what it offers. */
function feeding({ ordered = true, empty = false } = {}) {
  const clock = new FakeClock(0);
  const offered: {
    readonly ids: readonly (string | undefined)[];
    readonly accept: () => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const failed: unknown[] = [];
  const over = new AbortController();
  const feed = new KafkaFeed(
    NOBODY,
    [0, 1].map((partition) => ({ topic: 't', partition, offset: 10 })),
    {
      clock,
      ordered,
      signal: over.signal,
      read: ({ offset }) => (empty ? [] : [event(offset)]),
      offer: (events) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        offered.push({ ids: events.map((one) => attribute(one, 'id')), accept: resolve, fail: reject });
        return promise;
      },
      failed: (error) => failed.push(error),
    },
  );
  return { clock, feed, offered, failed, over };
}

function event(id: string): CloudEvent {
  return cloudEvent({ specversion: '1.0', id, source: '/s', type: 't' });
}

function fetched(first: number, count: number, { partition = 0, next = first + count } = {}) {
  const records = Array.from({ length: count }, (_, n): PlacedRecord => ({
    topic: 't',
    partition,
    offset: `${first + n}`,
    timestamp: '0',
    value: null,
  }));
  return { topic: 't', partition, records, next };
}

const still = async (): Promise<void> => undefined;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a feed of Kafka', () => {
  test('gives what a fetch brought in one append, and commits it once it is accepted', async () => {
    const { feed, offered } = feeding();
    await feed.take(fetched(10, 3), still);
    await turn();
    expect(offered.map(({ ids }) => ids)).toEqual([['10', '11', '12']]);
    expect(feed.uncommitted()).toEqual([]);
    offered[0]?.accept();
    await turn();
    expect(feed.uncommitted()).toEqual([{ topic: 't', partition: 0, offset: 13 }]);
    feed.committed(feed.uncommitted());
    expect(feed.uncommitted()).toEqual([]);
  });

  test('commits below the lowest append that is not accepted, whatever is accepted above it', async () => {
    const { feed, offered } = feeding({ ordered: false });
    for (const first of [10, 12, 14]) await feed.take(fetched(first, 2), still);
    await turn();
    offered[1]?.accept();
    offered[2]?.accept();
    await turn();
    expect(feed.uncommitted()).toEqual([]);
    offered[0]?.accept();
    await turn();
    expect(feed.uncommitted()).toEqual([{ topic: 't', partition: 0, offset: 16 }]);
  });

  test('has one append of an ordered partition under way, and the other partitions do not wait for it', async () => {
    const { feed, offered } = feeding();
    await feed.take(fetched(10, 1), still);
    await feed.take(fetched(11, 1), still);
    await feed.take(fetched(20, 1, { partition: 1 }), still);
    await turn();
    expect(offered.map(({ ids }) => ids)).toEqual([['10'], ['20']]);
    offered[0]?.accept();
    await turn();
    expect(offered.map(({ ids }) => ids)).toEqual([['10'], ['20'], ['11']]);
  });

  test('passes what stands between records: control records, and what compaction took', async () => {
    const { feed, offered } = feeding();
    await feed.take(fetched(10, 1, { next: 15 }), still);
    await feed.take(fetched(15, 0, { next: 17 }), still);
    await turn();
    expect(feed.uncommitted()).toEqual([]);
    offered[0]?.accept();
    await turn();
    expect(feed.uncommitted()).toEqual([{ topic: 't', partition: 0, offset: 17 }]);
  });

  test('has nothing to offer of records that are none of its, and commits them', async () => {
    const { feed, offered } = feeding({ empty: true });
    await feed.take(fetched(10, 3), still);
    await turn();
    expect(offered).toEqual([]);
    expect(feed.uncommitted()).toEqual([{ topic: 't', partition: 0, offset: 13 }]);
  });

  test('takes no more than it may hold, and keeps the membership while it waits', async () => {
    const { clock, feed, offered } = feeding();
    let beats = 0;
    await feed.take(fetched(10, 1), still);
    await feed.take(fetched(11, 1), still);
    let taken = false;
    const third = feed.take(fetched(12, 1), async () => void (beats += 1)).then(() => (taken = true));
    await clock.advance(3_000);
    expect({ taken, beats }).toEqual({ taken: false, beats: 3 });
    offered[0]?.accept();
    await third;
    expect(taken).toBe(true);
  });

  test('passes on that the group is being rebalanced', async () => {
    const { clock, feed } = feeding();
    await feed.take(fetched(10, 1), still);
    await feed.take(fetched(11, 1), still);
    const third = feed
      .take(fetched(12, 1), () => Promise.reject(new Error('rebalancing')))
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await third).toEqual(new Error('rebalancing'));
  });

  test('tells of an offer that failed, and does not offer what stands behind it in an ordered partition', async () => {
    const { feed, offered, failed } = feeding();
    await feed.take(fetched(10, 1), still);
    await feed.take(fetched(11, 1), still);
    await turn();
    offered[0]?.fail(new Error('broken'));
    await turn();
    expect(failed[0]).toEqual(new Error('broken'));
    expect(offered).toHaveLength(1);
    expect(feed.uncommitted()).toEqual([]);
  });

  test('tells of nothing once it is ended, and lets go who waits', async () => {
    const { feed, offered, failed } = feeding();
    await feed.take(fetched(10, 1), still);
    await feed.take(fetched(11, 1), still);
    const waiting = feed.take(fetched(12, 1), still);
    await turn();
    feed.end();
    offered[0]?.fail(new Error('given up'));
    await waiting;
    await turn();
    expect(failed).toEqual([]);
    expect(feed.uncommitted()).toEqual([]);
  });

  test('knows how far behind it is, and counts once what went before it was fetched', async () => {
    const { feed, offered } = feeding();
    await feed.take(fetched(10, 2), still);
    await turn();
    const next = [{ topic: 't', partition: 0, offset: 15 }];
    expect(feed.lag(next)).toBe(5);
    offered[0]?.accept();
    await turn();
    expect(feed.lag(next)).toBe(3);
    const first = [{ topic: 't', partition: 0, offset: 14 }];
    expect(feed.lost(first)).toEqual([{ topic: 't', partition: 0, offset: 14, count: 2 }]);
    expect(feed.lost(first)).toEqual([]);
  });

  test('is settled when nothing is under way, and no later than it is asked to wait', async () => {
    const { clock, feed } = feeding();
    await feed.settled(400);
    await feed.take(fetched(10, 1), still);
    let settled = false;
    const waiting = feed.settled(400).then(() => (settled = true));
    await clock.advance(399);
    expect(settled).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(clock.pending).toBe(0);
  });
});
