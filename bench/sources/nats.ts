import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { pieces, THING, type SourceBench } from './source-bench.ts';

/** A stream, read by a durable consumer. */
export const natsBench: SourceBench = {
  kind: 'NatsJetStreamSource',
  server: 'nats',
  address: 'NATS',
  things: 20_000,
  async fill(address, name, count) {
    const connection = await connect({ servers: address });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name, subjects: [name] });
    await manager.consumers.add(name, {
      durable_name: 'bench',
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: 1000,
    });
    const stream = jetstream(connection);
    for (const piece of pieces(count, 200)) await Promise.all(piece.map(() => stream.publish(name, THING)));
    await connection.close();
  },
  source: (address, name) => ({
    apiVersion: 'sources.weir.dev/v1alpha1',
    spec: { servers: [address], stream: name, consumer: 'bench' },
  }),
  async read(address, name, took) {
    const connection = await connect({ servers: address });
    const consumer = await jetstream(connection).consumers.get(name, 'bench');
    for await (const message of await consumer.consume({ max_messages: 500 })) {
      message.ack();
      if (took(1)) break;
    }
    await connection.close();
  },
};
