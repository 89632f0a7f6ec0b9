import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { cloudEvent } from '../../../events/attributes.ts';
import { RefusedError, UnavailableError } from '../../../events/errors.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { kafkaSink } from '../../../triggers/sinks/kafka-sink.ts';
import type { EventSink } from '../../../triggers/sinks/sink.ts';
import { bytes, plain } from '../../events/samples.ts';
import { type Server, startServer } from '../../servers/server.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { kafkaInstance, openKafkaSource } from '../../sources/kafka/kafka-opened.ts';
import { KafkaUser } from '../../sources/kafka/kafka-server.ts';
import { SourceWorld } from '../../sources/source-world.ts';

const USER = 'weir';
const PASSWORD = 'hunter2-s3cret';

let server: Server;
let user: KafkaUser;

beforeAll(async () => {
  server = await startServer('kafka', { env: { KAFKA_USER: `${USER}:${PASSWORD}` } });
  user = await KafkaUser.connect(server.env['KAFKA'] ?? '');
}, 240_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

function opened(spec: object, secrets: Readonly<Record<string, string>> = {}): EventSink {
  return kafkaSink.open(
    {
      namespace: 'default',
      name: 'it',
      kind: 'KafkaSink',
      spec: { bootstrapServers: [server.env['KAFKA']], ...spec },
      secrets: new Map(Object.entries(secrets).map(([key, value]) => [`login/${key}`, value])),
    },
    { clock: systemClock, random: () => 0, log: new SourceWorld(systemClock).ports.log },
  );
}

function event(id: string, more: object = {}, data = '{"a":1}'): CloudEvent {
  return cloudEvent(
    { specversion: '1.0', id, source: '/s', type: 't', datacontenttype: 'application/json', ...more },
    bytes(data),
  );
}

function soon(): AbortSignal {
  return AbortSignal.timeout(60_000);
}

/** What a KafkaSource reads there. */
function reading(topic: string): SourceInstance {
  return kafkaInstance({ bootstrapServers: [server.env['KAFKA']], topics: [topic], consumerGroup: randomUUID() });
}

async function read(topic: string, count: number): Promise<readonly CloudEvent[]> {
  await using source = openKafkaSource(reading(topic));
  return [...(await source.events(count))];
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it resolved',
    (error: unknown) => error,
  );
}

