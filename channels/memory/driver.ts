import { UnavailableError } from '../../events/errors.ts';
import type { BrokerRef, Channel, ChannelDriver } from '../channel.ts';
import { MemoryChannel, type MemoryOptions } from './memory-channel.ts';

/** Opens memory channels: nothing of them outlives their disposal, so each starts empty. They have no configuration of their own. */
export class MemoryDriver implements ChannelDriver {
  readonly #options: MemoryOptions;
  readonly #channels = new Map<string, MemoryChannel>();
  #closed = false;

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  async open(broker: BrokerRef): Promise<Channel> {
    if (this.#closed) throw new UnavailableError('channel-closed', 'memory driver: is closed; open another');
    const name = `${broker.namespace}/${broker.name}`;
    const channel = new MemoryChannel(this.#options);
    // A broker that is opened again was disposed before: its owner has one channel at a time.
    this.#channels.set(name, channel);
    return channel;
  }

  async remove(broker: BrokerRef): Promise<void> {
    const name = `${broker.namespace}/${broker.name}`;
    const channel = this.#channels.get(name);
    this.#channels.delete(name);
    await channel?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#channels.values()].map((channel) => channel[Symbol.asyncDispose]()));
  }
}
