import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { attribute } from '../../../events/event.ts';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { objectStorageKind } from '../../../sources/object-storage/kind.ts';
import { openSource } from '../../../sources/open.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { gate, instance, SourceWorld } from '../source-world.ts';
import { S3User, SqsUser } from './aws.ts';
import { type Cut, wayTo } from './cut.ts';

let moto: Server;
let way: Cut;
let s3: S3User;
let sqs: SqsUser;
let queues = 0;

beforeAll(async () => {
  moto = await startServer('moto');
  const aws = moto.env['AWS'] ?? '';
  way = await wayTo(aws);
  s3 = new S3User(aws, moto.env);
  sqs = new SqsUser(aws, moto.env);
});

afterAll(async () => {
  s3[Symbol.dispose]();
  sqs[Symbol.dispose]();
  await way[Symbol.asyncDispose]();
  await moto[Symbol.asyncDispose]();
});

const KEYS = {
  accessKeyId: { secretKeyRef: { name: 'aws', key: 'id' } },
  secretAccessKey: { secretKeyRef: { name: 'aws', key: 'secret' } },
};

interface Place {
  readonly bucket: string;
  readonly url: string;
  readonly instance: SourceInstance;
}

/** A bucket that tells a queue, and the source of that queue. */
async function place(over: object = {}): Promise<Place> {
  const name = `photos-${(queues += 1)}`;
  const { url, arn } = await sqs.queue(name);
  await s3.bucket(name, arn);
  const source = {
    queueUrl: url,
    region: 'us-east-1',
    endpoint: way.url,
    credentials: KEYS,
    waitTimeSeconds: 2,
    visibilityTimeout: 5,
    ...over,
  };
  const secrets = new Map([
    ['aws/id', moto.env['AWS_ACCESS_KEY_ID'] ?? ''],
    ['aws/secret', moto.env['AWS_SECRET_ACCESS_KEY'] ?? ''],
  ]);
  const spec = { sink: { uri: 'http://sink.example' }, provider: 's3', queue: { sqs: source } };
  return { bucket: name, url, instance: instance('ObjectStorageSource', spec, { secrets }) };
}

sourceSuite('ObjectStorageSource: SQS', async () => {
  const { bucket, url, instance } = await place();
  let puts = 0;
  return {
    kind: objectStorageKind,
    instance,
    clock: 'real',
    position: 'server',
    // moto forgets all when it ends: so it is the way to it that ends.
    server: { kill: () => way.cut(), start: () => way.mend() },
    happen: async (_world, count) => {
      for (let i = 0; i < count; i += 1) await s3.put(bucket, `photo ${(puts += 1)}.jpg`);
    },
    unreadable: () => sqs.send(url, 'hello'),
    wrong: { spec: { ...Object(instance.spec), queue: {} }, path: 'spec.queue' },
  };
});

describe('a queue of SQS', () => {
  async function withSource(one: Place, check: (world: SourceWorld) => Promise<void>): Promise<void> {
    const world = new SourceWorld(systemClock);
    await using _source = openSource(one.instance, world.ports, [objectStorageKind]);
    await check(world);
  }

  async function emptied(url: string): Promise<void> {
    await expect.poll(() => sqs.count(url), { timeout: 20_000 }).toBe(0);
  }

  test('tells of objects, with their keys as they are, and is empty afterwards', async () => {
    const one = await place();
    // moto does not encode keys: what looks encoded would be decoded.
    const keys = ['plain.txt', 'folder/a b.txt', 'ünï 日本 100%.txt'];
    await withSource(one, async (world) => {
      for (const key of keys) await s3.put(one.bucket, key);
      await s3.remove(one.bucket, keys.slice(0, 1));
      await world.until(() => world.emitted.length === 4);
      const told = world.emitted.map((event) => `${attribute(event, 'type')} ${attribute(event, 'subject')}`).sort();
      expect(told).toEqual(
        [
          ...keys.map((key) => `com.amazonaws.s3.ObjectCreated:Put ${key}`),
          `com.amazonaws.s3.ObjectRemoved:Delete ${keys[0]}`,
        ].sort(),
      );
      await emptied(one.url);
    });
  });

  test('has the test message of S3 in it: passed over, and deleted', async () => {
    const one = await place();
    const world = new SourceWorld(systemClock);
    await using source = openSource(one.instance, world.ports, [objectStorageKind]);
    await expect.poll(() => source.status().skipped, { timeout: 20_000 }).toBe(1);
    await emptied(one.url);
    expect(world.offered).toEqual([]);
  });

  test('gives many messages at once: they are emitted together', async () => {
    const one = await place({ receivers: 1 });
    for (let n = 0; n < 30; n += 1) await s3.put(one.bucket, `${n}`);
    await withSource(one, async (world) => {
      await world.until(() => world.emitted.length === 30);
      expect(world.appends).toBeLessThanOrEqual(6);
      await emptied(one.url);
    });
  });

  test('is not asked for what is being emitted, however long that takes: its visibility is extended', async () => {
    const one = await place();
    await withSource(one, async (world) => {
      const { passed, open } = gate();
      world.sink = () => passed;
      await s3.put(one.bucket, 'slow');
      await world.until(() => world.offered.length === 1);
      // Three times as long as it would be invisible.
      const late = Date.now() + 15_000;
      await expect.poll(() => Date.now() > late, { timeout: 20_000, interval: 500 }).toBe(true);
      open();
      await world.until(() => world.emitted.length === 1);
      await emptied(one.url);
      expect(world.offered).toHaveLength(1);
    });
  });

  test('holds what is none of S3: a dead letter, then deleted; what is behind it goes on', async () => {
    const one = await place();
    await withSource(one, async (world) => {
      await sqs.send(one.url, 'poison');
      await s3.put(one.bucket, 'after');
      await world.until(() => world.emitted.length === 2);
      expect(new Set(world.emitted.map((event) => attribute(event, 'type')))).toEqual(
        new Set(['com.amazonaws.s3.ObjectCreated:Put', DEAD_LETTER_TYPE]),
      );
      await emptied(one.url);
    });
  });

  test('is subscribed to a topic of SNS: the envelope is taken off', async () => {
    const one = await place();
    const Message = JSON.stringify({
      Records: [
        {
          eventName: 'ObjectCreated:Put',
          eventSource: 'aws:s3',
          s3: { bucket: { name: 'b' }, object: { key: 'a+b' } },
        },
      ],
    });
    await withSource(one, async (world) => {
      await sqs.send(
        one.url,
        JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:123456789012:t', Message }),
      );
      await world.until(() => world.emitted.length === 1);
      expect(world.emitted.map((event) => attribute(event, 'subject'))).toEqual(['a b']);
    });
  });

  test('is not there: the source says so, and what to call it', async () => {
    const one = await place({ queueUrl: `${way.url}/123456789012/nowhere` });
    const world = new SourceWorld(systemClock);
    await using source = openSource(one.instance, world.ports, [objectStorageKind]);
    await world.until(() => source.status().failures > 0);
    expect(source.status().conditions).toMatchObject({
      Deployed: { ok: false, message: expect.stringContaining('nowhere') },
    });
  });

  test('knows how much waits in it', async () => {
    const one = await place();
    const world = new SourceWorld(systemClock);
    await using source = openSource(one.instance, world.ports, [objectStorageKind]);
    await expect.poll(() => source.status().lag, { timeout: 20_000 }).toBeTypeOf('number');
  });
});
