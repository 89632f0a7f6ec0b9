import type { Entry } from '../../events/entry.ts';
import { UnavailableError } from '../../events/errors.ts';
import { entryBytes } from './entry-bytes.ts';

/** An entry with what it weighs, and how many still need it: the retention, subscriptions, dead letters. */
export interface Stored {
  readonly entry: Entry;
  readonly bytes: number;
  holders: number;
}

/** What it costs to remember that one more needs an entry, its progress included. */
const HOLDER_BYTES = 256;

/** How much is kept of entries, and for how many. */
export interface EntryStoreLimits {
  /** Everything that is kept: entries, and 256 bytes for each subscription that needs one. */
  readonly bytesMax: number;
  /** How many of the last entries are kept for subscriptions declared later, as long as nothing else needs the space. */
  readonly retainedMax: number;
}

/** Counts what is kept: an entry is, once, as long as anything holds it. */
export class EntryStore {
  readonly #limits: EntryStoreLimits;
  readonly #retained = new Set<Stored>();
  #bytes = 0;

  constructor(limits: EntryStoreLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest first. */
  retained(): readonly Stored[] {
    return [...this.#retained];
  }

  /** Throws `channel-full` if there is no room for `entries` with so many `holders` in all. What is retained for later subscriptions gives way; what is pending or dead does not. */
  makeRoom(entries: readonly Entry[], holders: number): void {
    const needed = entries.reduce((sum, entry) => sum + entryBytes(entry) + HOLDER_BYTES, holders * HOLDER_BYTES);
    const { bytesMax } = this.#limits;
    while (this.#bytes + needed > bytesMax && this.#retained.size > 0) this.#retainOneLess();
    if (this.#bytes + needed <= bytesMax) return;
    const text = `memory channel: is full with ${this.#bytes} of ${bytesMax} bytes; wait for deliveries, or discard dead letters`;
    throw new UnavailableError('channel-full', text);
  }

  /** Keeps an entry for one holder, room or not. */
  add(entry: Entry): Stored {
    const stored = { entry, bytes: entryBytes(entry), holders: 0 };
    this.hold(stored);
    return stored;
  }

  /** Keeps an entry for subscriptions to come. */
  retain(entry: Entry): Stored {
    const stored = this.add(entry);
    this.#retained.add(stored);
    if (this.#retained.size > this.#limits.retainedMax) this.#retainOneLess();
    return stored;
  }

  hold(stored: Stored): Stored {
    this.#bytes += HOLDER_BYTES + (stored.holders === 0 ? stored.bytes : 0);
    stored.holders += 1;
    return stored;
  }

  letGo(stored: Stored): void {
    stored.holders -= 1;
    this.#bytes -= HOLDER_BYTES + (stored.holders === 0 ? stored.bytes : 0);
  }

  #retainOneLess(): void {
    const [oldest] = this.#retained;
    if (!oldest) return;
    this.#retained.delete(oldest);
    this.letGo(oldest);
  }
}
