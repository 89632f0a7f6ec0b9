import type { Entry } from '../../events/entry.ts';
import type { Limit, Position, Slice } from '../log/log.ts';

const COMPACT_AT = 1024;

/** The newest entries of a log, in memory: live reads and early retries never touch the disk. Entries go in once they are durable, in order; the oldest go out. */
export class Tail {
  readonly #entriesMax: number;
  readonly #bytesMax: () => number;
  #entries: Entry[] = [];
  #sizes: number[] = [];
  /** How many at the beginning of the arrays are gone already. */
  #gone = 0;
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
    return this.#end - (this.#entries.length - this.#gone);
  }

  get end(): Position {
    return this.#end;
  }

  /** `sizes[i]` are the bytes of `entries[i]` on disk. */
  add(entries: readonly Entry[], sizes: readonly number[]): void {
    const bytesMax = this.#bytesMax();
    for (const [i, entry] of entries.entries()) {
      this.#entries.push(entry);
      this.#sizes.push(sizes[i] ?? 0);
      this.#bytes += sizes[i] ?? 0;
    }
    this.#end += entries.length;
    while (
      this.#entries.length - this.#gone > this.#entriesMax ||
      (this.#bytes > bytesMax && this.#gone < this.#entries.length)
    ) {
      this.#bytes -= this.#sizes[this.#gone] ?? 0;
      this.#gone += 1;
    }
    if (this.#gone >= COMPACT_AT || this.#gone === this.#entries.length) this.#compact();
  }

  /** Entries from `from`, which is at or after `first` and before `end`: at least one, as many as `max` allows. */
  slice(from: Position, max: Limit): Slice {
    const begin = this.#gone + from - this.first;
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
    return { first: from, entries: this.#entries.slice(begin, Math.max(to, begin + 1)), end: this.#end };
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#gone);
    this.#sizes = this.#sizes.slice(this.#gone);
    this.#gone = 0;
  }
}
