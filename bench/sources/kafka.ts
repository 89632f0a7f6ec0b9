import { Kafka, logLevel } from 'kafkajs';
import { pieces, THING, type SourceBench } from './source-bench.ts';

function client(address: string): Kafka {
  return new Kafka({ brokers: address.split(','), logLevel: logLevel.NOTHING });
}

interface Filling {
  readonly count: number;
  readonly thing: (n: number) => string;
}

/** Makes a topic of four partitions and puts `count` things into it. */
export async function fillTopic(address: string, topic: string, { count, thing }: Filling): Promise<void> {
  const kafka = client(address);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (const piece of pieces(count, 1000))
    await producer.send({ topic, messages: piece.map((n) => ({ key: String(n), value: thing(n) })) });
  await producer.disconnect();
}

/** A topic of four partitions, read by a group of one member. */
export const kafkaBench: SourceBench = {
  kind: 'KafkaSource',
  server: 'kafka',
  address: 'KAFKA',
  things: 100_000,
  fill: (address, name, count) => fillTopic(address, name, { count, thing: () => THING }),
  source: (address, name) => ({
    apiVersion: 'sources.knative.dev/v1',
    spec: { bootstrapServers: address.split(','), topics: [name], consumerGroup: name, initialOffset: 'earliest' },
  }),
  async read(address, name, took) {
    const consumer = client(address).consumer({ groupId: name });
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachBatch: async ({ batch }) => {
            if (took(batch.messages.length)) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
  },
};
