import { rabbitmqAddress } from '../../clients/rabbitmq/address.ts';
import { RabbitmqPublisher } from '../../clients/rabbitmq/publisher.ts';
import { rabbitmqSink } from '../../crds/rabbitmq-sink.ts';
import { encodeAmqpBinary, encodeAmqpStructured } from '../../events/amqp/encode.ts';
import { RefusedError } from '../../events/errors.ts';
import type { SinkInstance, SinkKind } from './sink.ts';

/**
 * RabbitmqSink: an event is a message of an exchange, in CloudEvents AMQP binding, persistent and confirmed. What no queue gets was not delivered: it is tried again, as somebody may bind one. The exchange must be there: which type it
 * should have, only its owner knows.
 */
export const rabbitmqSinkKind: SinkKind = {
  kind: 'RabbitmqSink',
  condition: 'ExchangeReady',
  open: (instance, { clock }) => {
    const { rabbitmqClusterReference, vhost, exchangeName: exchange, routingKey, contentMode } = specOf(instance);
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

function specOf({ namespace, name, kind, spec }: SinkInstance) {
  const result = rabbitmqSink.safeParse({
    apiVersion: 'sinks.weir.dev/v1alpha1',
    kind,
    metadata: { namespace, name },
    spec,
  });
  if (result.success) return result.data.spec;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? 'spec';
  throw new RefusedError('resource-invalid', `${path}: ${issue?.message ?? 'is not valid'}`, { path });
}
