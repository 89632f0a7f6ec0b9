import type { Clock } from '../events/clock.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import type { Metrics } from '../events/metrics.ts';
import type { Positions } from '../events/positions.ts';
import type { Random } from '../events/random.ts';
import type { CallApi } from './api-call.ts';
import type { SourceContext, WebhookRequest, WebhookResult } from './source.ts';

/** One source of a folder or cluster, as plain values; a plan's entry for it fits as it is. */
export interface SourceInstance {
  readonly namespace: string;
  readonly name: string;
  /** As in `kind` of the resource. */
  readonly kind: string;
  /** The parsed spec of that kind. */
  readonly spec: unknown;
  /** Of the resource: some kinds read settings there, as Knative's do. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly uid?: string;
  /** The values its secret references stand for, by `<name>/<key>`. */
  readonly secrets: ReadonlyMap<string, string>;
  /** `spec.ceOverrides.extensions`. */
  readonly ceOverrides?: Readonly<Record<string, string>>;
}

/** What the process gives to every source it opens. */
export interface SourcePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly positions: Positions;
  /** Resolves when the source's sink has accepted all of them (a broker: durably, in one append). Rejects `RefusedError` or `UnavailableError`; then any of several may be in. */
  readonly emit: (events: readonly CloudEvent[]) => Promise<void>;
  /** Requests to the API of a webhook's sender. */
  readonly call: CallApi;
  /** Where the sender of a webhook reaches this process: `https://weir.example.com`, a path prefix allowed. */
  readonly publicUrl: string | undefined;
  /** A larger webhook body is answered 413. */
  readonly bodyBytesMax: number;
  /** Called when `status()` would answer with other conditions or fields than before. Must not throw. */
  readonly changed: () => void;
}

/** What became of registering: kept in the positions, so that a later process can remove it; `fields` go into the resource's status. */
export interface Registered {
  readonly saved: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Makes a sender call us, and stop calling. Both are idempotent and reject `RefusedError` or `UnavailableError`, code `registration-failed`. */
export interface Registration {
  /** `saved` is what the last `register` answered. A registration of `url` that is there already is taken over, never doubled. */
  register(url: string, saved: string | undefined, signal: AbortSignal): Promise<Registered>;
  /** `url` is undefined if the process does not know it; then only what is saved can be removed. Nothing there = done. */
  remove(url: string | undefined, saved: string | undefined, signal: AbortSignal): Promise<void>;
}

/** What a source made at its server and keeps there while it is stopped, so that nothing is missed: a slot, a group. Without it, it would fill the server's disk for ever. */
export interface Remains {
  /** For people: `the replication slot weir_default_orders`. */
  readonly what: string;
  /** Idempotent; nothing there = done. Rejects if it cannot be removed now. */
  remove(signal: AbortSignal): Promise<void>;
}

/** What people must know before they use a kind: one or two plain sentences each, for docs/reference/sources.md. */
export interface SourceAbout {
  /** What arrives: type, source, subject, id, time, data of the events. */
  readonly arrives: string;
  /** What it must be allowed to do at its server or sender. */
  readonly permissions: string;
  readonly order: string;
  readonly duplicates: string;
  /** Where it remembers how far it came, and what happens to what came while it was away. */
  readonly position: string;
}

/**
 * A kind of source and what it can do: at least one of `start` and `webhook`. Shared code asks for these, never for a kind. All of them throw `RefusedError` (`secret-missing`,
 * `resource-invalid`) if the instance cannot run as it is.
 */
export interface SourceKind {
  readonly kind: string;
  /** The condition that says whether it works: that it runs (`Deployed`), or that its sender knows where to call (`WebhookConfigured`). */
  readonly condition: string;
  readonly about: SourceAbout;
  /** A source that fetches or waits by itself. */
  readonly start?: (
    instance: SourceInstance,
    ports: Pick<SourcePorts, 'clock' | 'random' | 'log' | 'call'>,
  ) => ((context: SourceContext) => Promise<void>) | undefined;
  /**
   * A source that is called; undefined: this instance is not. May ask others first (for a key that verifies); if they do not answer it rejects `UnavailableError`, and so does the sender's request, 503.
   */
  readonly webhook?: (
    instance: SourceInstance,
    ports: Pick<SourcePorts, 'clock' | 'log' | 'call' | 'publicUrl'>,
  ) => ((request: WebhookRequest, signal: AbortSignal) => WebhookResult | Promise<WebhookResult>) | undefined;
  /** The methods its address takes; others are answered 405. Undefined: POST alone. */
  readonly methods?: readonly string[];
  /** What the sink refuses for good is replaced by a dead letter, and the request is answered 2xx: its senders would send it for ever, and keep everything behind it. Undefined: they are told (400, 413). */
  readonly sendsForEver?: (instance: SourceInstance) => boolean;
  /** A source that tells its sender where to call; undefined: this instance leaves that to its user. */
  readonly registration?: (
    instance: SourceInstance,
    ports: Pick<SourcePorts, 'call' | 'clock' | 'log'>,
  ) => Registration | undefined;
  /** Fields of the status that are known before anything happened, such as a warning that people should see as long as the source is there. */
  readonly fields?: (instance: SourceInstance) => Readonly<Record<string, unknown>>;
  /** What goes with the resource; undefined: this instance leaves nothing at its server, or only what is its user's. */
  readonly remains?: (instance: SourceInstance, ports: Pick<SourcePorts, 'clock' | 'log'>) => Remains | undefined;
  /** Where people find what `Registered.saved` stands for: `https://api.github.com/repos/o/r/hooks/1`. */
  readonly registeredAt?: (saved: string) => string | undefined;
}
