import { afterAll, beforeAll } from 'vitest';
import { rabbitmqKind } from '../../../sources/rabbitmq/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { RabbitmqUser } from './rabbitmq-user.ts';
import { instance } from '../source-world.ts';

let server: Server;
let user: RabbitmqUser;

beforeAll(async () => {
  server = await startServer('rabbitmq');
  user = new RabbitmqUser(server);
}, 240_000);

afterAll(() => server?.[Symbol.asyncDispose]());

sourceSuite('RabbitmqSource', async () => {
  const queueName = await user.queue('quorum');
  let happened = 0;
  const spec = (resources: object = {}): object => ({
    sink: { uri: 'http://sink.example' },
    rabbitmqClusterReference: { connectionSecret: { name: 'rabbit' } },
    rabbitmqResourcesConfig: { exchangeName: queueName, queueName, parallelism: 20, ...resources },
  });
  return {
    kind: rabbitmqKind,
    instance: instance('RabbitmqSource', spec(), { secrets: user.secrets() }),
    clock: 'real',
    position: 'server',
    server: { kill: () => user.kill(), start: () => server.start() },
    happen: async (_world, count) => {
      for (let i = 0; i < count; i += 1)
        await user.publish(queueName, [{ body: `{"n":${(happened += 1)}}`, contentType: 'application/json' }]);
    },
    unreadable: () => user.publish(queueName, [{ body: 'x', headers: { cloudEvents_specversion: '1.0' } }]),
    wrong: { spec: spec({ parallelism: 0 }), path: 'spec.rabbitmqResourcesConfig.parallelism' },
  };
});
