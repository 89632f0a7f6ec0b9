import type { RabbitmqAddress } from '../../clients/rabbitmq/address.ts';
import { RabbitmqLink, type RabbitmqChannel } from '../../clients/rabbitmq/link.ts';
import { rabbitmqMessage, type RabbitmqDelivery, type RabbitmqMessage } from '../../clients/rabbitmq/message.ts';
import type { RabbitmqResourcesConfig } from '../../crds/rabbitmq-source.ts';
import { pause } from '../../events/clock.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../dead-letter.ts';
import { Inbox } from '../inbox.ts';
import { offer, type OfferPorts } from '../offer.ts';
import { messageName } from './event.ts';
import type { Source, SourceContext } from '../source.ts';
import { unlessAborted } from '../within.ts';

const LAG_MS = 10_000;

/** One queue that is read, for whom, and through what. */
export interface RabbitmqConfig extends OfferPorts {
  readonly address: RabbitmqAddress;
  readonly resources: RabbitmqResourcesConfig;
  /** The events of a message. Throws `RefusedError` for one that cannot become any: it gets a dead letter. */
  readonly read: (message: RabbitmqMessage) => readonly CloudEvent[];
}

interface Delivered {
  readonly message: RabbitmqMessage;
  readonly delivery: RabbitmqDelivery;
}

/**
 * Emits what is in a queue, in its order, at most `parallelism` messages on their way; those that came together are one emit. A message is acknowledged once its events are accepted, so the queue is the position: what was not
 * comes again, after a crash too. While the sink is unavailable messages are held, not rejected. Declares exchange, queue and binding unless they are predeclared. Ends with the connection, or when the queue is deleted; the runner begins
 * it again.
 */
export const rabbitmqQueue: Source<RabbitmqConfig> = async (config, context) => {
  const { address, resources, clock } = config;
  await using link = await RabbitmqLink.connect(address, { clock, code: 'source-unavailable' }, context.signal);
  const inbox = new Inbox<Delivered>(({ message }) => message.body.byteLength);
  // A queue that lost its leader answers nothing: that must not hold who is to stop.
  const channel = await unlessAborted(begin(link, resources, inbox), context.signal);
  context.tell({});
  const over = AbortSignal.any([context.signal, link.lost]);
  const telling = tellLag(link, config, { ...context, signal: over });
  try {
    for (;;) {
      const batch = await inbox.take(over);
      if (link.lost.aborted) throw link.reason;
      if (context.signal.aborted) return;
      const events = batch.flatMap(({ message }) => read(message, config));
      // Once the link is lost all of them come again: there is nothing to be patient for.
      if (events.length > 0) await unlessLost(link, offer(events, { ...context, signal: over }, config));
      acknowledge(link, channel, batch);
    }
  } finally {
    await link[Symbol.asyncDispose]();
    await telling;
  }
};

/** Declares and begins to read; answers by which channel. */
async function begin(
  link: RabbitmqLink,
  resources: RabbitmqResourcesConfig,
  inbox: Inbox<Delivered>,
): Promise<RabbitmqChannel> {
  const { queueName, parallelism } = resources;
  const channel = await link.channel();
  await declare(link, channel, resources);
  await link.answer('take messages', channel.prefetch(parallelism));
  const consuming = channel.consume(queueName, (message) => {
    if (message) inbox.add({ message: rabbitmqMessage(message), delivery: message });
    else link.lose(new Error(`queue ${queueName} was deleted, or its leader is gone`));
  });
  await link.answer(`read queue ${queueName}`, consuming);
  return channel;
}

async function declare(
  link: RabbitmqLink,
  channel: RabbitmqChannel,
  resources: RabbitmqResourcesConfig,
): Promise<void> {
  const { predeclared, exchangeName, queueName, queueType } = resources;
  if (predeclared || exchangeName === undefined) return;
  await link.answer(
    `declare exchange ${exchangeName}`,
    channel.assertExchange(exchangeName, 'headers', { durable: true }),
  );
  const queue = channel.assertQueue(queueName, { durable: true, arguments: { 'x-queue-type': queueType } });
  await link.answer(`declare queue ${queueName}`, queue);
  // All of no headers: everything.
  await link.answer(`bind queue ${queueName}`, channel.bindQueue(queueName, exchangeName, '', { 'x-match': 'all' }));
}

function read(message: RabbitmqMessage, { read, resources, ...source }: RabbitmqConfig): readonly CloudEvent[] {
  try {
    return read(message);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { body, contentType } = message;
    const reason = `${error.code}: ${error.message}`;
    return [
      deadLetter({ id: messageName(message), reason, data: body, contentType, subject: resources.queueName }, source),
    ];
  }
}

async function unlessLost(link: RabbitmqLink, offered: Promise<void>): Promise<void> {
  try {
    await offered;
  } catch (error) {
    throw link.lost.aborted ? link.reason : error;
  }
}

/** One acknowledgement for all up to the last: they are taken in order. */
function acknowledge(link: RabbitmqLink, channel: RabbitmqChannel, batch: readonly Delivered[]): void {
  if (link.lost.aborted) throw link.reason;
  const last = batch.at(-1);
  if (last) channel.ack(last.delivery, true);
}

/** Tells how many messages wait, until the signal. Not at once: a queue whose leader is not elected yet counts none; one that answered `consume` has one. */
async function tellLag(link: RabbitmqLink, config: RabbitmqConfig, context: SourceContext): Promise<void> {
  const { queueName } = config.resources;
  try {
    const channel = await link.channel();
    for (;;) {
      await pause(config.clock, LAG_MS, context.signal);
      if (context.signal.aborted) return;
      const { messageCount } = await link.answer(`count the messages of ${queueName}`, channel.checkQueue(queueName));
      context.tell({ lag: messageCount });
    }
  } catch (error) {
    // Whatever it is, the loop that reads hears of it too.
    link.lose(error);
  }
}
