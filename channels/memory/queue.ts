import type { Clock } from '../../events/clock.ts';
import type { Progress } from '../../events/verdict.ts';
import type { Stored } from './entry-store.ts';

/** One entry that one subscription has not settled. */
export interface Pending {
  readonly stored: Stored;
  /** Value of the attribute its subscription is ordered by. */
  readonly key: string | undefined;
  progress: Progress | undefined;
}

/**
 * What one subscription has not settled. Each pending entry is in one of four states:
 *
 *     blocked -> ready -> in flight -> settled
 *                  ^         |
 *                  +-- waiting (until it is due)
 *
 * Blocked: an earlier one of the same key is not settled. So of each key only the first is ever ready, in flight or waiting.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #due: () => void;
  readonly #all = new Set<Pending>();
  readonly #ready = new Fifo<Pending>();
  /** A key is here while one of it is unsettled; the value are those behind it. */
  readonly #blocked = new Map<string, Fifo<Pending>>();
  /** By the instant they are due, so that many that wait alike share a timer. */
  readonly #waiting = new Map<number, { readonly pending: Pending[]; readonly cancel: () => void }>();

  /** `due` is called when waiting entries have become ready. */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  get size(): number {
    return this.#all.size;
  }

  has(pending: Pending): boolean {
    return this.#all.has(pending);
  }

  /** When the one that is here longest was received; empty if there is none. */
  oldest(): { readonly oldestMs?: number } {
    const [first] = this.#all;
    return first ? { oldestMs: first.stored.entry.receivedAtMs } : {};
  }

  add(stored: Stored, key: string | undefined): void {
    const pending: Pending = { stored, key, progress: undefined };
    this.#all.add(pending);
    const behind = key === undefined ? undefined : this.#blocked.get(key);
    if (behind) return behind.push(pending);
    if (key !== undefined) this.#blocked.set(key, new Fifo());
    this.#ready.push(pending);
  }

  /** The next one that is ready; it is in flight until `wait` or `settle`. */
  take(): Pending | undefined {
    return this.#ready.shift();
  }

  /** Ready again once `delayMs` have passed; its key stays blocked. */
  wait(pending: Pending, delayMs: number): void {
    const dueMs = this.#clock.now() + delayMs;
    const others = this.#waiting.get(dueMs);
    if (others) return void others.pending.push(pending);
    const together = [pending];
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(dueMs);
      for (const one of together) this.#ready.push(one);
      this.#due();
    });
    this.#waiting.set(dueMs, { pending: together, cancel });
  }

  settle(pending: Pending): void {
    this.#all.delete(pending);
    if (pending.key === undefined) return;
    const next = this.#blocked.get(pending.key)?.shift();
    if (next) this.#ready.push(next);
    else this.#blocked.delete(pending.key);
  }

  /** Drops all and answers what that was. */
  clear(): readonly Pending[] {
    const all = [...this.#all];
    for (const { cancel } of this.#waiting.values()) cancel();
    for (const part of [this.#all, this.#ready, this.#blocked, this.#waiting]) part.clear();
    return all;
  }
}

/** First in, first out in constant time, also with a million inside: what is taken from is turned over only when it is empty. */
class Fifo<T> {
  #in: T[] = [];
  #out: T[] = [];

  push(item: T): void {
    this.#in.push(item);
  }

  shift(): T | undefined {
    if (this.#out.length === 0) [this.#in, this.#out] = [[], this.#in.reverse()];
    return this.#out.pop();
  }

  clear(): void {
    this.#in = [];
    this.#out = [];
  }
}
