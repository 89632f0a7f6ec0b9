import { kafkaConnection } from '../../clients/kafka/connection.ts';
import { rabbitmqAddress } from '../../clients/rabbitmq/address.ts';
import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import type { ObjectStorageQueue } from '../../crds/object-storage-queue.ts';
import type { Clock } from '../../events/clock.ts';
import { kafkaSource } from '../kafka/kafka.ts';
import type { Remains, SourceInstance, SourcePorts } from '../kind.ts';
import { natsLink, natsServers } from '../nats/link.ts';
import { natsJetStream } from '../nats/nats-jet-stream.ts';
import { ownName } from '../own-name.ts';
import { rabbitmqQueue } from '../rabbitmq/rabbitmq.ts';
import { removeGroup } from '../redis/group.ts';
import { redisLink, redisServer } from '../redis/link.ts';
import { redisStream } from '../redis/redis-stream.ts';
import type { SourceContext } from '../source.ts';
import { messageReader } from './queue-message.ts';
import { sqsQueue } from './sqs.ts';
import { sqsServer } from './sqs-server.ts';

/** What is read, whose notifications it holds, and for whom. */
export interface QueueReading extends Pick<SourcePorts, 'clock' | 'random' | 'log'> {
  readonly provider: ObjectStorageProvider;
  readonly queue: ObjectStorageQueue;
  readonly instance: SourceInstance;
}

type Loop = (context: SourceContext) => Promise<void>;

/** The loop that reads the queue of a source: that of the kind for such queues, with messages read as notifications. Throws `secret-missing`. */
export function queueLoop(reading: QueueReading): Loop | undefined {
  const { provider, queue, instance, clock, random, log } = reading;
  const { namespace, name, kind, secrets } = instance;
  const of = { namespace, name, kind, clock, random, log };
  const message = messageReader(provider, instance);
  if (queue.sqs) {
    const { receivers } = queue.sqs;
    const server = sqsServer(queue.sqs, instance);
    return (context) => sqsQueue({ ...of, server, receivers, read: message.sqs }, context);
  }
  if (queue.kafka) {
    const { consumerGroup, ...topics } = queue.kafka;
    const connection = kafkaConnection(queue.kafka, secrets, 'spec.queue.kafka.net');
    const group = consumerGroup ?? groupName(instance);
    return (context) => kafkaSource({ ...of, ...topics, connection, group, read: message.kafka }, context);
  }
  if (queue.rabbitmq) {
    const { rabbitmqClusterReference, rabbitmqResourcesConfig: resources } = queue.rabbitmq;
    const secret = rabbitmqClusterReference.connectionSecret.name;
    const address = rabbitmqAddress(secrets, { secret, vhost: resources.vhost });
    return (context) => rabbitmqQueue({ ...of, address, resources, read: message.rabbitmq }, context);
  }
  if (queue.redis) {
    const { stream, consumers, group = groupName(instance) } = queue.redis;
    const server = redisServer(queue.redis, instance, 'spec.queue.redis');
    return (context) => redisStream({ ...of, server, stream, consumers, group, read: message.redis }, context);
  }
  if (queue.nats) {
    const servers = natsServers(queue.nats, instance, 'spec.queue.nats');
    const consumer = { ...queue.nats, consumer: queue.nats.consumer ?? groupName(instance) };
    return (context) => natsJetStream({ ...of, servers, consumer, read: message.nats }, context);
  }
  return undefined;
}

/** What a source leaves at the server of its queue: a group or consumer that has its own name. */
export function queueRemains(queue: ObjectStorageQueue, instance: SourceInstance, clock: Clock): Remains | undefined {
  const own = groupName(instance);
  if (queue.redis && queue.redis.group === undefined) {
    const { stream } = queue.redis;
    const server = redisServer(queue.redis, instance, 'spec.queue.redis');
    return {
      what: `the group ${own} of stream ${stream} at ${server.host}:${server.port}`,
      remove: async (signal) => {
        using link = await redisLink(server, clock, signal);
        await removeGroup(link, { stream, group: own });
      },
    };
  }
  if (queue.nats && queue.nats.consumer === undefined) {
    const { stream, servers } = queue.nats;
    const reached = natsServers(queue.nats, instance, 'spec.queue.nats');
    return {
      what: `the consumer ${own} of stream ${stream} at ${servers.join(', ')}`,
      remove: async (signal) => {
        await using link = await natsLink(reached, clock, signal);
        await link.remove(stream, own);
      },
    };
  }
  return undefined;
}

/** The group or consumer of a source whose user named none. No other source's: another kind may have the same name and read the same stream, and no own name holds `__`. */
export function groupName(instance: Pick<SourceInstance, 'namespace' | 'name'>): string {
  return `${ownName(instance)}__storage`;
}
