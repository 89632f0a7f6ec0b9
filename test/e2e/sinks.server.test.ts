import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attribute } from '../../events/event.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { subscriber } from '../support/subscriber.ts';
import { type Server, startServer } from '../servers/server.ts';

const EVENT = [
  'ce-specversion',
  '1.0',
  'ce-id',
  'e-1',
  'ce-source',
  '/shop',
  'ce-type',
  'order',
  'ce-partitionkey',
  'k',
];
const BODY = '{"order": 7,  "ümlaut": true}';

/** The Broker `in` whose Trigger puts everything into `sink`; the Broker `out` that `source` fills, and whose Trigger posts to `url`. */
function around(sink: { readonly apiVersion: string; readonly kind: string }, url: string): string {
  const broker = (name: string) => `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: ${name}}\n`;
  const trigger = (name: string, subscriber: string) =>
    `apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: ${name}}\nspec: {broker: ${name}, subscriber: ${subscriber}}\n`;
  return [
    broker('in'),
    broker('out'),
    trigger('in', `{ref: {apiVersion: ${sink.apiVersion}, kind: ${sink.kind}, name: it}}`),
    trigger('out', `{uri: '${url}'}`),
  ].join('---\n');
}

const TO_OUT = 'sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: out}}';

const KAFKA = (servers: string): string => `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: it}
spec: {topic: round-trip, bootstrapServers: ['${servers}'], numPartitions: 2, contentMode: binary}
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: it}
spec: {topics: [round-trip], bootstrapServers: ['${servers}'], consumerGroup: it, initialOffset: earliest, ${TO_OUT}}
`;

const RABBITMQ = (uri: string): string => `
apiVersion: v1
kind: Secret
metadata: {name: rabbit}
stringData: {uri: '${uri}', username: guest, password: guest}
---
apiVersion: sinks.weir.dev/v1alpha1
kind: RabbitmqSink
metadata: {name: it}
spec: {rabbitmqClusterReference: {connectionSecret: {name: rabbit}}, exchangeName: round-trip}
---
apiVersion: sources.knative.dev/v1alpha1
kind: RabbitmqSource
metadata: {name: it}
spec:
  rabbitmqClusterReference: {connectionSecret: {name: rabbit}}
  rabbitmqResourcesConfig: {exchangeName: round-trip, queueName: round-trip}
  ${TO_OUT}
`;

let servers: { readonly kafka: Server; readonly rabbitmq: Server };
beforeAll(async () => {
  const [kafka, rabbitmq] = await Promise.all([startServer('kafka'), startServer('rabbitmq')]);
  servers = { kafka, rabbitmq };
});
afterAll(async () => {
  await Promise.all([servers.kafka[Symbol.asyncDispose](), servers.rabbitmq[Symbol.asyncDispose]()]);
});

test.each([
  {
    kind: 'KafkaSink',
    apiVersion: 'eventing.knative.dev/v1alpha1',
    server: () => servers.kafka,
    more: () => KAFKA(servers.kafka.env['KAFKA'] ?? ''),
  },
  {
    kind: 'RabbitmqSink',
    apiVersion: 'sinks.weir.dev/v1alpha1',
    server: () => servers.rabbitmq,
    more: () => RABBITMQ(servers.rabbitmq.env['AMQP'] ?? ''),
  },
])(
  'a Trigger delivers into a $kind, also after its server was killed, and a source reads the same event there',
  async (about) => {
    const { kind, apiVersion, server, more } = about;
    const { url, first } = await subscriber();
    const folder = join(await ownFolder(), 'resources');
    await mkdir(folder);
    await writeFile(join(folder, 'all.yaml'), `${around({ apiVersion, kind }, url)}---${more()}`);
    const weir = await serving({ paths: [folder], channel: 'embedded' });
    const post = (path: string, id: string) =>
      send(`${weir.listen}${path}`, {
        headers: [...EVENT.with(3, id), 'content-type', 'application/json'],
        body: Buffer.from(BODY),
      });
    const seen = async (id: string) => {
      const { event } = await first((what) => attribute(what.event, 'id') === id);
      const names = ['type', 'source', 'partitionkey', 'datacontenttype'];
      return [...names.map((name) => event.attributes.get(name)), Buffer.from(event.data ?? '').toString()];
    };
    const same = ['order', '/shop', 'k', 'application/json', BODY];
    expect((await post('/default/in', 'by-trigger')).status).toBe(202);
    expect(await seen('by-trigger')).toEqual(same);
    // What comes while the server is down is tried again until it is up.
    await server().kill();
    expect((await post('/default/in', 'meanwhile')).status).toBe(202);
    await weir.lines.first('delivery.failed');
    await server().start();
    expect(await seen('meanwhile')).toEqual(same);
    // And at the address that the sink has for everybody else.
    const answered = await post(`/-/sinks/default/${kind.toLowerCase()}/it`, 'by-address');
    expect([answered.status, answered.text]).toEqual([202, '']);
    expect(await seen('by-address')).toEqual(same);
  },
);
