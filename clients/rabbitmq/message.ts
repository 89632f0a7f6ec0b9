import type { ConsumeMessage } from 'amqplib';
import type { AmqpMessage } from '../../events/amqp/message.ts';

/** A message as it lay in a queue. */
export interface RabbitmqMessage extends AmqpMessage {
  readonly exchange: string;
  readonly routingKey: string;
}

/** What a message is acknowledged with. */
export type RabbitmqDelivery = ConsumeMessage;

/** The message of a delivery, its bytes not copied. Properties that are empty count as absent. */
export function rabbitmqMessage({ fields, properties, content }: RabbitmqDelivery): RabbitmqMessage {
  const { contentType, messageId, timestamp, headers } = properties;
  return {
    ...(isFilled(contentType) ? { contentType } : {}),
    ...(isFilled(messageId) ? { messageId } : {}),
    ...(typeof timestamp === 'number' && timestamp > 0 ? { timestamp } : {}),
    headers: headers ?? {},
    body: content,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
  };
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
