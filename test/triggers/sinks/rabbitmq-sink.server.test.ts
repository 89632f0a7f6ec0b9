import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rabbitmqMessage } from '../../../clients/rabbitmq/message.ts';
import { decodeAmqp } from '../../../events/amqp/decode.ts';
import { cloudEvent } from '../../../events/attributes.ts';
import { pause, systemClock } from '../../../events/clock.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { rabbitmqSinkKind } from '../../../triggers/sinks/rabbitmq-sink.ts';
import type { EventSink } from '../../../triggers/sinks/sink.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { RabbitmqUser } from '../../sources/rabbitmq/rabbitmq-user.ts';
import { Lines } from '../../support/serving.ts';

const NEVER = new AbortController().signal;
let server: Server;
let user: RabbitmqUser;
const open: EventSink[] = [];

beforeAll(async () => {
  server = await startServer('rabbitmq', { env: { TLS: '1' } });
  user = new RabbitmqUser(server);
}, 240_000);

afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

afterAll(() => server?.[Symbol.asyncDispose]());

function sink(spec: object, secrets = user.secrets()): EventSink {
  const opened = rabbitmqSinkKind.open(
    {
      namespace: 'default',
      name: 'out',
      kind: 'RabbitmqSink',
      spec: { rabbitmqClusterReference: { connectionSecret: { name: 'rabbit' } }, ...spec },
      secrets,
    },
    { clock: systemClock, random: () => 0, log: new Lines() },
  );
  open.push(opened);
  return opened;
}

function event(id: string, more: Readonly<Record<string, string | number | boolean>> = {}): CloudEvent {
  const attributes = {
    specversion: '1.0',
    id,
    source: '/orders',
    type: 'order.placed',
    datacontenttype: 'application/json',
    ...more,
  };
  return cloudEvent(attributes, Buffer.from('{"n":1}'));
}

async function read(queue: string): Promise<readonly CloudEvent[]> {
  const messages = await user.drain(queue);
  return messages.map(({ fields, ...rest }) => {
    const decoded = decodeAmqp(rabbitmqMessage({ ...rest, fields: { ...fields, consumerTag: '' } }));
    if (decoded.kind !== 'event') throw new Error(decoded.kind);
    return decoded.event;
  });
}

/** Tries until it is taken; answers what was said until then. */
async function persist(put: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  for (;;)
    try {
      await put();
      return said;
    } catch (error) {
      said.push(error instanceof Error ? error.message : String(error));
      await pause(systemClock, 200, NEVER);
    }
}

