import type { Entry } from '../../events/entry.ts';
import type { Interest } from '../../events/interest.ts';
import type { Order } from '../../events/order.ts';
import type { Start } from '../../events/start.ts';
import type { Progress } from '../../events/verdict.ts';
import type { DeadLetter } from '../abilities.ts';

/** An entry's place in one partition of a log: an integer that grows by one. */
export type Position = number;

/** A subscription as it is stored: what an owner must know to evaluate for it, but the predicate. */
export interface StoredSubscription {
  readonly name: string;
  readonly generation: number;
  readonly wants: Interest;
  readonly filter: string;
  readonly start: Start;
  readonly order: Order;
}

/** All logs of one broker. Embedded: one partition, always owned. Kafka: every replica appends, the group says who owns what. */
export interface Logs extends AsyncDisposable {
  /** As `Channel.append`; needs no ownership. */
  append(entries: readonly Entry[]): Promise<void>;
  /** Durable when resolved; a new one with its start position on every partition, a known one keeps its positions. */
  declare(subscription: StoredSubscription): Promise<void>;
  /** Durable when resolved: the subscription is no longer in the set. Its rows and position go by the engine's `remove`. */
  undeclare(name: string): Promise<void>;
  /** The whole set, then again after each change. Ends with `signal`. */
  subscriptions(signal: AbortSignal): AsyncIterable<readonly StoredSubscription[]>;
  /** Runs `run` for each partition that is owned, again when one is owned again; `lost` ends it. Resolves when `signal` is aborted and every `run` has ended. */
  own(run: (log: Log, lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** A dead letter as it is stored: with the position of its entry. */
export interface StoredLetter {
  readonly letter: DeadLetter;
  readonly position: Position;
}

/** The stored dead letters of all partitions; beside `Logs`, and needs no ownership. */
export interface Letters {
  /** Oldest first, after `after` (an id of that subscription). */
  letters(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly StoredLetter[]>;
  /** Those of the ids that exist. */
  lettersOf(subscription: string, ids: readonly string[]): Promise<readonly StoredLetter[]>;
  /** Bytes stored for this broker. */
  usedBytes(): Promise<number>;
}

/** One owned partition. After `lost` every call rejects. Calls may overlap; `write`s are carried out in the order they were made. */
export interface Log {
  /** What was written: positions and counts, O(subscriptions), of all or of those named; never the rows. */
  recover(subscriptions?: readonly string[]): Promise<Recovered>;
  /** Waits for at least one entry at or after `from`, then as many as there are within `max`. `slice.first > from` is a gap. The tail is served from memory. Empty only after abort. */
  read(from: Position, max: Limit, signal: AbortSignal): Promise<Slice>;
  /** Rows of one subscription, ordered by due time or by position. */
  rows(query: RowQuery, limit: number): Promise<readonly StoredRow[]>;
  /** All durable when resolved. Where it is not atomic, in this order: kept bytes, rows and dead letters, positions, removals, trim. */
  write(changes: readonly Change[]): Promise<void>;
  /** Entries below the position answered are past their retention, by age or by size, and may be trimmed once nothing needs them. */
  expired(): Promise<Position>;
}

/** How much one read takes at most; always at least one entry, however large. */
export interface Limit {
  readonly entries: number;
  readonly bytes: number;
}

/** Consecutive entries: `entries[i]` is at `first + i`. `end`: the position after the last entry that was durable when this was read. */
export interface Slice {
  readonly first: Position;
  readonly entries: readonly Entry[];
  readonly end: Position;
}

/** What `recover` finds. */
export interface Recovered {
  /** The first entry that is still there, and the position after the last. */
  readonly start: Position;
  readonly end: Position;
  /** W: below it, for every live subscription, each match is settled or has a row. */
  readonly watermark: Position;
  readonly subscriptions: readonly RecoveredSubscription[];
}

/** What is stored of one subscription, rows and dead letters as counts. */
export interface RecoveredSubscription {
  readonly name: string;
  /** Its own position if it is behind; the watermark counts for it otherwise. */
  readonly position?: Position;
  readonly rows: number;
  readonly dead: { readonly count: number; readonly bytes: number };
}

/** `due`: those with a due time up to and including `untilMs` first, by due time (a row without one is due at once); `position`: from `from` on, by position. */
export type RowQuery =
  | {
      readonly by: 'due';
      readonly subscription: string;
      readonly untilMs: number;
      readonly after?: { readonly dueMs: number; readonly position: Position };
    }
  | {
      readonly by: 'position';
      readonly subscription: string | '*';
      readonly from: Position;
      readonly before?: Position;
    };

/** What one subscription has not settled of one entry: a position, never bytes. `dueMs` is wall clock; without it the row is due at once, or, with a key, after its predecessors. */
export interface Row {
  readonly subscription: string;
  readonly position: Position;
  readonly generation: number;
  readonly key?: string;
  readonly dueMs?: number;
  readonly progress?: Progress;
  /** Its bytes are a copy that was kept, even if the log has an entry at this position (a redriven dead letter). */
  readonly kept?: true;
}

/** A row as `rows` answers it; with the copy of its entry, if there is one and only one row was asked for. */
export interface StoredRow extends Row {
  readonly entry?: Entry;
}

/** One thing to make durable; see `Log.write` for what holds when several are written together. */
export type Change =
  /** Where a subscription stands: its own position; without `next` the watermark counts for it from now on. `*` is the watermark itself. */
  | { readonly kind: 'position'; readonly subscription: string | '*'; readonly next?: Position }
  | { readonly kind: 'row'; readonly row: Row }
  /** A copy of an entry that rows still need: the log is about to lose it, or, with `subscription`, it is that one's redriven dead letter. */
  | { readonly kind: 'keep'; readonly position: Position; readonly entry: Entry; readonly subscription?: string }
  /** A dead letter: a copy of the entry; the row, if there is one, goes with it. */
  | { readonly kind: 'dead'; readonly letter: DeadLetter; readonly position: Position }
  | { readonly kind: 'discard'; readonly subscription: string; readonly ids: readonly string[] }
  /** The row of one entry; without `position` all rows and the position of the subscription. */
  | { readonly kind: 'remove'; readonly subscription: string; readonly position?: Position }
  /** Entries below may go. A subscription declared while this was on its way, from `earliest`, begins here: what was past its retention is not lost. */
  | { readonly kind: 'trim'; readonly before: Position };
