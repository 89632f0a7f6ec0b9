import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeAmqpBinary, encodeAmqpStructured } from '../../../events/amqp/encode.ts';
import { cloudEvent } from '../../../events/attributes.ts';
import { pause, systemClock } from '../../../events/clock.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { rabbitmqKind } from '../../../sources/rabbitmq/kind.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { RabbitmqUser } from './rabbitmq-user.ts';
import { SourceWorld, instance } from '../source-world.ts';

const NEVER = new AbortController().signal;
let server: Server;
let user: RabbitmqUser;
const opened: OpenSource[] = [];

beforeAll(async () => {
  server = await startServer('rabbitmq');
  user = new RabbitmqUser(server);
}, 240_000);

afterEach(async () => {
  for (const source of opened.splice(0)) await source[Symbol.asyncDispose]();
});

afterAll(() => server?.[Symbol.asyncDispose]());

function open(world: SourceWorld, queueName: string, resources: object = {}): OpenSource {
  const spec = {
    sink: { uri: 'http://sink.example' },
    rabbitmqClusterReference: { connectionSecret: { name: 'rabbit' } },
    rabbitmqResourcesConfig: { exchangeName: queueName, queueName, ...resources },
  };
  const source = openSource(instance('RabbitmqSource', spec, { secrets: user.secrets() }), world.ports, [rabbitmqKind]);
  opened.push(source);
  return source;
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await pause(systemClock, 20, NEVER);
}

function failure(source: OpenSource): string {
  return source.status().lastError?.message ?? '';
}

describe('a RabbitmqSource', () => {
  test('passes events through in every mode and spelling, and wraps the rest', async () => {
    const queue = await user.queue('quorum');
    const world = new SourceWorld(systemClock);
    open(world, queue, { parallelism: 10 });
    const event = (id: string) =>
      cloudEvent(
        { specversion: '1.0', id, source: '/s', type: 't', datacontenttype: 'text/plain', n: 7 },
        Buffer.from('x'),
      );
    for (const { body, ...properties } of [encodeAmqpBinary(event('1')), encodeAmqpStructured(event('2'))])
      await user.publish(queue, [{ ...properties, body: Buffer.from(body).toString() }]);
    const bare = { specversion: '1.0', id: '3', source: '/s', type: 't', n: 7, 'content-type': 'text/plain' };
    const prefixed = { 'ce-specversion': '1.0', 'ce-id': '4', 'ce-source': '/s', 'ce-type': 't', 'ce-n': 7 };
    await user.publish(queue, [
      { headers: bare, contentType: 'text/plain', body: 'x' },
      { headers: prefixed, contentType: 'text/plain', body: 'x' },
      { messageId: '5', body: 'x' },
    ]);
    await world.until(() => world.emitted.length === 5);
    for (const [n, { attributes, data }] of world.emitted.slice(0, 4).entries()) {
      expect(Object.fromEntries(attributes)).toEqual(Object.fromEntries(event(`${n + 1}`).attributes));
      expect(Buffer.from(data ?? [])).toEqual(Buffer.from('x'));
    }
    expect(world.emitted[4]?.attributes.get('type')).toBe('dev.knative.rabbitmq.event');
  });

  test('declares what is not there, and both queue types', async () => {
    for (const queueType of ['quorum', 'classic'] as const) {
      const world = new SourceWorld(systemClock);
      const name = `new-${queueType}`;
      open(world, name, { queueType });
      await untilDeclared(name);
      await user.publish(name, [{ body: 'x' }]);
      await world.until(() => world.emitted.length === 1);
    }
  });

  test("says how a queue that is there differs, in the server's words, and reads it once it is written so", async () => {
    const queue = await user.queue('quorum');
    const source = open(new SourceWorld(systemClock), queue, { queueType: 'classic' });
    await until(() => failure(source) !== '');
    expect(failure(source)).toContain(
      `inequivalent arg 'x-queue-type' for queue '${queue}' in vhost '/': received 'classic' but current is 'quorum'; write what is there already, name another, or set predeclared`,
    );
    const world = new SourceWorld(systemClock);
    open(world, queue);
    await user.publish(queue, [{ body: 'x' }]);
    await world.until(() => world.emitted.length === 1);
  });

  test('waits for a predeclared queue, and says that it is missing', async () => {
    const world = new SourceWorld(systemClock);
    const source = open(world, 'theirs', { predeclared: true });
    await until(() => failure(source) !== '');
    expect(failure(source)).toContain("no queue 'theirs' in vhost '/'; declare it, or correct its name");
    await user.with(async (channel) => {
      await channel.assertQueue('theirs', { durable: true, arguments: { 'x-max-length': 10 } });
      channel.sendToQueue('theirs', Buffer.from('x'));
      await channel.waitForConfirms();
    });
    await world.until(() => world.emitted.length === 1);
  });

  test('hears that its queue was deleted, and declares it again', async () => {
    const queue = await user.queue('quorum');
    const world = new SourceWorld(systemClock);
    const source = open(world, queue);
    await user.publish(queue, [{ body: 'x' }]);
    await world.until(() => world.emitted.length === 1);
    await user.with((channel) => channel.deleteQueue(queue));
    await until(() => source.status().restarts === 1);
    expect(failure(source)).toContain(`queue ${queue} was deleted, or its leader is gone`);
    await untilDeclared(queue);
    await user.publish(queue, [{ body: 'y' }]);
    await world.until(() => world.emitted.length === 2);
  });

  test('has no more than its parallelism on its way, and tells how many wait', async () => {
    const queue = await user.queue('classic');
    await user.publish(
      queue,
      Array.from({ length: 10 }, (_, n) => ({ body: `${n}` })),
    );
    const world = new SourceWorld(systemClock);
    world.sink = () => new Promise(() => undefined);
    const source = open(world, queue, { queueType: 'classic', parallelism: 3 });
    await until(() => source.status().lag !== undefined);
    expect(source.status().lag).toBe(7);
  });

  test('emits what came together as one, in order', async () => {
    const queue = await user.queue('quorum');
    await user.publish(
      queue,
      Array.from({ length: 300 }, (_, n) => ({ messageId: `${n}`, body: 'x' })),
    );
    const world = new SourceWorld(systemClock);
    open(world, queue, { parallelism: 100 });
    await world.until(() => world.emitted.length === 300);
    expect(world.ids).toEqual(Array.from({ length: 300 }, (_, n) => `${n}`));
    expect(world.appends).toBeLessThan(100);
  });
});

async function untilDeclared(queue: string): Promise<void> {
  for (;;) {
    const there = await user.waiting(queue).catch(() => undefined);
    if (there !== undefined) return;
    await pause(systemClock, 100, NEVER);
  }
}
