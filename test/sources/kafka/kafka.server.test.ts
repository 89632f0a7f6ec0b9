import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { kafkaKind } from '../../../sources/kafka/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { type Server, startServer } from '../../servers/server.ts';
import { KafkaUser } from './kafka-server.ts';
import { instance } from '../source-world.ts';

let server: Server;
let user: KafkaUser;

beforeAll(async () => {
  server = await startServer('kafka');
  user = await KafkaUser.connect(server.env['KAFKA'] ?? '');
}, 240_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

sourceSuite('KafkaSource', async () => {
  const topic = await user.topic(4);
  let happened = 0;
  const spec = (more: object = {}): object => ({
    sink: { uri: 'http://sink.example' },
    bootstrapServers: (server.env['KAFKA'] ?? '').split(','),
    topics: [topic],
    consumerGroup: `g-${randomUUID()}`,
    initialOffset: 'earliest',
    ...more,
  });
  return {
    kind: kafkaKind,
    instance: instance('KafkaSource', spec()),
    clock: 'real',
    position: 'server',
    server,
    happen: async (_world, count) => {
      for (let i = 0; i < count; i += 1)
        await user.send(topic, [{ key: `k${happened}`, value: JSON.stringify({ n: (happened += 1) }) }]);
    },
    afresh: () => instance('KafkaSource', spec()),
    unreadable: () => user.send(topic, [{ value: '{', headers: { 'content-type': 'application/cloudevents+json' } }]),
    wrong: { spec: spec({ topics: [] }), path: 'spec.topics' },
  };
});
