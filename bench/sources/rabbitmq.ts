import { connect } from 'amqplib';
import { pieces, THING, type SourceBench } from './source-bench.ts';

const PREFETCH = 500;

/** A quorum queue, read by one consumer. */
export const rabbitmqBench: SourceBench = {
  kind: 'RabbitmqSource',
  server: 'rabbitmq',
  address: 'AMQP',
  things: 40_000,
  async fill(address, name, count) {
    const connection = await connect(address);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    for (const piece of pieces(count, 500)) {
      for (const n of piece)
        channel.sendToQueue(name, Buffer.from(THING), {
          persistent: true,
          messageId: String(n),
          contentType: 'application/json',
        });
      await channel.waitForConfirms();
    }
    await connection.close();
  },
  source: (address, name) => ({
    apiVersion: 'sources.knative.dev/v1alpha1',
    spec: {
      rabbitmqClusterReference: { connectionSecret: { name: 'bench' } },
      rabbitmqResourcesConfig: { queueName: name, predeclared: true, parallelism: PREFETCH },
    },
    secrets: { uri: address, username: 'guest', password: 'guest' },
  }),
  async read(address, name, took) {
    const connection = await connect(address);
    const channel = await connection.createChannel();
    await channel.prefetch(PREFETCH);
    await new Promise<void>((resolve, reject) => {
      const take: Parameters<typeof channel.consume>[1] = (message) => {
        if (!message) return;
        channel.ack(message);
        if (took(1)) resolve();
      };
      channel.consume(name, take).catch(reject);
    });
    await connection.close();
  },
};
