import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { attribute } from '../../../events/event.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { objectStorageKind } from '../../../sources/object-storage/kind.ts';
import { openSource, type OpenSource } from '../../../sources/open.ts';
import { startServer, type Server, type ServerName } from '../../servers/server.ts';
import { KafkaUser } from '../kafka/kafka-server.ts';
import { RabbitmqUser } from '../rabbitmq/rabbitmq-user.ts';
import { instance, SourceWorld } from '../source-world.ts';
import { S3User } from './aws.ts';
import { captured } from './read.ts';

const KEYS = ['plain.txt', 'folder/a b+c 100%.txt', 'ünï 日本.txt'];

/** A server that MinIO tells, and how the source reads there. */
interface Target {
  readonly server: Server;
  /** Of MinIO, without its prefix and its suffix. */
  readonly minio: Readonly<Record<string, string>>;
  readonly queue: object;
  readonly secrets?: ReadonlyMap<string, string>;
}

async function started(name: ServerName): Promise<Server> {
  const server = await startServer(name);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function rabbitmq(): Promise<Target> {
  const server = await started('rabbitmq');
  const user = new RabbitmqUser(server);
  const name = await user.queue('quorum');
  const url = new URL(user.url);
  url.username ||= 'guest';
  url.password ||= 'guest';
  return {
    server,
    minio: {
      URL: url.href,
      EXCHANGE: name,
      EXCHANGE_TYPE: 'headers',
      ROUTING_KEY: 's3',
      DURABLE: 'on',
      DELIVERY_MODE: '2',
    },
    queue: {
      rabbitmq: {
        rabbitmqClusterReference: { connectionSecret: { name: 'rabbit' } },
        rabbitmqResourcesConfig: { queueName: name, predeclared: true, parallelism: 20 },
      },
    },
    secrets: user.secrets(),
  };
}

async function kafka(): Promise<Target> {
  const server = await started('kafka');
  const bootstrap = server.env['KAFKA'] ?? '';
  await using user = await KafkaUser.connect(bootstrap);
  const topic = await user.topic();
  return {
    server,
    minio: { BROKERS: bootstrap, TOPIC: topic },
    queue: { kafka: { bootstrapServers: bootstrap.split(','), topics: [topic], initialOffset: 'earliest' } },
  };
}

async function nats(): Promise<Target> {
  const server = await started('nats');
  const address = server.env['NATS'] ?? '';
  const connection = await connect({ servers: address });
  await (await jetstreamManager(connection)).streams.add({ name: 'photos', subjects: ['minio.>'] });
  await connection.close();
  return {
    server,
    minio: { ADDRESS: new URL(address).host, SUBJECT: 'minio.photos', JETSTREAM: 'on' },
    queue: { nats: { servers: [address], stream: 'photos' } },
  };
}

function source({ queue, secrets = new Map() }: Pick<Target, 'queue' | 'secrets'>): SourceInstance {
  const spec = { sink: { uri: 'http://sink.example' }, provider: 'minio', queue };
  return instance('ObjectStorageSource', spec, { secrets });
}

function opened(one: SourceInstance): { readonly world: SourceWorld; readonly open: OpenSource } {
  const world = new SourceWorld(systemClock);
  const open = openSource(one, world.ports, [objectStorageKind]);
  onTestFinished(() => open[Symbol.asyncDispose]());
  return { world, open };
}

/** A MinIO that tells a target, and somebody who puts objects there. */
async function minioTo(name: string, target: Target): Promise<S3User> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-minio-queue-'));
  const settings = { ...target.minio, ENABLE: 'on', QUEUE_DIR: folder };
  const env = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`MINIO_NOTIFY_${name}_${key}_weir`, value]),
  );
  const minio = await startServer('minio', { env });
  onTestFinished(async () => {
    await minio[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const s3 = new S3User(minio.env['S3'] ?? '', minio.env);
  onTestFinished(() => s3[Symbol.dispose]());
  await s3.bucket('photos', `arn:minio:sqs::weir:${name.toLowerCase()}`);
  return s3;
}

test.each([
  ['AMQP', rabbitmq],
  ['NATS', nats],
  ['KAFKA', kafka],
] as const)(
  'what MinIO gives to %s is emitted: by its name, once, and what came while the source was away too',
  async (name, begin) => {
    const target = await begin();
    const s3 = await minioTo(name, target);
    const one = source(target);
    const first = opened(one);
    for (const key of KEYS) await s3.put('photos', key);
    await first.world.until(() => first.world.emitted.length === KEYS.length);
    await first.world.until(() => first.open.status().emitted === KEYS.length);
    const told = first.world.emitted.map((event) => [
      attribute(event, 'type'),
      attribute(event, 'source'),
      attribute(event, 'subject'),
    ]);
    expect(told).toEqual(KEYS.map((key) => ['com.amazonaws.s3.ObjectCreated:Put', 'minio:s3..photos', key]));
    await first.open[Symbol.asyncDispose]();
    await s3.remove('photos', KEYS);
    const second = opened(one);
    await second.world.until(() => second.world.emitted.length === KEYS.length);
    const removed = second.world.emitted.map((event) => `${attribute(event, 'type')} ${attribute(event, 'subject')}`);
    expect(new Set(removed)).toEqual(new Set(KEYS.map((key) => `com.amazonaws.s3.ObjectRemoved:Delete ${key}`)));
  },
);

test('what somebody adds to a stream of Redis is emitted; its own group goes with the source', async () => {
  const server = await started('redis');
  const redis = new Redis(server.env['REDIS'] ?? '');
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  const one = source({ queue: { redis: { address: server.env['REDIS'], stream: 'photos' } } });
  const { world, open } = opened(one);
  await world.until(() => world.saves > 0);
  await redis.xadd('photos', '*', 'data', captured('created-put'));
  await world.until(() => world.emitted.length === 1);
  expect(world.emitted.map((event) => attribute(event, 'subject'))).toEqual(['photo.txt']);
  await open[Symbol.asyncDispose]();
  expect(await redis.xinfo('GROUPS', 'photos')).toHaveLength(1);
  const remains = objectStorageKind.remains?.(one, world.ports);
  await remains?.remove(new AbortController().signal);
  expect(await redis.xinfo('GROUPS', 'photos')).toEqual([]);
});
