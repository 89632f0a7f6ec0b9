import { attribute, type CloudEvent } from '../../events/event.ts';
import type { Conjunction, Interest } from '../../events/interest.ts';

/**
 * Finds the items whose Interest may cover an event without looking at the others. Each conjunction is filed under one of its attributes, the one whose buckets are smallest, so an
 * event costs one look-up per attribute in use and the items it meets there. It over-approximates: whoever asks still matches.
 */
export class InterestIndex<T extends object> {
  readonly #everything = new Set<T>();
  readonly #buckets = new Map<string, Map<string, Set<T>>>();
  readonly #filed = new Map<T, Set<T>[]>();

  get size(): number {
    return this.#filed.size;
  }

  /** Files `item`, once; filing it again replaces what it was filed under. */
  add(item: T, interest: Interest): void {
    this.delete(item);
    const places = new Set<Set<T>>();
    const conjunctions: readonly Conjunction[] = interest === 'everything' ? [{}] : interest;
    for (const conjunction of conjunctions) {
      const anchor = this.#anchor(conjunction);
      if (anchor === undefined) places.add(this.#everything);
      else for (const value of conjunction[anchor] ?? []) places.add(this.#bucket(anchor, value));
    }
    for (const place of places) place.add(item);
    this.#filed.set(item, [...places]);
  }

  /** Takes `item` out; nothing happens if it is not filed. Empty buckets stay: names and values come from configuration, and the same ones come again. */
  delete(item: T): void {
    for (const place of this.#filed.get(item) ?? []) place.delete(item);
    this.#filed.delete(item);
  }

  /** Puts every item whose interest may cover `event` into `found`, each once. */
  candidates(event: CloudEvent, found: Set<T>): void {
    for (const item of this.#everything) found.add(item);
    for (const [name, values] of this.#buckets) {
      const value = attribute(event, name);
      const bucket = value === undefined ? undefined : values.get(value);
      if (bucket) for (const item of bucket) found.add(item);
    }
  }

  #anchor(conjunction: Conjunction): string | undefined {
    let best: string | undefined;
    let bestSize = Infinity;
    for (const [name, values] of Object.entries(conjunction)) {
      const size = Math.max(0, ...values.map((value) => this.#buckets.get(name)?.get(value)?.size ?? 0));
      if (size < bestSize) [best, bestSize] = [name, size];
    }
    return best;
  }

  #bucket(name: string, value: string): Set<T> {
    const values = this.#buckets.get(name) ?? new Map<string, Set<T>>();
    this.#buckets.set(name, values);
    const bucket = values.get(value) ?? new Set<T>();
    values.set(value, bucket);
    return bucket;
  }
}
