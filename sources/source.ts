import type { CloudEvent } from '../events/event.ts';

/** What a running source is given. */
export interface SourceContext {
  /** Aborted when the source must stop; it ends within a second of it. */
  readonly signal: AbortSignal;
  /** Resolves when the event is accepted durably. Rejects `RefusedError` (repeating will not help) or `UnavailableError`. */
  emit(event: CloudEvent): Promise<void>;
  /** Where it had come to when it last saved; undefined the first time. */
  readonly position: string | undefined;
  /** Resolves when the position would survive `kill -9`. Only after what lies before it was emitted. */
  save(position: string): Promise<void>;
}

/** A source that fetches or waits by itself: runs until `signal` is aborted; rejecting means it is restarted with backoff. */
export type Source<C> = (config: C, context: SourceContext) => Promise<void>;
