import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { UnavailableError } from '../../../events/errors.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { SourceLife } from '../../conformance/source-life.ts';
import { type Server, startServer } from '../../servers/server.ts';
import { dataOf, idsOf, kafkaInstance, openKafkaSource } from './kafka-opened.ts';
import { KafkaUser } from './kafka-server.ts';
import { SourceWorld, gate } from '../source-world.ts';

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

function reading(topic: string, more: object = {}): SourceInstance {
  return kafkaInstance({ bootstrapServers: [server.env['KAFKA']], topics: [topic], consumerGroup: topic, ...more });
}

/** Sends records 0 to `count`, several together; resolves when all are acknowledged. */
async function fill(topic: string, count: number, { from = 0, bytes = 10 } = {}): Promise<string[]> {
  const values = Array.from({ length: count }, (_, n) => `${from + n}`.padEnd(bytes, ' '));
  for (let at = 0; at < count; at += 100)
    await user.send(
      topic,
      values.slice(at, at + 100).map((value, n) => ({ key: `${n}`, value })),
    );
  return values;
}

describe('two processes of one group', () => {
  test('share the partitions under load, and when one goes nothing is lost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-kafka-'));
    const lives: SourceLife[] = [];
    const begin = async (): Promise<SourceLife> => {
      const life = await SourceLife.begin({ instance: reading(topic), kinds: undefined, folder, waitMs: 90_000 });
      lives.push(life);
      return life;
    };
    const topic = await user.topic(8);
    const all = (): Set<string> => new Set(lives.flatMap(({ accepted }) => accepted));
    let sent = 0;
    // Records go on coming until the newest has its share of them, however late it joins.
    const loaded = async (life: SourceLife): Promise<void> => {
      for (; life.accepted.length < 200; sent += 400) {
        await fill(topic, 400, { from: sent });
        await expect.poll(() => all().size, { timeout: 60_000 }).toBeGreaterThan(sent - 800);
      }
    };
    try {
      const first = await begin();
      await loaded(first);
      const second = await begin();
      await loaded(second);
      expect(await first.stop()).toBe(0);
      const third = await begin();
      await loaded(third);
      await second.kill();
      await third.until('all', () => all().size >= sent);
      expect(all().size).toBe(sent);
    } finally {
      for (const life of lives) await life.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

describe('the server', () => {
  test('killed under load and started again has lost nothing that it acknowledged', async () => {
    const topic = await user.topic(4);
    await using opened = openKafkaSource(reading(topic, { consumers: 2 }));
    const before = await fill(topic, 2_000);
    await opened.events(500);
    const during = fill(topic, 1_000, { from: 2_000 });
    await server.kill();
    await server.start();
    const sent = [...before, ...(await during), ...(await fill(topic, 500, { from: 3_000 }))];
    // What the client of the test sent again is there twice.
    const all = (): Set<string> => new Set(dataOf(opened.world.emitted));
    await expect.poll(() => all().size, { timeout: 60_000 }).toBe(sent.length);
    expect(opened.source.status().restarts).toBeGreaterThan(0);
  });
});

describe('a sink', () => {
  test('that does not answer keeps nobody else out of the group, and all comes once it does', async () => {
    const topic = await user.topic(4);
    const world = new SourceWorld(systemClock);
    const { passed, open } = gate();
    world.sink = () => passed;
    const sent = await fill(topic, 40_000, { bytes: 1_000 });
    await using opened = openKafkaSource(reading(topic), world);
    await world.until(() => world.offered.length > 0, AbortSignal.timeout(60_000));
    // It holds all that it may, and still answers the group.
    await using second = openKafkaSource(reading(topic), world);
    await second.ready();
    open();
    const all = (): Set<string | undefined> => new Set(world.ids);
    await expect.poll(() => all().size, { timeout: 60_000 }).toBe(sent.length);
    expect(opened.source.status().restarts + second.source.status().restarts).toBe(0);
  });

  test('that refuses now and then gets the records of an ordered partition in their order', async () => {
    const topic = await user.topic(1);
    const world = new SourceWorld(systemClock);
    let calls = 0;
    world.sink = async () => {
      calls += 1;
      if (calls === 700) throw new UnavailableError('channel-unavailable', 'not now');
    };
    const sent = await fill(topic, 3_000);
    await using opened = openKafkaSource(reading(topic), world);
    await opened.events(sent.length);
    const offsets = idsOf(world.emitted).map((id) => Number(id?.split(':').at(-1)));
    const firsts = offsets.filter((offset, at) => offsets.indexOf(offset) === at);
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  });
});

describe('latest', () => {
  test('means from when it was ready, also if the process ends before the first record', async () => {
    const topic = await user.topic(2);
    await fill(topic, 10);
    const of = reading(topic, { initialOffset: 'latest' });
    const world = new SourceWorld(systemClock);
    const first = openKafkaSource(of, world);
    await first.ready();
    await first[Symbol.asyncDispose]();
    const sent = await fill(topic, 5, { from: 10 });
    await using second = openKafkaSource(of, world);
    expect(dataOf(await second.events(5))).toEqual(sent.toSorted());
  });

  test('is not the end of a partition that the topic got later', async () => {
    const topic = await user.topic(1);
    const of = reading(topic, { initialOffset: 'latest' });
    const world = new SourceWorld(systemClock);
    const first = openKafkaSource(of, world);
    await first.ready();
    await first[Symbol.asyncDispose]();
    await user.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await using fresh = await KafkaUser.connect(server.env['KAFKA'] ?? '');
    await fresh.send(
      topic,
      [0, 1, 2].map((partition) => ({ partition, value: `p${partition}` })),
    );
    await using second = openKafkaSource(of, world);
    // The producer itself may have sent one twice: it learns of a new partition by a send that fails.
    await expect
      .poll(() => [...new Set(dataOf(second.world.emitted))], { timeout: 60_000 })
      .toEqual(['p0', 'p1', 'p2']);
  });

  test('is not the end of a partition that the topic got later, whichever of its consumers knows of it first', async () => {
    const topic = await user.topic(1);
    const world = new SourceWorld(systemClock);
    const of = reading(topic, { initialOffset: 'latest', consumers: 2 });
    const first = openKafkaSource(of, world);
    await first.ready();
    await first[Symbol.asyncDispose]();
    await user.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    await using fresh = await KafkaUser.connect(server.env['KAFKA'] ?? '');
    await fresh.send(
      topic,
      [0, 1].map((partition) => ({ partition, value: `p${partition}` })),
    );
    await using second = openKafkaSource(of, world);
    // The producer itself may have sent one twice: it learns of a new partition by a send that fails.
    await expect.poll(() => [...new Set(dataOf(second.world.emitted))], { timeout: 60_000 }).toEqual(['p0', 'p1']);
  });
});

describe('what is told', () => {
  test('is how far behind it is, and what went before it was read', async () => {
    const topic = await user.topic(1);
    const world = new SourceWorld(systemClock);
    const of = reading(topic);
    const first = openKafkaSource(of, world);
    await fill(topic, 5);
    await first.events(5);
    await first[Symbol.asyncDispose]();
    await fill(topic, 10, { from: 5 });
    await user.admin.fetchTopicOffsets(topic);
    await user.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '8' }] });
    world.sink = () => new Promise(() => undefined);
    await using second = openKafkaSource(of, world);
    await expect.poll(() => second.source.status().lag, { timeout: 60_000 }).toBe(7);
    expect(second.source.status().skipped).toBe(3);
    expect(world.lines.find(({ name }) => name === 'source.gap')?.fields).toMatchObject({ lost: 3, goesOnAt: 8 });
  });
});
