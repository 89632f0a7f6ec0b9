import type { Position } from '../log/log.ts';
import type { Segment } from './segment.ts';

/** What `expired` decides by. */
export interface Retention {
  readonly nowMs: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** The segments of one broker, oldest first: never none, and the last one is written to. */
export class Segments {
  readonly #list: Segment[];
  /** Of all but the active one. */
  #closedBytes: number;

  /** `found` holds at least one. */
  constructor(found: readonly Segment[]) {
    this.#list = [...found];
    this.#closedBytes = this.#list.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get active(): Segment {
    const last = this.#list.at(-1);
    if (!last) throw new Error('a log has no segment');
    return last;
  }

  /** The first position that is still there. */
  get start(): Position {
    return this.#list[0]?.first ?? 0;
  }

  get bytes(): number {
    return this.#closedBytes + this.active.bytes;
  }

  push(segment: Segment): void {
    this.#closedBytes += this.active.bytes;
    this.#list.push(segment);
  }

  /** The segment that holds `position`, the oldest if it is gone, the active one if it is yet to come. */
  holding(position: Position): Segment {
    return this.#list.findLast((segment) => segment.first <= position) ?? this.#list[0] ?? this.active;
  }

  /** The first position of each, oldest first. */
  get firsts(): readonly Position[] {
    return this.#list.map(({ first }) => first);
  }

  /** Where the segment after this one begins, if there is one. */
  nextFirst(segment: Segment): Position | undefined {
    return this.#list[this.#list.indexOf(segment) + 1]?.first;
  }

  /** The first position of the oldest segment that may hold an entry accepted at `timeMs` or later. */
  firstSince(timeMs: number): Position {
    const index = this.#list.findIndex((_, i) => (this.#list[i + 1]?.createdAtMs ?? Infinity) >= timeMs);
    return (this.#list[index] ?? this.active).first;
  }

  /** Up to where entries are past their retention, in whole segments, never the active one. */
  expired(r: Retention): Position {
    let bytes = this.bytes;
    let index = 0;
    for (; index < this.#list.length - 1; index += 1) {
      // Everything in a segment came before the next one was created.
      const newestMs = this.#list[index + 1]?.createdAtMs ?? r.nowMs;
      if (newestMs + r.retentionMs > r.nowMs && bytes <= r.retentionBytes) break;
      bytes -= this.#list[index]?.bytes ?? 0;
    }
    return (this.#list[index] ?? this.active).first;
  }

  /** Takes out the segments that lie wholly below `before`; the active one stays. */
  takeBelow(before: Position): readonly Segment[] {
    const count = this.#countBelow(before);
    const taken = this.#list.splice(0, count);
    for (const segment of taken) {
      segment.dropped = true;
      this.#closedBytes -= segment.bytes;
    }
    return taken;
  }

  /** What `start` would be after `takeBelow(before)`. */
  startAfter(before: Position): Position {
    return this.#list[this.#countBelow(before)]?.first ?? this.start;
  }

  #countBelow(before: Position): number {
    return Math.max(
      this.#list.findLastIndex((segment) => segment.first <= before),
      0,
    );
  }
}
