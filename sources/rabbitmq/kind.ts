import { rabbitmqAddress } from '../../clients/rabbitmq/address.ts';
import { rabbitmqEventSource, rabbitmqSource } from '../../crds/rabbitmq-source.ts';
import type { SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { rabbitmqEvents } from './event.ts';
import { rabbitmqQueue } from './rabbitmq.ts';

/** RabbitmqSource: a message in a queue is an event. [Knative sources.knative.dev/v1alpha1 RabbitmqSource] */
export const rabbitmqKind: SourceKind = {
  kind: 'RabbitmqSource',
  condition: 'Deployed',
  about: {
    arrives:
      'CloudEvents as they are: binary (headers `cloudEvents_`, `cloudEvents:`, `ce-`, or the bare names of Knative) and structured. Other messages: type `dev.knative.rabbitmq.event`, source `/apis/v1/namespaces/<namespace>/rabbitmqsources/<name>#<queue>`, id and subject = the message id, time = its timestamp, data = its body.',
    permissions:
      'Read on the queue; configure on the exchange and the queue, write on the queue and read on the exchange too, unless `predeclared`.',
    order:
      'The order of the queue. What was given back (a lost connection) stands where it stood, behind what another consumer took.',
    duplicates:
      'A message that was accepted and not acknowledged comes again with the same id: after a crash, and when the connection is lost. Without a message id its id is a hash of all its sender gave it: messages alike in everything, timestamp too, have one id.',
    position:
      'The queue: a message is acknowledged once its event is accepted, and held until then, whatever `delivery.retry` says. What cannot become an event is acknowledged after its dead letter. What is held for longer than the server allows (`consumer_timeout`, 30 minutes) is delivered again. Exchange and queue stay when the source is deleted, and the queue goes on filling: delete it by hand.',
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(rabbitmqSource, 'sources.knative.dev/v1alpha1', instance);
    const { namespace, name, kind, secrets } = instance;
    const resources = spec.rabbitmqResourcesConfig;
    const secret = spec.rabbitmqClusterReference.connectionSecret.name;
    const address = rabbitmqAddress(secrets, { secret, vhost: resources.vhost });
    const source = rabbitmqEventSource(instance, resources.queueName);
    const read: Parameters<typeof rabbitmqQueue>[0]['read'] = (message) => rabbitmqEvents(message, source);
    return (context) => rabbitmqQueue({ clock, random, log, namespace, name, kind, address, resources, read }, context);
  },
};