describe('a RabbitmqSink', () => {
  test.each(['binary', 'structured'] as const)(
    'publishes events in %s mode, persistently, and as they are',
    async (contentMode) => {
      const queue = await user.queue('quorum');
      const out = sink({ exchangeName: queue, contentMode });
      await out.prepare(NEVER);
      const sent = event('1', { subject: 'é "x" %', count: 7, urgent: true, time: '2026-01-31T09:00:00.123456789Z' });
      await out.put(sent, NEVER);
      const [message] = await user.drain(queue);
      expect(message?.properties).toMatchObject({ deliveryMode: 2, messageId: '1', timestamp: 1769850000 });
      await out.put(sent, NEVER);
      const [received] = await read(queue);
      expect(Object.fromEntries(received?.attributes ?? [])).toEqual(Object.fromEntries(sent.attributes));
      expect(Buffer.from(received?.data ?? [])).toEqual(Buffer.from('{"n":1}'));
    },
  );

  test('publishes straight into a queue by the default exchange, many at once', async () => {
    const queue = await user.queue('classic');
    const out = sink({ exchangeName: '', routingKey: queue });
    await Promise.all(Array.from({ length: 500 }, (_, i) => out.put(event(`${i}`), NEVER)));
    expect(new Set((await read(queue)).map((event) => attribute(event, 'id'))).size).toBe(500);
  });

  test('does not take for delivered what no queue gets, though the server confirms it', async () => {
    const out = sink({ exchangeName: 'amq.topic', routingKey: 'nobody' });
    await expect(out.put(event('1'), NEVER)).rejects.toMatchObject({
      code: 'sink-unavailable',
      message: 'RabbitMQ: no queue gets what is sent to exchange amq.topic with routing key nobody; bind one',
    });
    const queue = await user.queue('quorum');
    await user.with((channel) => channel.bindQueue(queue, 'amq.topic', 'nobody'));
    await out.put(event('1'), NEVER);
    expect(await user.waiting(queue)).toBe(1);
  });

  test('says that its exchange is missing, and goes on once it is there', async () => {
    const name = `late-${Math.floor(performance.timeOrigin)}`;
    const out = sink({ exchangeName: name });
    const missing = {
      code: 'sink-unavailable',
      message: expect.stringContaining(`no exchange '${name}' in vhost '/'; declare it`),
    };
    await expect(out.prepare(NEVER)).rejects.toMatchObject(missing);
    await user.with((channel) => channel.assertExchange(name, 'fanout'));
    await persist(() => out.prepare(NEVER));
  });

  test('refuses what fits into no message for good, and goes on', async () => {
    const queue = await user.queue('classic');
    const out = sink({ exchangeName: queue });
    const long = 'x'.repeat(100_000);
    await expect(out.put(event('1', { long }), NEVER)).rejects.toMatchObject({ code: 'event-too-large' });
    await out.put(event('2'), NEVER);
    await sink({ exchangeName: queue, contentMode: 'structured' }).put(event('1', { long }), NEVER);
    expect((await read(queue)).map((event) => attribute(event, 'id'))).toEqual(['2', '1']);
  });

  test.each([
    ['a wrong password', { password: 'S3NTINEL' }, {}, 'ACCESS_REFUSED'],
    ['a vhost that is not there', {}, { vhost: 'no/where' }, 'it does not open vhost "no/where"'],
    ['a port where nobody listens', { port: '1' }, {}, 'ECONNREFUSED'],
  ])('says what is wrong with %s, without the password', async (...[, secrets, spec, text]) => {
    const values = user.secrets();
    for (const [key, value] of Object.entries(secrets)) values.set(`rabbit/${key}`, value);
    const failure: unknown = await sink({ exchangeName: 'amq.topic', ...spec }, values)
      .put(event('1'), NEVER)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'sink-unavailable', message: expect.stringContaining(text) });
    expect(String(failure)).not.toContain('S3NTINEL');
  });

  test('speaks TLS, with a certificate of its own, to whom it can check', async () => {
    const queue = await user.queue('quorum');
    const folder = server.env['TLS_FOLDER'] ?? '';
    const pem = async (name: string) => [`rabbit/${name}`, await readFile(join(folder, name), 'utf8')] as const;
    const values = new Map([...user.secrets(), ['rabbit/uri', server.env['AMQPS'] ?? '']]);
    const whole = new Map([...values, ...(await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map(pem)))]);
    await sink({ exchangeName: queue }, whole).put(event('1'), NEVER);
    expect(await user.waiting(queue)).toBe(1);
    await expect(sink({ exchangeName: queue }, values).put(event('1'), NEVER)).rejects.toThrow(
      'self-signed certificate',
    );
  });

  test('waits for nobody once it is told to stop', async () => {
    const queue = await user.queue('quorum');
    const out = sink({ exchangeName: queue });
    await expect(out.put(event('1'), AbortSignal.abort())).rejects.toMatchObject({ code: 'sink-unavailable' });
    await out[Symbol.asyncDispose]();
    await expect(out.put(event('1'), NEVER)).rejects.toMatchObject({ code: 'shutting-down' });
  });

  test('while the server lacks memory it rejects soon, and nothing that it confirmed is missing afterwards', async () => {
    const queue = await user.queue('quorum');
    const out = sink({ exchangeName: queue });
    await out.put(event('before'), NEVER);
    await user.ctl('set_vm_memory_high_watermark', 'absolute', '10MB');
    const first = out.put(event('first'), NEVER);
    const refusal = await tryUntilBlocked(out);
    await user.ctl('set_vm_memory_high_watermark', 'absolute', '1GB');
    expect(refusal).toMatchObject({
      code: 'sink-unavailable',
      retryAfterMs: 5000,
      message: expect.stringContaining('low on memory'),
    });
    // It was on its way when the server stopped reading: it is confirmed when that goes on.
    await first;
    await persist(() => out.put(event('after'), NEVER));
    const ids = (await read(queue)).map((event) => attribute(event, 'id'));
    expect(ids).toEqual(expect.arrayContaining(['before', 'first', 'after']));
  }, 120_000);

  test('it survives the server being killed under it: all that it confirmed is there, and it connects again by itself', async () => {
    const queue = await user.queue('quorum');
    const out = sink({ exchangeName: queue });
    const stop = new AbortController();
    const confirmed: string[] = [];
    const publishing = Array.from({ length: 20 }, async (_, lane) => {
      for (let n = 0; !stop.signal.aborted; n += 1)
        try {
          await out.put(event(`${lane}-${n}`), NEVER);
          confirmed.push(`${lane}-${n}`);
        } catch {
          await pause(systemClock, 50, stop.signal);
        }
    });
    await user.kill();
    const before = confirmed.length;
    await server.start();
    await persist(() => out.put(event('after'), NEVER));
    stop.abort();
    await Promise.all(publishing);
    const ids = new Set((await read(queue)).map((event) => attribute(event, 'id')));
    expect(before).toBeGreaterThan(0);
    expect(confirmed.filter((id) => !ids.has(id))).toEqual([]);
  }, 120_000);
});

/** Puts until it is told that the server is blocked; those that it takes on their way stay there. */
async function tryUntilBlocked(out: EventSink): Promise<unknown> {
  const given = new AbortController();
  for (let n = 0; ; n += 1) {
    const put = out.put(event(`more-${n}`), given.signal).catch((error: unknown) => error);
    const late = pause(systemClock, 100, NEVER).then(() => 'late');
    const outcome = await Promise.race([put, late]);
    if (outcome !== 'late' && outcome !== undefined) {
      given.abort();
      return outcome;
    }
  }
}
