import type { Message, Producer } from 'kafkajs';
import { type Clock, nextTurn } from '../../events/clock.ts';
import { RefusedError, UnavailableError, type ErrorCode } from '../../events/errors.ts';
import type { Log } from '../../events/log.ts';
import { type KafkaClient, openKafka } from './client.ts';
import type { KafkaConnection } from './connection.ts';
import { clientError, kafkaFailure } from './failure.ts';
import { inTime } from '../../events/in-time.ts';
import { Partitioner } from './partitioner.ts';

/** One send: below what a topic takes by default (1,048,588 bytes), with what Kafka puts around it. */
const SEND_RECORDS = 1_000;
const SEND_BYTES = 900_000;
const SENDS_IN_FLIGHT = 2;
/** What waits to be sent. */
const QUEUE_RECORDS = 10_000;
const QUEUE_BYTES = 32 * 1024 * 1024;
/** A send that takes longer has no answer: the client is thrown away, and another one made. */
const SEND_MS = 20_000;
const RECORD_BYTES = 64;

/** A record to write; without `partition` its key says where it goes. */
export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition?: number;
}

/** What a producer needs of the process; `who` names it in logs and to the server. */
export interface ProducerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly who: string;
  /** What it means to who writes that the topic cannot be written to: `sink-unavailable`, `channel-unavailable`. */
  readonly unavailable: ErrorCode;
}

interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly given: { up: boolean };
}

/**
 * Writes records into one topic. What comes together goes together: one send for all that gathered while two were on their way. Acknowledged by all in-sync replicas; never idempotent, as kafkajs may then lose order and
 * records. It connects with the first record, and anew after each loss. Disposal closes its connections and rejects what is under way.
 */
export class KafkaProducer implements AsyncDisposable {
  readonly #connection: KafkaConnection;
  readonly #topic: string;
  readonly #ports: ProducerPorts;
  readonly #partitioner = new Partitioner();
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #sends = 0;
  #closed = false;
  /** Aborted when it is closed: nobody waits for a server that says nothing. */
  readonly #end = new AbortController();
  #client: Promise<{ readonly client: KafkaClient; readonly producer: Producer }> | undefined;

  constructor(connection: KafkaConnection, topic: string, ports: ProducerPorts) {
    this.#connection = connection;
    this.#topic = topic;
    this.#ports = ports;
  }

  /**
   * Resolves when the record is written. Rejects `RefusedError` (`event-too-large`) or `UnavailableError` (`unavailable` of the ports, `overloaded`, `shutting-down`): then it may be written all the same. Rejects soon
   * after `signal` is aborted.
   */
  send(record: OutgoingRecord, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    if (signal.aborted) return Promise.reject(this.#unavailable('nobody waits for the record any more'));
    const bytes = sizeOf(record);
    if (this.#queue.length >= QUEUE_RECORDS || this.#bytes + bytes > QUEUE_BYTES)
      return Promise.reject(new UnavailableError('overloaded', `topic ${this.#topic}: too much waits to be written`));
    return new Promise((resolve, reject) => {
      const given = { up: false };
      const stop = (): void => {
        given.up = true;
        reject(this.#unavailable('nobody waits for the record any more'));
      };
      signal.addEventListener('abort', stop, { once: true });
      const settled = (): void => signal.removeEventListener('abort', stop);
      this.#queue.push({
        message: messageOf(record),
        bytes,
        given,
        resolve: () => (settled(), resolve()),
        reject: (error) => (settled(), reject(error)),
      });
      this.#bytes += bytes;
      if (this.#queue.length === 1) nextTurn(() => this.#next());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#end.abort();
    for (const waiting of this.#queue.splice(0)) waiting.reject(closed());
    await this.#drop();
  }

  #next(): void {
    while (this.#sends < SENDS_IN_FLIGHT && this.#queue.length > 0) {
      this.#sends += 1;
      void this.#write(this.#take()).finally(() => {
        this.#sends -= 1;
        this.#next();
      });
    }
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (count > 0 && (count >= SEND_RECORDS || bytes + waiting.bytes > SEND_BYTES)) break;
      bytes += waiting.bytes;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#queue.splice(0, count).filter(({ given }) => !given.up);
  }

  /** Never rejects: each that waits is told. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const stored = await this.#send(batch.map(({ message }) => message));
      for (const waiting of batch) {
        if (stored.has(this.#partitioner.of(waiting.message) ?? -1)) waiting.resolve();
        // kafkajs passes over what is for a partition that it does not know, and says nothing.
        else waiting.reject(this.#unavailable('the partition is not known yet'));
      }
    } catch (error) {
      const { type } = clientError(error);
      const tooLarge = type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
      // One of them is too large, or all of them together for this topic.
      if (tooLarge && batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await this.#write(batch.slice(0, half));
        return this.#write(batch.slice(half));
      }
      const failure = tooLarge
        ? this.#tooLarge(error)
        : kafkaFailure(error, this.#connection.brokers, { code: this.#ports.unavailable });
      for (const waiting of batch) waiting.reject(failure);
    }
  }

  /** The partitions that have acknowledged. */
  async #send(messages: Message[]): Promise<ReadonlySet<number>> {
    const { producer } = await this.#connected();
    this.#partitioner.sending(messages);
    const late = (): Error => {
      void this.#drop();
      return this.#unavailable(`no answer within ${SEND_MS / 1000} s`);
    };
    const sent = producer.send({ topic: this.#topic, acks: -1, messages });
    const answers = await inTime(sent, this.#ports.clock, { delayMs: SEND_MS, late });
    return new Set(answers.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition));
  }

  #connected(): Promise<{ readonly client: KafkaClient; readonly producer: Producer }> {
    if (this.#closed) return Promise.reject(closed());
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #connect(): Promise<{ readonly client: KafkaClient; readonly producer: Producer }> {
    const client = await openKafka(this.#connection, this.#ports);
    const over = new AbortController();
    try {
      const producer = client.kafka.producer({
        createPartitioner: this.#partitioner.create(client.kafkajs),
        allowAutoTopicCreation: false,
        metadataMaxAge: 60_000,
      });
      const late = (): Error => this.#unavailable(`not connected within ${SEND_MS / 1000} s`);
      const connecting = inTime(producer.connect(), this.#ports.clock, { delayMs: SEND_MS, late });
      const ended = new Promise<never>((_, reject) => {
        if (this.#closed) reject(closed());
        this.#end.signal.addEventListener('abort', () => reject(closed()), { signal: over.signal });
      });
      await Promise.race([connecting, ended]);
      return { client, producer };
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    } finally {
      over.abort();
    }
  }

  async #drop(): Promise<void> {
    const dropped = this.#client;
    this.#client = undefined;
    const open = await dropped?.catch(() => undefined);
    open?.client[Symbol.dispose]();
  }

  #unavailable(why: string): UnavailableError {
    return new UnavailableError(this.#ports.unavailable, `topic ${this.#topic}: ${why}; it is tried again`);
  }

  #tooLarge(cause: unknown): RefusedError {
    return new RefusedError(
      'event-too-large',
      `topic ${this.#topic}: the record is larger than it takes; raise its max.message.bytes, or send smaller events`,
      { cause },
    );
  }
}

function messageOf({ key, value, headers, partition }: OutgoingRecord): Message {
  return {
    key,
    value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { ...headers },
    ...(partition === undefined ? {} : { partition }),
  };
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + 3 * (headers[name]?.length ?? 0);
  return bytes;
}

function closed(): UnavailableError {
  return new UnavailableError('shutting-down', 'the topic is being closed; send it again');
}
