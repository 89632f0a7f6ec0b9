import assert from 'node:assert';
import type { Entry } from '../../events/entry.ts';
import type { Limit, Position, Slice } from '../log/log.ts';

/**
 * The newest entries of a log that nobody has read yet, in memory: a live read never touches the disk. Entries go in once they are durable, in order; they go out when they were read, or
 * when there are too many. What stayed longer would only live to be copied by the garbage collector: half of all that grew old under load, when the last MiB stayed.
 */
export class Tail {
  readonly #entriesMax: number;
  readonly #bytesMax: () => number;
  readonly #entries: Entry[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;
  #end: Position;

  /** Empty; the next entry is at `end`. `bytesMax` is asked at each addition, as brokers share a budget. */
  constructor(end: Position, entriesMax: number, bytesMax: () => number) {
    this.#end = end;
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  /** The position of the oldest entry here, `end` if there is none. */
  get first(): Position {
    return this.#end - this.#entries.length;
  }

  get end(): Position {
    return this.#end;
  }

  /** `sizes[i]` are the bytes of `entries[i]` on disk. */
  add(entries: readonly Entry[], sizes: readonly number[]): void {
    for (let i = 0; i < entries.length; i += 1) {
      const entry = entries[i];
      const size = sizes[i];
      assert(entry && size !== undefined, 'each entry has its size');
      this.#entries.push(entry);
      this.#sizes.push(size);
      this.#bytes += size;
    }
    this.#end += entries.length;
    this.release(this.first + this.#excess());
  }

  /** How many of the oldest are too many. */
  #excess(): number {
    const bytesMax = this.#bytesMax();
    let count = Math.max(0, this.#entries.length - this.#entriesMax);
    let bytes = this.#bytes;
    for (let i = 0; i < this.#sizes.length && (i < count || bytes > bytesMax); i += 1) {
      bytes -= this.#sizes[i] ?? 0;
      count = Math.max(count, i + 1);
    }
    return count;
  }

  /** Lets go of what is before `position`: somebody has read it. */
  release(position: Position): void {
    const count = Math.min(position, this.#end) - this.first;
    if (count <= 0) return;
    this.#entries.splice(0, count);
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
  }

  /** Entries from `from`, which is at or after `first` and before `end`: at least one, as many as `max` allows. */
  slice(from: Position, max: Limit): Slice {
    const begin = from - this.first;
    let to = begin;
    let bytes = 0;
    while (
      to < this.#entries.length &&
      to - begin < max.entries &&
      (to === begin || bytes + (this.#sizes[to] ?? 0) <= max.bytes)
    ) {
      bytes += this.#sizes[to] ?? 0;
      to += 1;
    }
    return { first: from, entries: this.#entries.slice(begin, to), end: this.#end };
  }
}
