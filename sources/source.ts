import type { ErrorCode } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';

/** What a running source is given. */
export interface SourceContext {
  /** Aborted when the source must stop; it ends within a second of it. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the event is accepted durably. Rejects `RefusedError` (repeating will not help) or `UnavailableError`. What is under way when `signal` is aborted still has
   * most of that second; after it, and for every later call, it rejects `shutting-down`.
   */
  emit(event: CloudEvent): Promise<void>;
  /** Where it had come to when it last saved; undefined the first time. */
  readonly position: string | undefined;
  /** Resolves when the position would survive `kill -9`. Only after what lies before it was emitted. */
  save(position: string): Promise<void>;
  /** Counts what it knows of and will never emit: missed ticks, things it was told to leave out. */
  skip(count: number): void;
}

/** A source that fetches or waits by itself: runs until `signal` is aborted; rejecting means it is restarted with backoff. */
export type Source<C> = (config: C, context: SourceContext) => Promise<void>;

/** A request that reached a source's address, exactly as it came. */
export interface WebhookRequest {
  readonly method: string;
  /** Name, value, name, value, as node:http hands them over. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  /** When it arrived, ms since the epoch. */
  readonly receivedAtMs: number;
}

/** Why a request is not accepted: an HTTP status, a code of the closed list, and one line that says what to do. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * A source that is called. Pure, and it verifies before it parses: of a request whose signature is wrong nothing but its bytes is looked at. No events = understood, but not wanted:
 * answered 2xx, counted as skipped. The sender's own id of the happening becomes the event's, so that what is sent again is the same event.
 */
export type Webhook<C> = (request: WebhookRequest, config: C) => readonly CloudEvent[] | Refusal;
