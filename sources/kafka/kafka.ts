import { openKafka } from '../../clients/kafka/client.ts';
import type { KafkaConnection } from '../../clients/kafka/connection.ts';
import { kafkaFailure } from '../../clients/kafka/failure.ts';
import { inTime } from '../../events/in-time.ts';
import { type GroupReader, readGroup } from '../../clients/kafka/group.ts';
import type { Assignment, PartitionOffset } from '../../clients/kafka/membership.ts';
import type { KafkaReading } from '../../crds/kafka-source.ts';
import { pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { PlacedRecord } from '../../events/kafka/record.ts';
import { KafkaFeed } from './feed.ts';
import { beginning, readCounts, savedCounts } from './offsets.ts';
import { offer, type OfferPorts } from '../offer.ts';
import type { Source, SourceContext } from '../source.ts';
import { sourceKey } from '../source-key.ts';

/** What is accepted is committed this late. */
const COMMIT_MS = 500;
/** So many commits may fail one after the other. */
const COMMIT_FAILURES_MAX = 20;
/** How long a rebalance, and stopping, wait for what is under way, and then for the commit. */
const SETTLE_MS = 400;
const LAST_COMMIT_MS = 150;
const LAG_MS = 10_000;

/** A source that reads topics. Another kind reads its records otherwise: `read` says what a record is, an empty list that it is none of its. It must not throw. */
export interface KafkaSourceConfig
  extends OfferPorts, Omit<KafkaReading, 'bootstrapServers' | 'net' | 'consumerGroup'> {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly read: (record: PlacedRecord) => readonly CloudEvent[];
}

/**
 * Emits the records of topics as members of a consumer group. Position: the group's committed offsets, below the lowest record that is not accepted. Where a group has none it is committed before anything is read, so
 * `latest` holds from then on, whatever happens to this process. Weir's own position keeps how many partitions the topics had at first: one that comes later is read from its beginning. An ordered partition has one append
 * under way, an unordered one several. Rejects `source-unavailable` when the connection is lost.
 */
export const kafkaSource: Source<KafkaSourceConfig> = async (config, context) => {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const shared: Shared = {
    config,
    context,
    signal,
    known: readCounts(context.position),
    lags: [],
    assigned: new Set(),
  };
  const members = Array.from({ length: config.consumers }, (_, index) => runMember(shared, index));
  try {
    await Promise.all(members);
  } finally {
    over.abort();
    await Promise.allSettled(members);
  }
};

interface Shared {
  readonly config: KafkaSourceConfig;
  readonly context: SourceContext;
  /** Aborted when the source is to stop, or one of its members has failed. */
  readonly signal: AbortSignal;
  readonly known: Map<string, number>;
  /** By member. */
  readonly lags: number[];
  readonly assigned: Set<number>;
}

async function runMember(shared: Shared, index: number): Promise<void> {
  const { config, signal } = shared;
  const { connection, log, namespace, kind, name, group, topics, clock } = config;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const member = new Member(shared, index);
  try {
    using client = await openKafka(connection, { log, who: sourceKey({ namespace, kind, name }) });
    const reading = readGroup(client, { groupId: group, topics, clock, signal: ended }, member);
    try {
      await Promise.race([reading, member.failed, member.commits(ended), member.lags(ended)]);
    } finally {
      over.abort();
      await Promise.allSettled([reading]);
    }
  } catch (error) {
    throw kafkaFailure(error, connection.brokers, { code: 'source-unavailable', topics });
  }
}

class Member implements GroupReader {
  /** Rejects with what ends the member, if the sink does. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  readonly #shared: Shared;
  readonly #index: number;
  #feed: KafkaFeed | undefined;

  constructor(shared: Shared, index: number) {
    this.#shared = shared;
    this.#index = index;
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.#fail = failed.reject;
    failed.promise.catch(() => undefined);
  }

  async revoked(): Promise<void> {
    const feed = this.#feed;
    if (!feed) return;
    const { clock } = this.#shared.config;
    await feed.settled(SETTLE_MS);
    const late = (): Error => new UnavailableError('source-unavailable', 'the commit took too long');
    // Not committed = read again: nothing else is lost by it.
    await inTime(this.#commit(feed), clock, { delayMs: LAST_COMMIT_MS, late }).catch(() => undefined);
    feed.end();
    if (this.#feed === feed) this.#feed = undefined;
  }

  async assigned(assignment: Assignment): Promise<void> {
    const { config, context, known, assigned, signal } = this.#shared;
    const { initialOffset, topics, ordering, clock, read } = config;
    const committed = await assignment.committed();
    const first = await assignment.ends('first');
    const next = committed.length < assignment.partitions.length ? await assignment.ends('next') : [];
    const { partitions } = assignment;
    // Never counted anew: another member, of this process or the next, may yet have to commit a partition that came later.
    const unseen = topics.filter((topic) => !known.has(topic));
    for (const topic of unseen) known.set(topic, assignment.count(topic));
    if (unseen.length > 0) await context.save(savedCounts(known));
    const begun = beginning({ partitions, committed, first, next, initialOffset, known });
    await assignment.commit(begun.commit);
    this.#gone(begun.lost);
    this.#feed?.end();
    this.#feed = new KafkaFeed(assignment, begun.from, {
      clock,
      ordered: ordering === 'ordered',
      read,
      signal,
      offer: (events, over) => offer(events, { emit: (several) => context.emit(several), signal: over }, config),
      failed: this.#fail,
    });
    assigned.add(this.#index);
    if (assigned.size === config.consumers)
      context.tell({ reached: ['ConnectionEstablished', 'InitialOffsetsCommitted'] });
  }

  async records(...[fetched, beat]: Parameters<GroupReader['records']>): Promise<void> {
    await this.#feed?.take(fetched, beat);
  }

  /** Commits what is accepted, again and again. Rejects when that fails for long; pending for ever after `signal`. */
  async commits(signal: AbortSignal): Promise<never> {
    for (let failures = 0; !signal.aborted;) {
      await pause(this.#shared.config.clock, COMMIT_MS, signal);
      const feed = this.#feed;
      if (signal.aborted || !feed) continue;
      try {
        await this.#commit(feed);
        failures = 0;
      } catch (error) {
        // After a rebalance it is another feed's: the group refuses what this one would commit.
        if (feed !== this.#feed) continue;
        failures += 1;
        if (failures >= COMMIT_FAILURES_MAX) throw error;
      }
    }
    return new Promise<never>(() => undefined);
  }

  /** Tells how far behind it is, again and again. Never rejects: who fetches says what is wrong. */
  async lags(signal: AbortSignal): Promise<never> {
    const { lags, context, config } = this.#shared;
    while (!signal.aborted) {
      const feed = this.#feed;
      const ends =
        feed &&
        (await Promise.all([feed.assignment.ends('next'), feed.assignment.ends('first')]).catch(() => undefined));
      if (feed && ends && feed === this.#feed) {
        lags[this.#index] = feed.lag(ends[0]);
        context.tell({ lag: lags.reduce((sum, lag) => sum + (lag ?? 0), 0) });
        this.#gone(feed.lost(ends[1]));
      }
      await pause(config.clock, feed ? LAG_MS : COMMIT_MS, signal);
    }
    return new Promise<never>(() => undefined);
  }

  async #commit(feed: KafkaFeed): Promise<void> {
    const offsets = feed.uncommitted();
    await feed.assignment.commit(offsets);
    feed.committed(offsets);
  }

  #gone(lost: readonly (PartitionOffset & { readonly count: number })[]): void {
    const { config, context } = this.#shared;
    for (const { topic, partition, offset, count } of lost) {
      context.tell({ skipped: count });
      const source = sourceKey(config);
      config.log.error('source.gap', { source, topic, partition, lost: count, goesOnAt: offset });
    }
  }
}