describe('a KafkaSink', () => {
  test.each(['binary', 'structured'])('in %s mode gives back what was put', async (contentMode) => {
    const topic = await user.topic(2);
    await using sink = opened({ topic, contentMode });
    const events = [event('1', { partitionkey: 'k', subject: '%41 ü' }), event('2', { n: 7, yes: true })];
    for (const one of events) await sink.put(one, soon());
    const canonical = (one: CloudEvent): unknown =>
      contentMode === 'structured'
        ? plain(one)
        : plain({ ...one, attributes: new Map([...one.attributes.keys()].map((n) => [n, attribute(one, n) ?? ''])) });
    const came = (await read(topic, 2)).toSorted((a, b) =>
      (attribute(a, 'id') ?? '').localeCompare(attribute(b, 'id') ?? ''),
    );
    expect(came.map(plain)).toEqual(events.map(canonical));
  });

  test('makes a topic that is missing, and leaves one that is there as it is', async () => {
    const topic = `made-${randomUUID()}`;
    const partitions = async (): Promise<number | undefined> =>
      (await user.admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length;
    await using first = opened({ topic });
    await first.prepare(soon());
    expect(await partitions()).toBe(10);
    await using second = opened({ topic, numPartitions: 3 });
    await second.prepare(soon());
    expect(await partitions()).toBe(10);
  });

  test('writes thousands that come together, each key into one partition', async () => {
    const topic = await user.topic(4);
    await using sink = opened({ topic, contentMode: 'binary' });
    const key = (n: number): object => (n % 4 === 0 ? {} : { partitionkey: `k${n % 4}` });
    await Promise.all(Array.from({ length: 5_000 }, (_, n) => sink.put(event(`${n}`, key(n)), soon())));
    const came = await read(topic, 5_000);
    expect(new Set(came.map((one) => attribute(one, 'id'))).size).toBe(5_000);
    const keyed = await user.partitions(topic, came.length);
    for (const one of ['k1', 'k2', 'k3']) expect(keyed.get(one)?.size).toBe(1);
    expect(keyed.get('')?.size).toBeGreaterThan(1);
  });

  test('refuses for good what the topic does not take, and writes what came with it', async () => {
    const topic = await user.topic(1, [{ name: 'max.message.bytes', value: '5000' }]);
    await using sink = opened({ topic });
    const small = Array.from({ length: 20 }, (_, n) =>
      sink.put(event(`${n}`, {}, JSON.stringify('x'.repeat(900))), soon()),
    );
    const large = rejection(sink.put(event('large', {}, JSON.stringify('x'.repeat(9_000))), soon()));
    await Promise.all(small);
    expect(await large).toBeInstanceOf(RefusedError);
    expect(await large).toMatchObject({ code: 'event-too-large' });
    expect(await read(topic, 20)).toHaveLength(20);
  });

  test('says that the topic is not there, rather than that all is well', async () => {
    await using sink = opened({ topic: `none-${randomUUID()}` });
    const error = await rejection(sink.put(event('1'), soon()));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'sink-unavailable', message: expect.stringContaining('create the topic') });
  });

  test('logs in as the Secret of Knative says', async () => {
    const topic = await user.topic(1);
    const spec = { topic, bootstrapServers: [server.env['KAFKA_SASL']], auth: { secret: { ref: { name: 'login' } } } };
    const secrets = { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', user: USER, password: PASSWORD };
    await using sink = opened(spec, secrets);
    await sink.prepare(soon());
    await sink.put(event('1'), soon());
    expect(await read(topic, 1)).toHaveLength(1);
    await using wrong = opened(spec, { ...secrets, password: 'hunter2-wrong' });
    const error = await rejection(wrong.put(event('2'), soon()));
    expect(error).toMatchObject({ code: 'sink-unavailable' });
    expect(String(error)).not.toContain('hunter2');
  });

  test('rejects while its server is gone, writes again when it is back, and what it acknowledged is there', async () => {
    const topic = await user.topic(4);
    await using sink = opened({ topic });
    const acknowledged: string[] = [];
    const put = async (id: string): Promise<void> => {
      await sink.put(event(id), soon());
      acknowledged.push(id);
    };
    await Promise.all(Array.from({ length: 500 }, (_, n) => put(`before-${n}`)));
    const during = Promise.allSettled(Array.from({ length: 500 }, (_, n) => put(`during-${n}`)));
    await server.kill();
    await during;
    expect(await rejection(put('gone'))).toMatchObject({ code: 'sink-unavailable' });
    await server.start();
    while ((await rejection(put('back'))) !== undefined && !acknowledged.includes('back'));
    await using source = openKafkaSource(reading(topic));
    // What was not acknowledged may be there too, and before it: a number of events says nothing.
    const missing = (): string[] => acknowledged.filter((id) => !source.world.ids.includes(id));
    await expect.poll(missing, { timeout: 60_000, interval: 200 }).toEqual([]);
  });

  test('rejects soon once nobody waits any more, and once it is closed', async () => {
    const topic = await user.topic(1);
    const sink = opened({ topic });
    const over = new AbortController();
    const put = rejection(sink.put(event('1'), over.signal));
    over.abort();
    expect(await put).toBeInstanceOf(UnavailableError);
    const late = rejection(sink.put(event('2'), soon()));
    await sink[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
    expect(await late).toMatchObject({ code: 'shutting-down' });
    expect(await rejection(sink.put(event('3'), soon()))).toMatchObject({ code: 'shutting-down' });
  });
});
