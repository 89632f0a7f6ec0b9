import type { Clock } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { Log } from '../../events/log.ts';
import type { Random } from '../../events/random.ts';

/** Where events are put that is no HTTP address of somebody else: a topic, an exchange. Disposal closes its connections, is idempotent, and what is under way may reject. */
export interface EventSink extends AsyncDisposable {
  /** Resolves when its server answers and has what it needs there (a topic is created, an exchange declared). Rejects `RefusedError` or `UnavailableError`; it is asked again later. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the event is durable there. Rejects `RefusedError` (repeating will not help) or `UnavailableError`: then it may be there all the same. Many at once are expected, and gathered. Once `signal` is
   * aborted nobody waits any more: it rejects soon, whatever becomes of the event.
   */
  put(event: CloudEvent, signal: AbortSignal): Promise<void>;
}

/** One sink of a folder or cluster, as plain values. */
export interface SinkInstance {
  readonly namespace: string;
  readonly name: string;
  /** As in `kind` of the resource. */
  readonly kind: string;
  /** The parsed spec of that kind. */
  readonly spec: unknown;
  /** The values its secret references stand for, by `<name>/<key>`. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** A kind of sink. */
export interface SinkKind {
  readonly kind: string;
  /** The condition that says whether it is prepared: `TopicReady`. */
  readonly condition: string;
  /** Opens one without waiting for its server: it connects with the first event, and again by itself after each loss. Throws `RefusedError` (`secret-missing`, `resource-invalid`) if it cannot be as it is. */
  readonly open: (
    instance: SinkInstance,
    ports: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  ) => EventSink;
}
