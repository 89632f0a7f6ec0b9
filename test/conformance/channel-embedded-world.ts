import assert from 'node:assert/strict';
import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../events/log.ts';
import type { Metrics } from '../../events/metrics.ts';
import type { Channel } from '../../channels/channel.ts';
import { EmbeddedDriver } from '../../channels/embedded/driver.ts';
import type { EmbeddedOptions } from '../../channels/embedded/options.ts';
import type { Settings } from '../../channels/log/state.ts';
import { TestDisk } from '../channels/embedded-world.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import type { ChannelFactory, Limits, World } from './channel-world.ts';

const BROKER = { namespace: 'default', name: 'suite' };
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const uncounted: Metrics = {
  counter: () => ({ add: () => {} }),
  histogram: () => ({ observe: () => {} }),
  gauge: () => {},
};

/** Embedded channels on a data folder of their own, on the real disk, by a fake clock. */
export function embeddedWorld(
  options: { readonly settings?: Partial<Settings>; readonly options?: Partial<EmbeddedOptions> } = {},
): ChannelFactory {
  return async (limits) => {
    const world = new EmbeddedWorld(await mkdtemp(join(tmpdir(), 'weir-suite-')), limits, options);
    await world.open(world.path(0));
    return world;
  };
}

interface Opened {
  readonly driver: EmbeddedDriver;
  readonly channel: Channel;
}

class EmbeddedWorld implements World {
  readonly #clock = new FakeClock();
  readonly #disk = new TestDisk();
  readonly #root: string;
  readonly #limits: Limits;
  readonly #options: { readonly settings?: Partial<Settings>; readonly options?: Partial<EmbeddedOptions> };
  readonly #dropped: Opened[] = [];
  #opened: Opened | undefined;
  #fatal: unknown;
  #crashes = 0;
  readonly unitMs = 600_000;
  readonly turnsMax = 50_000;
  /** Bodies in memory, and a position for each of what is pending. */
  readonly pendingBytesMax = 128 * 2 ** 20;

  constructor(
    root: string,
    limits: Limits,
    options: { readonly settings?: Partial<Settings>; readonly options?: Partial<EmbeddedOptions> },
  ) {
    this.#root = root;
    this.#limits = limits;
    this.#options = options;
  }

  get channel(): Channel {
    assert(this.#opened);
    return this.#opened.channel;
  }

  path(crashes: number): string {
    return join(this.#root, `data-${crashes}`);
  }

  async open(data: string): Promise<void> {
    const { deadLettersMax } = this.#limits;
    const driver = await EmbeddedDriver.open({
      data,
      clock: this.#clock,
      log: silent,
      metrics: uncounted,
      disk: this.#disk,
      fatal: (error) => (this.#fatal ??= error),
      options: { eventBytesMax: 2 ** 21, ...this.#options.options },
      settings: { ...this.#options.settings, ...(deadLettersMax !== undefined && { deadLetters: deadLettersMax }) },
    });
    this.#opened = { driver, channel: await driver.open(BROKER, undefined) };
  }

  now(): number {
    return this.#clock.now();
  }

  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  /** Waits for the disk once, so that writes under way get on. */
  async turn(): Promise<void> {
    if (this.#fatal !== undefined) throw this.#fatal;
    const folder = await open(tmpdir());
    await folder.sync();
    await folder.close();
    await this.#clock.advance(1);
  }

  async reopen(): Promise<void> {
    await this.#close(this.#opened);
    await this.open(this.path(this.#crashes));
  }

  /** The state first: it may know less than the segments, as after a crash, but never more. */
  async crash(): Promise<void> {
    const from = this.path(this.#crashes);
    this.#crashes += 1;
    const to = this.path(this.#crashes);
    const isOfProcess = (path: string): boolean => /(lock|pid|-shm)$/.test(path);
    await cp(from, to, { recursive: true, filter: (path) => !isOfProcess(path) && path !== join(from, 'brokers') });
    await cp(join(from, 'brokers'), join(to, 'brokers'), { recursive: true });
    if (this.#opened) this.#dropped.push(this.#opened);
    await this.open(to);
  }

  /** What is free is measured once a second. */
  async fill(): Promise<void> {
    this.#disk.freeBytes = 0;
    await this.#clock.advance(1000);
  }

  async free(): Promise<void> {
    this.#disk.freeBytes = 2 ** 40;
    await this.#clock.advance(1000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const opened of [...this.#dropped, this.#opened]) await this.#close(opened);
      await settle();
    } finally {
      await rm(this.#root, { recursive: true, force: true });
    }
  }

  async #close(opened: Opened | undefined): Promise<void> {
    await opened?.channel[Symbol.asyncDispose]();
    await opened?.driver[Symbol.asyncDispose]();
  }
}
