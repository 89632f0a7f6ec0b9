import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type Clock, pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { PlacedRecord } from '../../events/kafka/record.ts';
import type { KafkaClient } from './client.ts';
import { inTime } from '../../events/in-time.ts';
import { awaitRebalances, type Rebalancing } from './membership.ts';

/** A member that is silent this long is taken for dead by the group. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** How long the group waits for its members when it is rebalanced. */
const REBALANCE_MS = 10_000;
/** How long a fetch may wait for records: heartbeats, rebalances and leaving wait as long. */
const FETCH_WAIT_MS = 250;
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const PARTITION_BYTES_MAX = 1024 * 1024;
/** New partitions are noticed this late at the most. */
const METADATA_MS = 60_000;
/** Nothing heard of the consumer for this long: it has stopped for good, and says nothing of it. [kafkajs#1443] */
const SILENT_MS = 45_000;
/** Connecting, finding the topics, joining; a member that died must be missed first. */
const BEGIN_MS = 60_000;
/** Of leaving the group when it is to stop, and then of ending the client. */
const LEAVE_MS = 150;

/** Which group reads which topics. */
export interface GroupOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly clock: Clock;
  /** Leaves when it is aborted. */
  readonly signal: AbortSignal;
}

/** Records of one partition, in their order, as one fetch brought them. */
export interface FetchedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly PlacedRecord[];
  /** The offset after the last of them, control records and what compaction took included. */
  readonly next: number;
}

/** What is done with what a member reads. */
export interface GroupReader extends Rebalancing {
  /**
   * Takes records over; what is fetched next waits until it resolves. Whoever waits here longer than a second calls `beat` about each second: it keeps the membership, and rejects when the group is being rebalanced; that
   * is to be passed on. Records that come again after a rebalance are those above what was committed.
   */
  records(fetched: FetchedRecords, beat: () => Promise<void>): Promise<void>;
}

/**
 * Reads topics as a member of a group until `signal` is aborted; then it leaves. Nothing is committed but by the reader. Only committed transactions are seen. Rejects when the connection is lost, after a few
 * tries, and when kafkajs falls silent: then begin anew with another client. An offset that is not there any more goes on at the first that is.
 */
export async function readGroup(client: KafkaClient, options: GroupOptions, reader: GroupReader): Promise<void> {
  const { clock, signal } = options;
  const { consumer, leave } = consumerOf(client, options, reader);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const heard = { atMs: clock.now() };
  consumer.on(consumer.events.CRASH, ({ payload }) => lost.reject(payload.error));
  for (const event of [consumer.events.FETCH_START, consumer.events.HEARTBEAT, consumer.events.GROUP_JOIN])
    consumer.on(event, () => void (heard.atMs = clock.now()));
  const over = new AbortController();
  const late = (): Error =>
    new UnavailableError('source-unavailable', `Kafka did not let it join group ${options.groupId} in time`);
  try {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    const begun = inTime(begin(consumer, options, reader), clock, { delayMs: BEGIN_MS, late }).then(() => aborted);
    await Promise.race([aborted, lost.promise, begun, silent(clock, heard, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
    await reader.revoked();
    await soon(leave(), clock);
    await soon(consumer.disconnect(), clock);
  }
}

function consumerOf(
  client: KafkaClient,
  options: GroupOptions,
  reader: GroupReader,
): { readonly consumer: Consumer; leave(): Promise<void> } {
  const { kafkajs, kafka } = client;
  let member: { leave(): Promise<void> } | undefined;
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytes: FETCH_BYTES_MAX,
    maxBytesPerPartition: PARTITION_BYTES_MAX,
    metadataMaxAge: METADATA_MS,
    allowAutoTopicCreation: false,
    // Begun anew by whoever reads, who says so and waits longer each time.
    // A cluster without any group yet needs a second or two until the first one has a coordinator.
    retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    partitionAssigners: [
      (config) => {
        member = awaitRebalances(config.cluster, kafkajs, reader);
        return kafkajs.PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return { consumer, leave: async () => member?.leave() };
}

async function begin(consumer: Consumer, { topics }: GroupOptions, reader: GroupReader): Promise<void> {
  await consumer.connect();
  // What nobody committed, and what is not there any more, is read from the beginning: never is anything passed over.
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: (payload) => hand(payload, reader),
  });
}

async function hand({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload, reader: GroupReader) {
  if (!isRunning() || isStale()) return;
  const { topic, partition, messages } = batch;
  const lastOffset = batch.lastOffset();
  const records = messages.map((message) => placed(message, topic, partition));
  await reader.records({ topic, partition, records, next: Number(lastOffset) + 1 }, heartbeat);
  resolveOffset(lastOffset);
}

function placed(message: KafkaMessage, topic: string, partition: number): PlacedRecord {
  const { key, value, headers, offset, timestamp } = message;
  return headers
    ? { topic, partition, offset, timestamp, key, value, headers }
    : { topic, partition, offset, timestamp, key, value };
}

/** Rejects once nothing was heard for too long; pending for ever after `signal`. */
async function silent(clock: Clock, heard: { readonly atMs: number }, signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause(clock, SILENT_MS / 3, signal);
    if (signal.aborted) return new Promise<never>(() => undefined);
    if (clock.now() - heard.atMs > SILENT_MS)
      throw new UnavailableError('source-unavailable', `the client fell silent for ${SILENT_MS / 1000} s`);
  }
}

// Whoever cannot leave is missed after the session's time; the connections are closed by their owner.
async function soon(work: Promise<unknown>, clock: Clock): Promise<void> {
  const late = (): Error => new UnavailableError('source-unavailable', 'leaving the group took too long');
  await inTime(work, clock, { delayMs: LEAVE_MS, late }).catch(() => undefined);
}
