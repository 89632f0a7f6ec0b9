import { rabbitmqAddress } from '../../clients/rabbitmq/address.ts';
import { RabbitmqPublisher } from '../../clients/rabbitmq/publisher.ts';
import { rabbitmqSink } from '../../crds/rabbitmq-sink.ts';
import { encodeAmqpBinary, encodeAmqpStructured } from '../../events/amqp/encode.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import type { SinkKind } from './sink.ts';

/**
 * RabbitmqSink: an event is a message of an exchange, in CloudEvents AMQP binding, persistent and confirmed. What no queue gets was not delivered: it is tried again, as somebody may bind one. The exchange must be there: which type it
 * should have, only its owner knows.
 */
export const rabbitmqSinkKind: SinkKind = {
  kind: 'RabbitmqSink',
  condition: 'ExchangeReady',
  open: (instance, { clock }) => {
    const {
      rabbitmqClusterReference,
      vhost,
      exchangeName: exchange,
      routingKey,
      contentMode,
    } = parsedSpec(rabbitmqSink, 'sinks.weir.dev/v1alpha1', instance);
    const secret = rabbitmqClusterReference.connectionSecret.name;
    const address = rabbitmqAddress(instance.secrets, { secret, vhost });
    const publisher = new RabbitmqPublisher(address, { clock, code: 'sink-unavailable' });
    const encode = contentMode === 'structured' ? encodeAmqpStructured : encodeAmqpBinary;
    return {
      prepare: (signal) => publisher.check(exchange, signal),
      put: (event, signal) => publisher.publish({ exchange, routingKey, message: encode(event) }, signal),
      [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose](),
    };
  },
};
