import type { ChannelDriver } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import type { Metrics } from '../events/metrics.ts';
import type { Limits } from './limits.ts';
import { embeddedOptions, engineSettings, memoryLimits } from './part-limits.ts';

/** What every kind of channel is given by the process. */
export interface DriverPorts {
  /** The data folder, which exists. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  /** Promises can no longer be kept, for instance because the disk failed: the process must end and recover. */
  readonly fatal: (error: unknown) => void;
}

type Open = (ports: DriverPorts) => Promise<ChannelDriver>;

/** Every kind of channel; a new one is a line here. Its code is loaded when a Broker needs it. */
const KINDS: Readonly<Record<string, Open>> = {
  embedded: async (ports) => {
    const { EmbeddedDriver } = await import('../channels/embedded/driver.ts');
    const { limits, ...rest } = ports;
    return EmbeddedDriver.open({
      ...rest,
      options: embeddedOptions(limits),
      settings: engineSettings(limits),
      bodyBytesMax: limits.bodyMemoryBytes,
    });
  },
  memory: async (ports) => {
    const { MemoryDriver } = await import('../channels/memory/driver.ts');
    return new MemoryDriver({ clock: ports.clock, log: ports.log, limits: memoryLimits(ports.limits) });
  },
};

/** The kinds of channel that can be opened here. */
export const CHANNEL_KINDS: readonly string[] = Object.keys(KINDS);

/** One driver per kind, opened when it is first asked for, and again after it could not be. Disposal disposes those that were opened. */
export class ChannelDrivers implements AsyncDisposable {
  readonly #ports: DriverPorts;
  readonly #open = new Map<string, Promise<ChannelDriver>>();

  constructor(ports: DriverPorts) {
    this.#ports = ports;
  }

  /** Rejects `resource-unsupported` for a kind that is not there, and what the driver rejects with. */
  of(kind: string): Promise<ChannelDriver> {
    const known = this.#open.get(kind);
    if (known) return known;
    const open = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (!open) {
      return Promise.reject(
        new RefusedError(
          'resource-unsupported',
          `channel ${quoted(kind)}: is not served; there are ${CHANNEL_KINDS.join(', ')}`,
        ),
      );
    }
    const opening = open(this.#ports);
    this.#open.set(kind, opening);
    opening.catch(() => this.#open.delete(kind));
    return opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(
      opened.map(async (one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)),
    );
  }
}
