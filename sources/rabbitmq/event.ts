import { createHash } from 'node:crypto';
import type { RabbitmqMessage } from '../../clients/rabbitmq/message.ts';
import { decodeAmqp } from '../../events/amqp/decode.ts';
import { timestampText } from '../../events/amqp/message.ts';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';
import { isMediaType } from '../../events/media-type.ts';

/**
 * The events of a message: its own, where it carries CloudEvents; else one that wraps it: type `dev.knative.rabbitmq.event`, id and subject = the message's id or `messageName`, time = its timestamp, data = its body. A content type that is
 * none (`json`) is left out. Throws `RefusedError` if it carries CloudEvents that are broken. [Knative RabbitmqSource]
 */
export function rabbitmqEvents(message: RabbitmqMessage, source: string): readonly CloudEvent[] {
  const decoded = decodeAmqp(message);
  if (decoded.kind === 'batch') return decoded.events;
  if (decoded.kind === 'event') return [decoded.event];
  const { contentType, timestamp, body } = message;
  const id = message.messageId ?? messageName(message);
  const time = timestamp === undefined ? undefined : timestampText(timestamp);
  return [
    cloudEvent(
      {
        specversion: '1.0',
        id,
        source,
        type: 'dev.knative.rabbitmq.event',
        subject: id,
        ...(time === undefined ? {} : { time }),
        ...(contentType === undefined || !isMediaType(contentType) ? {} : { datacontenttype: contentType }),
      },
      body.byteLength === 0 ? undefined : body,
    ),
  ];
}

/**
 * A name for a message without an id: the SHA-256 of all that its sender gave it, so that it is the same whenever it is delivered again. Two messages that are alike in everything have one name: senders that mean two
 * give them ids, or timestamps. What servers add (`x-delivery-count`, `x-death`) does not count.
 */
export function messageName({ exchange, routingKey, contentType, timestamp, headers, body }: RabbitmqMessage): string {
  const given = Object.entries(headers).filter(([name]) => !name.startsWith('x-'));
  const about = JSON.stringify([exchange, routingKey, contentType ?? '', timestamp ?? 0, given]);
  return `sha256:${createHash('sha256').update(about).update('\n').update(body).digest('hex')}`;
}
