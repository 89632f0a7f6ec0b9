import type { Entry } from '../../events/entry.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Subscription } from '../channel.ts';
import type {
  Change,
  Limit,
  Position,
  RecoveredSubscription,
  RowQuery,
  Slice,
  StoredRow,
  StoredSubscription,
} from './log.ts';
import type { Item, Scan, State, Sub } from './state.ts';

/** Everything that can happen to a partition. */
export type Input =
  /** A subscription this partition did not know, with what it stored of it. */
  | { readonly kind: 'learned'; readonly stored: StoredSubscription; readonly recovered: RecoveredSubscription }
  /** This process was given the predicate. */
  | { readonly kind: 'attached'; readonly subscription: Subscription }
  | { readonly kind: 'consumers'; readonly name: string; readonly count: number }
  | { readonly kind: 'forgotten'; readonly name: string }
  | { readonly kind: 'slice'; readonly scan: Scan; readonly slice: Slice }
  /** The bytes for a delivery; undefined: the log lost them. */
  | { readonly kind: 'fetched'; readonly sub: Sub; readonly item: Item; readonly entry: Entry | undefined }
  | {
      readonly kind: 'rows';
      readonly sub: Sub;
      readonly query: RowQuery;
      readonly rows: readonly StoredRow[];
      readonly limit: number;
    }
  | { readonly kind: 'verdict'; readonly sub: Sub; readonly item: Item; readonly verdict: Verdict }
  | { readonly kind: 'written' }
  /** Dead letters became rows again, with copies of their bytes: durable already. */
  | {
      readonly kind: 'redriven';
      readonly name: string;
      readonly rows: readonly { readonly position: Position; readonly key?: string }[];
    }
  | { readonly kind: 'discarded'; readonly name: string; readonly count: number; readonly bytes: number }
  | { readonly kind: 'expired'; readonly before: Position }
  | { readonly kind: 'trim-rows'; readonly rows: readonly StoredRow[]; readonly limit: number }
  | { readonly kind: 'trim-fetched'; readonly position: Position; readonly entry: Entry | undefined }
  /** An append found no room: what is past its retention may go now. */
  | { readonly kind: 'full' }
  /** Writes what could wait: positions, removals. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'tick' };

/** Everything a partition asks for. Each `read`, `fetch`, `rows`, `deliver`, `write`, `expired` is answered by one input of its name. */
export type Effect =
  | { readonly kind: 'read'; readonly scan: Scan; readonly from: Position; readonly max: Limit }
  | { readonly kind: 'fetch'; readonly sub: Sub; readonly item: Item }
  | { readonly kind: 'rows'; readonly sub: Sub; readonly query: RowQuery; readonly limit: number }
  /** `item.entry` and `item.progress` are what is delivered. */
  | { readonly kind: 'deliver'; readonly sub: Sub; readonly item: Item }
  /** One at a time; the next is asked for after `written`. */
  | { readonly kind: 'write'; readonly changes: readonly Change[] }
  | { readonly kind: 'expired' }
  | { readonly kind: 'trim-rows'; readonly from: Position; readonly before: Position; readonly limit: number }
  | { readonly kind: 'trim-fetch'; readonly position: Position; readonly subscription: string }
  /** Entries that no subscription wants. */
  | { readonly kind: 'unrouted'; readonly count: number }
  /** Entries that the log below lost before they were evaluated or settled. */
  | { readonly kind: 'lost'; readonly count: number; readonly from: Position };

/** One step under way. */
export interface Turn {
  readonly state: State;
  readonly nowMs: number;
  readonly effects: Effect[];
}
