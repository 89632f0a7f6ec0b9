import type { Entry } from './entry.ts';

/** Who an attempt was made to: the trigger's subscriber, or the dead letter sink once that was given up. */
export type Stage = 'subscriber' | 'dead-letter-sink';

/** One request that failed. `status` or `error`, never both; `answer` is the base64 of the first 1,024 bytes of the response body, kept of the subscriber's last attempt only. */
export interface Attempt {
  readonly stage: Stage;
  readonly atMs: number;
  readonly tookMs: number;
  readonly status?: number;
  readonly error?: string;
  readonly answer?: string;
}

/** What is kept of a delivery between attempts: at most 2 KiB as JSON, opaque to a channel. */
export interface Progress {
  readonly stage: Stage;
  /** Failed attempts in this stage. */
  readonly attempts: number;
  /** The last 20 failed attempts, oldest first. */
  readonly history: readonly Attempt[];
  /** Why it is where it is, in words for people: `rejected: 422`, `retries exhausted`, `hops-exhausted`. */
  readonly reason?: string;
}

/**
 * What becomes of a delivery. `release` gives it back unjudged: it comes again and no attempt is counted. A `dead-letter` with an `entry` settles the delivery and lets that entry rest
 * instead: a reply that may go no further.
 */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly delayMs: number; readonly progress: Progress }
  | { readonly kind: 'dead-letter'; readonly progress: Progress; readonly entry?: Entry }
  | { readonly kind: 'release' };

/** How many attempts a delivery's history keeps: the last ones. */
export const ATTEMPTS_KEPT = 20;
/** How many bytes of an answer the last attempt keeps. */
export const ANSWER_BYTES_KEPT = 1024;
