import type { Entry } from '../events/entry.ts';
import type { Progress } from '../events/verdict.ts';
import type { Channel } from './channel.ts';

/** Optional abilities of a channel: separate small interfaces, asked for with the functions at the end. */

/** How a subscription stands. */
export interface SubscriptionState {
  readonly name: string;
  /** Entries it has not settled: exact for what is evaluated, an upper bound for what is not yet. */
  readonly backlog: number;
  /** `receivedAtMs` of the oldest of them, where known. */
  readonly oldestMs?: number;
  readonly deadLetters: number;
  /** Declared in this process, and so evaluated and delivered once it is consumed. */
  readonly attached: boolean;
  /** Why it stands still though it is attached; its events wait. */
  readonly held?: 'dead-letters-full';
}

/** Can say how it stands. Cheap enough for every scrape. */
export interface Inspectable {
  subscriptions(): Promise<readonly SubscriptionState[]>;
  /** Bytes stored for this broker, and entries known to be lost to the engine below. */
  usage(): Promise<{ readonly bytes: number; readonly lost: number }>;
}

/** An event that could be delivered nowhere, with why. */
export interface DeadLetter {
  /** Unique on its channel; opaque. */
  readonly id: string;
  readonly subscription: string;
  readonly entry: Entry;
  readonly progress: Progress;
  readonly deadAtMs: number;
}

/** Keeps dead letters per subscription, also after `forget`. */
export interface DeadLetters {
  /** Oldest first, after `after` (an id). An unknown subscription has none. */
  list(subscription: string, page: { readonly after?: string; readonly limit: number }): Promise<readonly DeadLetter[]>;
  /** Delivers them to their subscription again, attempts counted anew. Rejects `dead-letter-unknown` (then none is redriven), `subscription-unknown`. */
  redrive(subscription: string, ids: readonly string[]): Promise<void>;
  /** Deletes them for good. Ids that are gone already are ignored. */
  discard(subscription: string, ids: readonly string[]): Promise<void>;
}

/** The channel as one that can say how it stands, or undefined: ask, never assume. */
export function inspectable(channel: Channel): (Channel & Inspectable) | undefined {
  return 'subscriptions' in channel && 'usage' in channel ? (channel as Channel & Inspectable) : undefined;
}

/** The channel as one that keeps dead letters, or undefined. */
export function deadLetters(channel: Channel): (Channel & DeadLetters) | undefined {
  return 'redrive' in channel && 'discard' in channel ? (channel as Channel & DeadLetters) : undefined;
}
