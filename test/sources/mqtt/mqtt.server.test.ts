import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { mqttKind } from '../../../sources/mqtt/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { MqttUser } from './mqtt-user.ts';
import { instance } from '../source-world.ts';

let server: Server;
let user: MqttUser;

beforeAll(async () => {
  server = await startServer('mosquitto');
  user = new MqttUser(server);
}, 240_000);

afterAll(() => server?.[Symbol.asyncDispose]());

sourceSuite('MQTTSource', async () => {
  const topic = `t/${randomUUID()}`;
  const clientId = await user.session(`${topic}/#`);
  let happened = 0;
  const spec = (more: object = {}): object => ({
    sink: { uri: 'http://sink.example' },
    url: user.url,
    clientId,
    topics: [{ filter: `${topic}/#` }],
    ...more,
  });
  return {
    kind: mqttKind,
    instance: instance('MQTTSource', spec()),
    clock: 'real',
    position: 'server',
    server: { kill: () => user.kill(), start: () => server.start() },
    happen: async (_world, count) => {
      for (let i = 0; i < count; i += 1) await user.publish(`${topic}/state`, [`{"n":${(happened += 1)}}`]);
    },
    unreadable: () =>
      user.publish(`${topic}/broken`, ['x'], { properties: { userProperties: { specversion: '1.0' } } }),
    wrong: { spec: spec({ topics: [{ filter: 'a/#/b' }] }), path: 'spec.topics.0.filter' },
  };
});
