import type { ErrorCode, RefusedError, UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';

/** What a source knows of itself beside its events. Told at all, it is the sign that a run after a failure has what it needs: what is silent while there is nothing to do tells `{}` once it is connected. */
export interface SourceFacts {
  /** Adds to what it knows of and will never emit: missed ticks, things it was told to leave out. */
  readonly skipped?: number;
  /** How much is there that it did not fetch yet: records, messages, bytes of a log, as its kind says; replaces what was told before. */
  readonly lag?: number;
  /** Conditions beside the one of its kind that are true from now on, until the run ends; then what ended it is the reason that they are not. */
  readonly reached?: readonly string[];
}

/** What a running source is given. */
export interface SourceContext {
  /** Aborted when the source must stop; it ends within a second of it. */
  readonly signal: AbortSignal;
  /**
   * Resolves when all of them are accepted durably; several are one append, in their order. Rejects `RefusedError` (repeating will not help) or `UnavailableError`; then any of several may be in. What is
   * under way when `signal` is aborted still has most of that second; after it, and for every later call, it rejects `shutting-down`. May be called again before it resolved. See `offer`, which repeats it.
   */
  emit(events: CloudEvent | readonly CloudEvent[]): Promise<void>;
  /** Where it had come to when it last saved; undefined the first time. */
  readonly position: string | undefined;
  /** Resolves when the position would survive `kill -9`. Only after what lies before it was emitted. */
  save(position: string): Promise<void>;
  tell(facts: SourceFacts): void;
}

/** A source that fetches or waits by itself: runs until `signal` is aborted; rejecting means it is restarted with backoff. */
export type Source<C> = (config: C, context: SourceContext) => Promise<void>;

/** A request that reached a source's address, exactly as it came. */
export interface WebhookRequest {
  readonly method: string;
  /** Path and query, as they stood in the request line. */
  readonly target: string;
  /** Name, value, name, value, as node:http hands them over. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  /** Why its body was not read, if it was not: it is refused with that, and the source knows of it. */
  readonly unread?: RefusedError | UnavailableError;
  /** When it arrived, ms since the epoch. */
  readonly receivedAtMs: number;
}

/** Why a request is not accepted: an HTTP status, a code of the closed list, and one line that says what to do. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** What the status wants beside it: `allow` of a 405, `www-authenticate` of a 401. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Understood: the events (perhaps none) are accepted durably, and then this is the answer, where the sender wants another than 202 with a count: a challenge that it must get back, an empty 200. */
export interface Reply {
  readonly events: readonly CloudEvent[];
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** What becomes of a request. No events = understood, but not wanted: answered 2xx, counted as skipped. */
export type WebhookResult = readonly CloudEvent[] | Reply | Refusal;

/**
 * A source that is called. Pure, and it verifies before it parses: of a request whose signature is wrong nothing but its bytes is looked at. The sender's own id of the happening becomes the event's, so that
 * what is sent again is the same event.
 */
export type Webhook<C> = (request: WebhookRequest, config: C) => WebhookResult;
