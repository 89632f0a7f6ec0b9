import type { FetchedRecords } from '../../clients/kafka/group.ts';
import type { Assignment, PartitionOffset } from '../../clients/kafka/membership.ts';
import { type Clock, pause } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { PlacedRecord } from '../../events/kafka/record.ts';
import { partitionKey } from './offsets.ts';

/** One append at most. */
const APPEND_EVENTS = 500;
const APPEND_BYTES = 1024 * 1024;
/** Of one partition: appends under way or waiting for the one before them. */
const APPENDS_ORDERED = 2;
const APPENDS_UNORDERED = 8;
/** Of all partitions of a member. */
const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
/** What an event takes beside its data, about. */
const RECORD_BYTES = 256;
/** How often the membership is kept while records wait. */
const BEAT_MS = 1_000;

/** What a feed does with records. */
export interface FeedPorts {
  readonly clock: Clock;
  readonly ordered: boolean;
  /** Ends the feed too. */
  readonly signal: AbortSignal;
  readonly read: (record: PlacedRecord) => readonly CloudEvent[];
  /** Resolves when they are accepted; gives up when `signal` is aborted. */
  readonly offer: (events: readonly CloudEvent[], signal: AbortSignal) => Promise<void>;
  /** Told what an offer rejected with while the feed was not ended. */
  readonly failed: (error: unknown) => void;
}

/** An append: all before `next` is accepted once this one and those before it are. */
interface Append {
  readonly next: number;
  accepted: boolean;
}

interface Part {
  readonly topic: string;
  readonly partition: number;
  /** In their order; the accepted ones in front are taken away. */
  readonly appends: Append[];
  /** All before it is accepted. */
  accepted: number;
  committed: number;
  /** The next offset that a fetch will bring. */
  fetched: number;
  last: Promise<void>;
}

/** The records of what a member owns, from a rebalance to the next: given to the sink in appends, bounded, and remembered until they are accepted. */
export class KafkaFeed {
  readonly assignment: Assignment;
  readonly #ports: FeedPorts;
  readonly #parts: ReadonlyMap<string, Part>;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();
  #bytes = 0;
  #freed = new AbortController();

  constructor(assignment: Assignment, from: readonly PartitionOffset[], ports: FeedPorts) {
    this.assignment = assignment;
    this.#ports = ports;
    this.#signal = AbortSignal.any([ports.signal, this.#over.signal]);
    this.#parts = new Map(
      from.map((at) => [
        partitionKey(at),
        {
          topic: at.topic,
          partition: at.partition,
          appends: [],
          accepted: at.offset,
          committed: at.offset,
          fetched: at.offset,
          last: Promise.resolve(),
        },
      ]),
    );
  }

  /** Takes records over: resolves when all of them are on their way, waiting for room and calling `beat` meanwhile. */
  async take({ topic, partition, records, next }: FetchedRecords, beat: () => Promise<void>): Promise<void> {
    const part = this.#parts.get(partitionKey({ topic, partition }));
    if (!part) return;
    for (let from = 0; from < records.length;) {
      await this.#room(part, beat);
      if (this.#signal.aborted) return;
      const { events, bytes, to } = appendOf(records, from, this.#ports.read);
      from = to;
      const last = records[to - 1];
      this.#begin(part, { events, bytes, next: to === records.length || !last ? next : Number(last.offset) + 1 });
    }
    if (records.length === 0) this.#begin(part, { events: [], bytes: 0, next });
    part.fetched = next;
  }

  /** What is to be committed: of each partition where that moved, the lowest offset that is not accepted. */
  uncommitted(): readonly PartitionOffset[] {
    return this.#all().flatMap(({ topic, partition, accepted, committed }) =>
      accepted > committed ? [{ topic, partition, offset: accepted }] : [],
    );
  }

  /** They are committed. */
  committed(offsets: readonly PartitionOffset[]): void {
    for (const at of offsets) {
      const part = this.#parts.get(partitionKey(at));
      if (part) part.committed = Math.max(part.committed, at.offset);
    }
  }

  /** How many records are there that are not accepted, given the offsets that will be written next. */
  lag(next: readonly PartitionOffset[]): number {
    return next.reduce((sum, at) => {
      const part = this.#parts.get(partitionKey(at));
      return part ? sum + Math.max(0, at.offset - part.accepted) : sum;
    }, 0);
  }

  /** Records that went before they were fetched, given the first offsets that are there; counted once. */
  lost(first: readonly PartitionOffset[]): readonly (PartitionOffset & { readonly count: number })[] {
    return first.flatMap((at) => {
      const part = this.#parts.get(partitionKey(at));
      if (!part || at.offset <= part.fetched) return [];
      const count = at.offset - part.fetched;
      part.fetched = at.offset;
      return [{ ...at, count }];
    });
  }

  /** Resolves when nothing is under way, or after `delayMs`. */
  async settled(delayMs: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([Promise.all(this.#underWay), pause(this.#ports.clock, delayMs, over.signal)]);
    over.abort();
  }

  /** Gives up what is not accepted: whoever owns the partitions next reads it again. */
  end(): void {
    this.#over.abort();
    this.#freed.abort();
  }

  #all(): readonly Part[] {
    return [...this.#parts.values()];
  }

  async #room(part: Part, beat: () => Promise<void>): Promise<void> {
    const appendsMax = this.#ports.ordered ? APPENDS_ORDERED : APPENDS_UNORDERED;
    const full = (): boolean =>
      part.appends.length >= appendsMax || (this.#bytes >= IN_FLIGHT_BYTES && this.#underWay.size > 0);
    while (full() && !this.#signal.aborted) {
      this.#freed = new AbortController();
      await pause(this.#ports.clock, BEAT_MS, this.#freed.signal);
      if (!this.#signal.aborted) await beat();
    }
  }

  #begin(
    part: Part,
    { events, bytes, next }: { readonly events: readonly CloudEvent[]; readonly bytes: number; readonly next: number },
  ): void {
    const append: Append = { next, accepted: false };
    part.appends.push(append);
    if (events.length === 0) return this.#accepted(part, append);
    this.#bytes += bytes;
    const signal = this.#signal;
    const before = this.#ports.ordered ? part.last : Promise.resolve();
    // What comes after something that was given up is given up too: nobody overtakes in an ordered partition.
    const run = before.then(() => this.#ports.offer(events, signal));
    part.last = run;
    const done: Promise<void> = run
      .then(() => this.#accepted(part, append))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#ports.failed(error);
      })
      .finally(() => {
        this.#bytes -= bytes;
        this.#underWay.delete(done);
        this.#freed.abort();
      });
    this.#underWay.add(done);
  }

  #accepted(part: Part, append: Append): void {
    append.accepted = true;
    while (part.appends[0]?.accepted === true) part.accepted = part.appends.shift()?.next ?? part.accepted;
  }
}

function appendOf(
  records: readonly PlacedRecord[],
  from: number,
  read: FeedPorts['read'],
): { readonly events: readonly CloudEvent[]; readonly bytes: number; readonly to: number } {
  const events: CloudEvent[] = [];
  let bytes = 0;
  let to = from;
  for (; to < records.length && events.length < APPEND_EVENTS && bytes < APPEND_BYTES; to += 1) {
    const record = records[to];
    if (!record) break;
    for (const event of read(record)) events.push(event);
    bytes += (record.value?.length ?? 0) + RECORD_BYTES;
  }
  return { events, bytes, to };
}
