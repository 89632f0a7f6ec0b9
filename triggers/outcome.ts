import type { CloudEvent } from '../events/event.ts';

/**
 * What one attempt came to. `reason` is short, for people and logs: a status (`503`), an error (`ECONNREFUSED`, `timeout`) or what was wrong with the reply
 * (`reply: attribute-missing`). `answered` tells successes apart that carry no reply.
 */
export type Outcome =
  | { readonly kind: 'delivered'; readonly reply?: CloudEvent; readonly answered?: 'not-an-event' | 'event-in-202' }
  | Failure;

/** An attempt that did not deliver. */
export type Failure =
  | { readonly kind: 'retryable'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: 'rejected'; readonly reason: string };
