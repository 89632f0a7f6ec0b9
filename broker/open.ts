import { mkdir } from 'node:fs/promises';
import type { CloudEvent as SdkCloudEvent, CloudEventV1 } from 'cloudevents';
import { deadLetters, type DeadLetter } from '../channels/abilities.ts';
import type { BrokerRef, Channel, Handle } from '../channels/channel.ts';
import type { DeliverySpec } from '../crds/delivery.ts';
import type { FilterSpec } from '../crds/filter.ts';
import { systemClock, type Clock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import { systemRandom } from '../events/random.ts';
import { fromSdk, loadSdk } from '../events/sdk.ts';
import type { Attempt, Verdict } from '../events/verdict.ts';
import { compileFilter } from '../triggers/filters/filter.ts';
import { effectivePolicy } from '../triggers/policy.ts';
import { UNTRIED } from '../triggers/progress.ts';
import { verdict } from '../triggers/verdict.ts';
import { ChannelDrivers } from './channel-drivers.ts';
import { incomingHops, withoutOurs } from './hops.ts';
import { checkedLimits } from './limit-rows.ts';
import type { Limits } from './limits.ts';
import { ProcessMetrics } from './metrics.ts';

/** A broker in the caller's own process, without HTTP. */
export interface OpenConfig {
  /** Where events are kept; made if it is not there. Default: `.weir`. One process at a time. */
  readonly data?: string;
  /** `embedded` (default): on disk, durable. `memory`: gone with the process. */
  readonly channel?: 'embedded' | 'memory';
  /** Default: `default/default`, which `weir serve` serves from the same folder (not at the same time). */
  readonly broker?: { readonly namespace: string; readonly name: string };
  /** Default: nothing is logged. */
  readonly log?: Log;
  readonly clock?: Clock;
  /** Those that are not to be the default; docs/limits.md lists them. Those of HTTP have no meaning here. */
  readonly limits?: Partial<Limits>;
}

/** Who wants which events, and how often they are tried. */
export interface SubscribeOptions {
  /** Its events are kept under this name, also while nobody subscribes: subscribing with it again goes on where it was. */
  readonly name: string;
  /** As in a Trigger's `spec.filters`; default: every event. */
  readonly filters?: readonly FilterSpec[];
  /** As in a Trigger's `spec.delivery`, without dead letter sink; default: 10 retries. */
  readonly delivery?: Omit<DeliverySpec, 'deadLetterSink' | 'timeout' | 'format'>;
  /** How many events are handled at once; default: 64. */
  readonly inFlight?: number;
}

/** Handles one event. What it returns, if it is an event, is published. Rejecting means: try again later, and after the last retry keep it as a dead letter. */
export type EventHandler = (event: SdkCloudEvent<unknown>) => unknown;

/** An open broker. Disposal is `close`. */
export interface OpenBroker extends AsyncDisposable {
  /** Resolves when the event is durable. Rejects `RefusedError` or `UnavailableError`. */
  publish(event: CloudEventV1<unknown>): Promise<void>;
  /** Resolves when every later event it wants is kept for it. The answer ends it: what was under way is finished, what comes waits for the next time. */
  subscribe(options: SubscribeOptions, handler: EventHandler): Promise<() => Promise<void>>;
  /** What could not be handled, oldest first. */
  deadLetters(subscription: string): Promise<readonly DeadLetter[]>;
  /** Finishes what is under way and gives the folder back. Idempotent. */
  close(): Promise<void>;
}

const LISTED = 1000;
const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Opens a broker in this process. Rejects `usage` for a limit that is none, `data-folder-in-use`, `data-folder-newer`, `data-folder-damaged`. */
export async function open(config: OpenConfig = {}): Promise<OpenBroker> {
  const {
    data = '.weir',
    broker = { namespace: 'default', name: 'default' },
    clock = systemClock,
    log = SILENT,
  } = config;
  const limits = checkedLimits(config.limits ?? {}, (name) => `limits.${name}`);
  await mkdir(data, { recursive: true, mode: 0o700 });
  const toSdk = await loadSdk();
  const drivers = new ChannelDrivers({
    data,
    clock,
    log,
    metrics: new ProcessMetrics(),
    limits,
    // Nothing can be promised any more: the process ends, and recovers from disk.
    fatal: (error) => queueMicrotask(() => raise(error)),
  });
  let channel: Channel;
  try {
    channel = await (await drivers.of(config.channel ?? 'embedded')).open(broker, undefined);
  } catch (error) {
    await drivers[Symbol.asyncDispose]();
    throw error;
  }
  return new Opened({ broker, clock, channel, drivers, limits, toSdk });
}

interface OpenedParts {
  readonly broker: BrokerRef;
  readonly clock: Clock;
  readonly channel: Channel;
  readonly drivers: AsyncDisposable;
  readonly limits: Limits;
  readonly toSdk: (event: CloudEvent) => SdkCloudEvent<unknown>;
}

class Opened implements OpenBroker {
  readonly #parts: OpenedParts;
  readonly #running = new Set<AbortController>();
  #closed: Promise<void> | undefined;

  constructor(parts: OpenedParts) {
    this.#parts = parts;
  }

  async publish(event: CloudEventV1<unknown>): Promise<void> {
    const ours = fromSdk(event);
    await this.#append(ours, incomingHops(ours, this.#parts.limits.hops));
  }

  async subscribe(options: SubscribeOptions, handler: EventHandler): Promise<() => Promise<void>> {
    const { channel, clock, limits, toSdk } = this.#parts;
    const name = this.#nameOf(options.name);
    const filter = compileFilter({ ...(options.filters && { filters: options.filters }) });
    await channel.declare({
      name,
      // Another filter must count as a change, and nobody here remembers the last one.
      generation: clock.now(),
      wants: filter.interest,
      matches: (event) => filter.matches(event),
      filter: JSON.stringify({ filters: options.filters }),
      start: 'latest',
      order: 'none',
      inFlight: options.inFlight ?? limits.inFlight,
    });
    const stop = new AbortController();
    this.#running.add(stop);
    const append = (event: CloudEvent, hops: number): Promise<void> => this.#append(event, hops);
    const handle = handled((event) => handler(toSdk(event)), { delivery: options.delivery, clock, append });
    const consumed = channel.consume(name, handle, stop.signal);
    return async () => {
      stop.abort();
      this.#running.delete(stop);
      await consumed;
    };
  }

  async deadLetters(subscription: string): Promise<readonly DeadLetter[]> {
    return (await deadLetters(this.#parts.channel)?.list(this.#nameOf(subscription), { limit: LISTED })) ?? [];
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #nameOf(subscription: string): string {
    return `${this.#parts.broker.namespace}/${subscription}`;
  }

  #append(event: CloudEvent, hops: number): Promise<void> {
    const { channel, clock } = this.#parts;
    return channel.append([{ event: withoutOurs(event), hops, receivedAtMs: clock.now() }]);
  }

  async #close(): Promise<void> {
    for (const one of this.#running) one.abort();
    await this.#parts.channel[Symbol.asyncDispose]();
    await this.#parts.drivers[Symbol.asyncDispose]();
  }
}

interface HandledParts {
  readonly delivery: SubscribeOptions['delivery'];
  readonly clock: Clock;
  readonly append: (event: CloudEvent, hops: number) => Promise<void>;
}

/** A function as a subscriber: returning is delivered, an event returned is a reply, rejecting is a failed attempt. */
function handled(call: (event: CloudEvent) => unknown, { delivery: spec, clock, append }: HandledParts): Handle {
  const policy = effectivePolicy(spec);
  return async ({ entry, progress = UNTRIED }): Promise<Verdict> => {
    const startMs = clock.now();
    try {
      const reply = await call(entry.event);
      if (isEvent(reply)) await append(fromSdk(reply), hopsLeft(entry.hops));
      return { kind: 'done' };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const nowMs = clock.now();
      const attempt: Attempt = {
        stage: 'subscriber',
        atMs: nowMs,
        tookMs: nowMs - startMs,
        error: reason.slice(0, 200),
      };
      return verdict(
        { kind: 'retryable', reason: attempt.error ?? '' },
        { policy, progress, attempt, sink: false, random: systemRandom },
      );
    }
  };
}

function hopsLeft(hops: number): number {
  if (hops > 1) return hops - 1;
  throw new RefusedError(
    'hops-exhausted',
    `the reply has passed through too many handlers; look for those that answer one another (${quoted(hops)})`,
  );
}

function isEvent(value: unknown): value is CloudEventV1<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'specversion' in value &&
    'type' in value &&
    'source' in value &&
    'id' in value
  );
}

function raise(error: unknown): never {
  throw error;
}
