import type { MqttTopic } from '../../crds/mqtt-source.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../dead-letter.ts';
import { parsedJson } from '../member.ts';
import { type MqttDelivered, deliveryName } from './event.ts';
import { MqttLink, type MqttServer } from './link.ts';
import { offer, type OfferPorts } from '../offer.ts';
import type { Source, SourceContext } from '../source.ts';
import { unlessAborted } from '../within.ts';
import { sourceKey } from '../source-key.ts';

/** One session that is read, for whom, and through what. */
export interface MqttConfig extends OfferPorts {
  readonly server: MqttServer;
  readonly topics: readonly MqttTopic[];
  /** The events of a message. Throws `RefusedError` for one that cannot become any: it gets a dead letter. */
  readonly read: (message: MqttDelivered) => readonly CloudEvent[];
}

/**
 * Emits what is published to topics, in the order it comes; what came together is one emit. A message of QoS 1 is acknowledged once its events are accepted, so the server's session is the position: what was not comes again, after a crash
 * too. The position that is saved says only which filters that session has. Ends with the connection; the runner begins it again.
 */
export const mqttTopics: Source<MqttConfig> = async (config, context) => {
  const { server, clock } = config;
  await using link = await MqttLink.connect(server, clock, context.signal);
  await unlessAborted(subscribed(link, config, context), context.signal);
  context.tell({ reached: ['Subscribed'] });
  const over = AbortSignal.any([context.signal, link.lost]);
  for (;;) {
    const batch = await link.inbox.take(over);
    if (link.lost.aborted) throw link.reason;
    if (context.signal.aborted) return;
    const events = batch.flatMap((message) => read(message, config));
    // Once the link is lost all of them come again: there is nothing to be patient for.
    if (events.length > 0) await unlessLost(link, offer(events, { ...context, signal: over }, config));
    link.acknowledge(batch);
    const skipped = link.dropped();
    if (skipped > 0) context.tell({ skipped });
  }
};

/** Makes the session's filters those of the spec. One that the server kept needs only what changed; one that it did not keep, though there was one, has lost what was sent meanwhile. */
async function subscribed(link: MqttLink, config: MqttConfig, context: SourceContext): Promise<void> {
  const { topics, server, namespace, kind, name } = config;
  const before = filtersOf(context.position);
  const wanted = topics.map(({ filter, qos }) => `${qos} ${filter}`);
  if (before && !link.sessionPresent)
    config.log.warn('source.session-lost', {
      source: sourceKey({ namespace, kind, name }),
      clientId: server.clientId,
    });
  const there = link.sessionPresent ? (before ?? []) : [];
  const missing = topics.filter((_, i) => !there.includes(wanted[i] ?? ''));
  if (missing.length > 0) await link.subscribe(missing);
  await link.unsubscribe(
    there.map((entry) => entry.slice(2)).filter((filter) => !topics.some((topic) => topic.filter === filter)),
  );
  const position = JSON.stringify(wanted);
  if (position !== context.position) await context.save(position);
}

function filtersOf(position: string | undefined): readonly string[] | undefined {
  const value = position === undefined ? undefined : parsedJson(position);
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}

function read(message: MqttDelivered, { read, ...source }: MqttConfig): readonly CloudEvent[] {
  try {
    return read(message);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { topic, payload, contentType } = message;
    const reason = `${error.code}: ${error.message}`;
    // A topic may hold what a subject may not.
    const subject = topic.toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
    return [deadLetter({ id: deliveryName(message), reason, data: payload, contentType, subject }, source)];
  }
}

async function unlessLost(link: MqttLink, offered: Promise<void>): Promise<void> {
  try {
    await offered;
  } catch (error) {
    throw link.lost.aborted ? link.reason : error;
  }
}
