import type { NatsStream } from '../../crds/nats-jet-stream-source.ts';
import { pause } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import { openConsumer, type SettledText, settledText } from './consumer.ts';
import {
  type NatsConsumer,
  type NatsDelivery,
  natsLink,
  type NatsMessage,
  natsSaid,
  type NatsServers,
} from './link.ts';
import { Arrival } from '../arrival.ts';
import { offer, type OfferPorts } from '../offer.ts';
import type { Source, SourceContext } from '../source.ts';
import { unlessAborted } from '../within.ts';
import { sourceKey } from '../source-key.ts';

/** The most messages of one emit. */
const BATCH = 500;
/** How often the lag is asked for and the position saved. */
const LOOK_MS = 10_000;

/** Which consumer of which stream, and what its messages are. */
export interface NatsJetStreamConfig extends OfferPorts {
  readonly servers: NatsServers;
  readonly consumer: NatsStream & { readonly consumer: string };
  /** The events of a message, dead letters among them; must not throw. None: it is acknowledged, and that was it. */
  readonly read: (message: NatsMessage) => readonly CloudEvent[];
}

/**
 * Emits the messages of a stream, as a durable consumer: what arrived together is one emit, one emit after the other, and a message is acknowledged after its events are accepted. While they wait the server is told that
 * they are worked on, so it hands them to nobody else; what is not accepted when the source stops comes again at once. At most the consumer's maxAckPending lie here. Rejects when the connection is lost or the
 * consumer is gone.
 *
 * Position: the sequence up to which all is settled, and of which stream. The consumer knows better; it is for a server that lost the consumer.
 */
export const natsJetStream: Source<NatsJetStreamConfig> = async (config, context) => {
  try {
    await using link = await natsLink(config.servers, config.clock, context.signal);
    const { stream } = config.consumer;
    const positions = settledText(stream, await unlessAborted(link.stream(stream), context.signal));
    const settled = positions.read(context.position);
    const consumer = await unlessAborted(openConsumer(link, config.consumer, settled), context.signal);
    if (consumer.created && settled !== undefined) {
      const { namespace, kind, name, log } = config;
      const source = sourceKey({ namespace, kind, name });
      log.warn('source.consumer-created', {
        source,
        consumer: config.consumer.consumer,
        what: 'the server had lost it',
      });
    }
    await new ConsumerRun(config, context, { consumer, positions }).run(link.lost);
  } catch (error) {
    if (!context.signal.aborted) throw natsSaid(error, config.servers);
  }
};

/** One run, until it is aborted or a part of it fails. */
class ConsumerRun {
  readonly #config: NatsJetStreamConfig;
  readonly #context: SourceContext;
  readonly #consumer: NatsConsumer;
  readonly #positions: SettledText;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  /** Handed out and not settled, by sequence, in the order of arrival. Those that are not in `#queue` are being emitted. */
  readonly #underWay = new Map<number, NatsDelivery>();
  #queue: NatsDelivery[] = [];
  readonly #arrival: Arrival;
  #saved: string | undefined;

  constructor(
    config: NatsJetStreamConfig,
    context: SourceContext,
    { consumer, positions }: { readonly consumer: NatsConsumer; readonly positions: SettledText },
  ) {
    this.#config = config;
    this.#context = context;
    this.#consumer = consumer;
    this.#positions = positions;
    this.#signal = AbortSignal.any([context.signal, this.#failed.signal]);
    this.#arrival = new Arrival(this.#signal);
    this.#saved = context.position;
  }

  async run(lost: Promise<never>): Promise<void> {
    const failing = lost.finally(() => this.#failed.abort());
    // Who never comes to wait for it must not end the process by that.
    failing.catch(() => undefined);
    const consuming = this.#consumer.consume((delivery) => this.#take(delivery));
    const leave = await unlessAborted(consuming, this.#context.signal);
    const tasks = [this.#emit(), this.#look(), this.#prolong()];
    try {
      await Promise.race([failing, Promise.all(tasks)]);
    } finally {
      this.#failed.abort();
      await Promise.allSettled(tasks);
      // First nobody takes any more, or what is given back would come again, here.
      unlessLost(leave);
      for (const delivery of this.#underWay.values()) unlessLost(() => delivery.nak());
    }
  }

  #take(delivery: NatsDelivery): void {
    const { sequence } = delivery.message;
    // What is under way and comes again was too slow for the server; the answer to either settles it.
    if (this.#underWay.has(sequence)) return;
    this.#underWay.set(sequence, delivery);
    this.#queue.push(delivery);
    this.#arrival.came();
  }

  async #emit(): Promise<void> {
    while (!this.#signal.aborted) {
      if (this.#queue.length === 0) await this.#arrival.wait();
      const batch = this.#queue.splice(0, BATCH);
      const events = batch.flatMap(({ message }) => this.#config.read(message));
      if (events.length > 0) await offer(events, { emit: this.#context.emit, signal: this.#signal }, this.#config);
      for (const delivery of batch) {
        delivery.ack();
        this.#underWay.delete(delivery.message.sequence);
      }
    }
  }

  async #look(): Promise<void> {
    while (!this.#signal.aborted) {
      const { pending, settled } = await unlessAborted(this.#consumer.facts(), this.#signal);
      this.#context.tell({ lag: pending });
      const position = this.#positions.text(settled);
      if (settled > 0 && position !== this.#saved) {
        await this.#context.save(position);
        this.#saved = position;
      }
      await pause(this.#config.clock, LOOK_MS, this.#signal);
    }
  }

  async #prolong(): Promise<void> {
    while (!this.#signal.aborted) {
      await pause(this.#config.clock, this.#consumer.ackWaitMs / 3, this.#signal);
      if (!this.#signal.aborted) for (const delivery of this.#underWay.values()) delivery.working();
    }
  }
}

function unlessLost(send: () => void): void {
  try {
    send();
  } catch {
    // The connection is gone: it comes again when the server has waited long enough.
  }
}
