import type { Clock } from '../../events/clock.ts';
import { RefusedError } from '../../events/errors.ts';
import type { Log } from '../../events/log.ts';
import type { Metrics } from '../../events/metrics.ts';
import type { BrokerRef, Channel, ChannelDriver, ChannelFeatures } from '../channel.ts';
import { LogChannel } from '../log/channel.ts';
import { SETTINGS, type Budget, type Settings } from '../log/state.ts';
import { brokerLimits } from './broker-limits.ts';
import { nodeDisk, type Disk } from './disk.ts';
import { openFolder, type DataFolder } from './folder.ts';
import { EMBEDDED_DEFAULTS, type EmbeddedOptions } from './options.ts';

/** What the driver takes from the process. */
export interface EmbeddedDriverPorts {
  /** The data folder; it is made if it is not there. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Promises can no longer be kept: the process must end and recover from disk. May be called more than once. */
  readonly fatal: (error: unknown) => void;
  /** Other than the real disk, in tests. */
  readonly disk?: Disk;
  readonly options?: Partial<EmbeddedOptions>;
  readonly settings?: Partial<Settings>;
  /** Bodies of all brokers that are in memory at once; beyond it they are read again from the log. */
  readonly bodyBytesMax?: number;
}

/** What `bodyBytesMax` is where nothing else is said. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Channels on one data folder, which belongs to this process until disposal. A broker's config is a `BrokerLimits`. */
export class EmbeddedDriver implements ChannelDriver {
  readonly #folder: DataFolder;
  readonly #ports: EmbeddedDriverPorts;
  readonly #features: ChannelFeatures;
  readonly #budget: Budget;

  private constructor(folder: DataFolder, ports: EmbeddedDriverPorts) {
    this.#folder = folder;
    this.#ports = ports;
    this.#budget = { used: 0, max: ports.bodyBytesMax ?? BODY_BYTES_MAX };
    ports.metrics.gauge('weir_body_memory_bytes', 'Event bodies in memory that are not delivered yet.', () => [
      [{}, this.#budget.used],
    ]);
    this.#features = {
      durable: true,
      ordered: true,
      competing: false,
      startAt: true,
      atomicAppend: true,
      list: true,
      eventBytesMax: ports.options?.eventBytesMax ?? EMBEDDED_DEFAULTS.eventBytesMax,
    };
  }

  /** Takes the folder. Rejects as `openFolder`. */
  static async open(ports: EmbeddedDriverPorts): Promise<EmbeddedDriver> {
    const { data, clock, log, fatal, disk = nodeDisk, options = {} } = ports;
    return new EmbeddedDriver(await openFolder(data, { clock, log, disk, fatal }, options), ports);
  }

  /** Rejects `resource-invalid` for a config that is none, and as `DataFolder.openLogs`. */
  async open(broker: BrokerRef, config: unknown): Promise<Channel> {
    const { clock, log, metrics, fatal, settings } = this.#ports;
    const logs = await this.#folder.openLogs(broker, brokerLimits(config));
    const { namespace, name } = broker;
    const labels = { namespace, broker: name };
    const channel = new LogChannel(logs, this.#features, {
      clock,
      settings: { ...SETTINGS, ...settings },
      budget: this.#budget,
      unrouted: metrics.counter('weir_events_unrouted_total', 'Events no trigger wanted.', labels),
      lost: metrics.counter('weir_events_lost_total', 'Events known to be lost to the engine below.', labels),
      fatal: (error) => {
        // Damage that a read meets is that broker's alone: the others go on, and this one takes nothing it could not deliver.
        if (!(error instanceof RefusedError && error.code === 'data-folder-damaged')) return fatal(error);
        logs.refuse(error);
        log.error('channel.damaged', { ...labels, message: error.message });
      },
      threw: (subscription, error) =>
        log.error('handler.threw', {
          ...labels,
          subscription,
          message: error instanceof Error ? error.message : String(error),
        }),
    });
    await channel.recovered;
    return channel;
  }

  remove(broker: BrokerRef): Promise<void> {
    return this.#folder.remove(broker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
