import assert from 'node:assert/strict';
import type { Clock } from '../../events/clock.ts';
import type { Log } from '../../events/log.ts';
import { MemoryChannel, type MemoryLimits } from '../../channels/memory/memory-channel.ts';
import { MemoryDriver } from '../../channels/memory/driver.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { AbleChannel } from './channel-pass-through.ts';
import { Session } from './channel-session.ts';
import type { ChannelFactory, Limits, World } from './channel-world.ts';

const MIB = 2 ** 20;
const BALLAST = 'suite/ballast';
const BALLAST_TYPE = 'suite.ballast';
const BROKER = { namespace: 'default', name: 'suite' };
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Breaks a channel, for the mutants. */
export type Alter = (channel: AbleChannel, clock: Clock) => AbleChannel;

/** Memory channels: `lasting` ones are durable as long as the world is. */
export function memoryWorld(options: { readonly lasting?: boolean; readonly alter?: Alter } = {}): ChannelFactory {
  return async (limits) => {
    const world = new MemoryWorld(limits, options);
    await world.open();
    return world;
  };
}

class MemoryWorld implements World {
  readonly #clock = new FakeClock();
  readonly #driver: MemoryDriver;
  readonly #lasting: boolean;
  readonly #alter: Alter;
  #stored: MemoryChannel | undefined;
  #session: Session | undefined;
  #channel: AbleChannel | undefined;
  readonly unitMs = 60_000;
  readonly turnsMax = 5000;
  /** A memory channel keeps the events themselves: 1 KiB of data, their attributes and progress, and what makes them objects. */
  readonly pendingBytesMax = 100_000 * 3072;

  constructor({ deadLettersMax, bytesMax }: Limits, options: { readonly lasting?: boolean; readonly alter?: Alter }) {
    const limits: Partial<MemoryLimits> = {
      bytesMax: bytesMax ?? 512 * MIB,
      ...(deadLettersMax !== undefined && { deadLettersMax }),
    };
    this.#driver = new MemoryDriver({ clock: this.#clock, log: silent, limits });
    this.#lasting = options.lasting ?? false;
    this.#alter = options.alter ?? ((channel) => channel);
  }

  get channel(): AbleChannel {
    assert(this.#channel);
    return this.#channel;
  }

  async open(): Promise<void> {
    if (!this.#lasting || !this.#stored) {
      const channel = await this.#driver.open(BROKER);
      assert(channel instanceof MemoryChannel);
      this.#stored = channel;
    }
    this.#session = this.#lasting ? new Session(this.#stored) : undefined;
    this.#channel = this.#alter(this.#session ?? this.#stored, this.#clock);
  }

  now(): number {
    return this.#clock.now();
  }

  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  turn(): Promise<void> {
    return this.#clock.advance(1);
  }

  async reopen(): Promise<void> {
    await this.channel[Symbol.asyncDispose]();
    await this.open();
  }

  async crash(): Promise<void> {
    this.#session?.crash();
    await this.open();
  }

  /** Fills it with events that a subscription of nobody waits for, down to the last byte an event could use. */
  async fill(): Promise<void> {
    assert(this.#stored);
    const stored = this.#stored;
    const everything = { wants: 'everything', order: 'none', start: 'latest' } as const;
    const matches = (event: { readonly attributes: ReadonlyMap<string, unknown> }): boolean =>
      event.attributes.get('type') === BALLAST_TYPE;
    await stored.declare({ ...everything, name: BALLAST, generation: 1, filter: '', matches, inFlight: 1 });
    for (const bytes of [64 * 1024, 1024, 0]) {
      const attributes = new Map([['type', BALLAST_TYPE]]);
      const event = { attributes, data: new Uint8Array(bytes) };
      const refused = (error: { readonly code?: unknown }): boolean => {
        assert.equal(error.code, 'channel-full');
        return true;
      };
      while (!(await stored.append([{ event, hops: 1, receivedAtMs: 0 }]).then(() => false, refused)));
    }
  }

  async free(): Promise<void> {
    await this.#stored?.forget(BALLAST);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel[Symbol.asyncDispose]();
    await this.#driver[Symbol.asyncDispose]();
  }
}
