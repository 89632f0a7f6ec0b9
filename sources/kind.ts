import type { Clock } from '../events/clock.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import type { Metrics } from '../events/metrics.ts';
import type { Positions } from '../events/positions.ts';
import type { Random } from '../events/random.ts';
import type { CallApi } from './api-call.ts';
import type { SourceContext, Refusal, WebhookRequest } from './source.ts';

/** One source of a folder or cluster, as plain values; a plan's entry for it fits as it is. */
export interface SourceInstance {
  readonly namespace: string;
  readonly name: string;
  /** As in `kind` of the resource. */
  readonly kind: string;
  /** The parsed spec of that kind. */
  readonly spec: unknown;
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
  /** Resolves when the source's sink has accepted the event (for a broker: durably). Rejects `RefusedError` or `UnavailableError`. */
  readonly emit: (event: CloudEvent) => Promise<void>;
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

/**
 * A kind of source and what it can do: at least one of `start` and `webhook`. Shared code asks for these, never for a kind. All three throw `RefusedError` (`secret-missing`,
 * `resource-invalid`) if the instance cannot run as it is.
 */
export interface SourceKind {
  readonly kind: string;
  /** The condition that says whether it works: that it runs (`Deployed`), or that its sender knows where to call (`WebhookConfigured`). */
  readonly condition: string;
  /** A source that fetches or waits by itself. */
  readonly start?: (
    instance: SourceInstance,
    ports: Pick<SourcePorts, 'clock' | 'random' | 'log'>,
  ) => (context: SourceContext) => Promise<void>;
  /** A source that is called. */
  readonly webhook?: (instance: SourceInstance) => (request: WebhookRequest) => readonly CloudEvent[] | Refusal;
  /** A source that tells its sender where to call; undefined: this instance leaves that to its user. */
  readonly registration?: (
    instance: SourceInstance,
    ports: Pick<SourcePorts, 'call' | 'clock' | 'log'>,
  ) => Registration | undefined;
  /** Where people find what `Registered.saved` stands for: `https://api.github.com/repos/o/r/hooks/1`. */
  readonly registeredAt?: (saved: string) => string | undefined;
}
