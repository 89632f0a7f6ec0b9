import { randomUUID } from 'node:crypto';
import { type Admin, type CompressionTypes, Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import { quietIdleTimer } from '../../../clients/kafka/idle-timer.ts';

/** A client of the tests' own, beside the product's. */
export class KafkaUser implements AsyncDisposable {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;

  private constructor(kafka: Kafka) {
    this.kafka = kafka;
    this.admin = kafka.admin();
    this.producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  }

  static async connect(
    servers: string,
    more: Partial<ConstructorParameters<typeof Kafka>[0]> = {},
  ): Promise<KafkaUser> {
    quietIdleTimer();
    const retry = { retries: 30, initialRetryTime: 100, maxRetryTime: 500 };
    const user = new KafkaUser(
      new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING, clientId: 'test', retry, ...more }),
    );
    await user.admin.connect();
    await user.producer.connect();
    return user;
  }

  /** A topic that nobody else uses. */
  async topic(numPartitions = 1, configEntries: { name: string; value: string }[] = []): Promise<string> {
    const topic = `t-${randomUUID()}`;
    await this.admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
    return topic;
  }

  async send(topic: string, messages: Message[], compression?: CompressionTypes): Promise<void> {
    await this.producer.send({ topic, messages, acks: -1, ...(compression === undefined ? {} : { compression }) });
  }

  /** Which partitions the records of each key are in; no key is the empty one. Reads the topic until it has seen `count`. */
  async partitions(topic: string, count: number): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const consumer = this.kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 250 });
    const found = new Map<string, Set<number>>();
    const { promise, resolve } = Promise.withResolvers<void>();
    let seen = 0;
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const key = message.key?.toString() ?? '';
        found.set(key, (found.get(key) ?? new Set()).add(partition));
        seen += 1;
        if (seen >= count) resolve();
      },
    });
    await promise;
    await consumer.disconnect();
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
  }
}
