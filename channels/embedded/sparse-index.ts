import type { Position } from '../log/log.ts';

/** Where a record begins in its segment. */
export interface Spot {
  readonly position: Position;
  readonly offset: number;
}

const STRIDE_BYTES = 16 * 1024;
const RECENT_MAX = 16;

/**
 * Where records of one segment are, one for every 16 KiB (32 KiB of memory for a full segment), learned as the segment is written or read; beside it the places where the last reads ended,
 * so that reading on costs no searching.
 */
export class SparseIndex {
  readonly #first: Spot;
  readonly #positions: Position[];
  readonly #offsets: number[];
  readonly #recent: Spot[] = [];

  constructor(first: Spot) {
    this.#first = first;
    this.#positions = [first.position];
    this.#offsets = [first.offset];
  }

  /** Learns of a record; only those beyond what is known, at least a stride on, are kept. */
  add(position: Position, offset: number): void {
    if (offset - (this.#offsets.at(-1) ?? 0) < STRIDE_BYTES) return;
    this.#positions.push(position);
    this.#offsets.push(offset);
  }

  /** A read ended before this record: the next one probably begins here. */
  resumeAt(spot: Spot): void {
    if (this.#recent.length >= RECENT_MAX) this.#recent.shift();
    this.#recent.push(spot);
  }

  /** The nearest known place at or before `position`. */
  before(position: Position): Spot {
    for (const spot of this.#recent) if (spot.position === position) return spot;
    let low = 0;
    let high = this.#positions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#positions[middle] ?? Infinity) <= position) low = middle;
      else high = middle - 1;
    }
    return { position: this.#positions[low] ?? this.#first.position, offset: this.#offsets[low] ?? this.#first.offset };
  }
}
