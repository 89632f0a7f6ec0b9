import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeMqttBinary, encodeMqttStructured } from '../../../events/mqtt/encode.ts';
import { cloudEvent } from '../../../events/attributes.ts';
import { pause, systemClock } from '../../../events/clock.ts';
import { mqttKind } from '../../../sources/mqtt/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { MqttUser } from './mqtt-user.ts';
import { SourceWorld, gate, instance } from '../source-world.ts';

const NEVER = new AbortController().signal;
let server: Server;
let user: MqttUser;
const opened: OpenSource[] = [];

beforeAll(async () => {
  server = await startServer('mosquitto', { env: { TLS: '1' } });
  user = new MqttUser(server);
}, 240_000);

afterEach(async () => {
  for (const source of opened.splice(0)) await source[Symbol.asyncDispose]();
});

afterAll(() => server?.[Symbol.asyncDispose]());

interface More {
  readonly name?: string;
  readonly secrets?: ReadonlyMap<string, string>;
}

/** Opens a source and waits until it is subscribed, or fails. */
async function open(
  world: SourceWorld,
  spec: object,
  { name = `s-${randomUUID()}`, secrets = new Map() }: More = {},
): Promise<OpenSource> {
  const whole = { sink: { uri: 'http://sink.example' }, url: user.url, ...spec };
  const source = openSource({ ...instance('MQTTSource', whole, { secrets }), name }, world.ports, [mqttKind]);
  opened.push(source);
  await until(() => source.status().conditions['Subscribed']?.ok === true || failure(source) !== '');
  return source;
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await pause(systemClock, 10, NEVER);
}

function failure(source: OpenSource): string {
  return source.status().lastError?.message ?? '';
}

function payloads(world: SourceWorld): string[] {
  return world.emitted.map(({ data }) => Buffer.from(data ?? []).toString());
}

const EVENT = cloudEvent(
  { specversion: '1.0', id: '1', source: '/s', type: 't', datacontenttype: 'application/json' },
  Buffer.from('{"n":1}'),
);

describe('an MQTTSource', () => {
  test('passes events of MQTT 5 through in both modes, and wraps the rest', async () => {
    const world = new SourceWorld(systemClock);
    await open(world, { topics: [{ filter: 'five/#' }] });
    for (const { payload, contentType, userProperties } of [encodeMqttBinary(EVENT), encodeMqttStructured(EVENT)]) {
      // With an empty list of user properties a publish of the client never ends.
      const named: Record<string, string> = Object.fromEntries(
        Object.entries(userProperties).map(([name, value]) => [name, String(value)]),
      );
      const properties = {
        ...(Object.keys(named).length === 0 ? {} : { userProperties: named }),
        ...(contentType === undefined ? {} : { contentType }),
      };
      await user.publish('five/a', [payload], { properties });
    }
    await user.publish('five/b', ['21.5'], { properties: { contentType: 'text/plain' } });
    await world.until(() => world.emitted.length === 3);
    for (const event of world.emitted.slice(0, 2))
      expect(Object.fromEntries(event.attributes)).toEqual(Object.fromEntries(EVENT.attributes));
    expect(Object.fromEntries(world.emitted[2]?.attributes ?? [])).toMatchObject({
      type: 'dev.weir.mqtt.message',
      source: user.url,
      subject: 'five/b',
      datacontenttype: 'text/plain',
    });
    expect(payloads(world)).toEqual(['{"n":1}', '{"n":1}', '21.5']);
  });

  test('reads the events of MQTT 3.1.1, which are JSON without a content type', async () => {
    const world = new SourceWorld(systemClock);
    await open(world, { protocolVersion: 4, topics: [{ filter: 'three/+' }] });
    await user.publish('three/a', [encodeMqttStructured(EVENT).payload, '{"n":2}'], { protocolVersion: 4 });
    await world.until(() => world.emitted.length === 2);
    expect(world.emitted.map(({ attributes }) => attributes.get('type'))).toEqual(['t', 'dev.weir.mqtt.message']);
  });

  test.each([4, 5] as const)(
    'takes what comes while its sink is busy, and acknowledges what was accepted, in order (protocol version %d)',
    async (protocolVersion) => {
      const topic = `many/${protocolVersion}`;
      const world = new SourceWorld(systemClock);
      const { passed, open: letThrough } = gate();
      world.sink = () => passed;
      const name = topic.replace('/', '-');
      const source = await open(world, { protocolVersion, topics: [{ filter: topic }] }, { name });
      const all = Array.from({ length: 15 }, (_, n) => `${n}`);
      await user.publish(topic, all, { protocolVersion });
      letThrough();
      await world.until(() => world.emitted.length === 15);
      expect(payloads(world)).toEqual(all);
      // One for the first, one for all that came while it was under way.
      expect(world.appends).toBeLessThan(15);
      await source[Symbol.asyncDispose]();
      await user.publish(topic, ['later'], { protocolVersion });
      await open(world, { protocolVersion, topics: [{ filter: topic }] }, { name });
      await world.until(() => world.emitted.length > 15);
      expect(payloads(world).slice(15)).toEqual(['later']);
    },
  );

  test('drops messages of QoS 0 when too many wait, and counts them', async () => {
    const world = new SourceWorld(systemClock);
    const { passed, open: letThrough } = gate();
    world.sink = () => passed;
    const source = await open(world, { topics: [{ filter: 'fast', qos: 0 }] });
    const all = Array.from({ length: 2500 }, (_, n) => `${n}`);
    await user.publish('fast', all, { qos: 1 });
    letThrough();
    await until(() => source.status().skipped > 0 && world.emitted.length >= 2001);
    expect(payloads(world).slice(0, 2001)).toEqual(all.slice(0, 2001));
    expect(world.emitted.length + source.status().skipped).toBeLessThanOrEqual(2500);
  });

  test('shares what is sent with others of its group, and takes over from one that ends', async () => {
    const [one, two] = [new SourceWorld(systemClock), new SourceWorld(systemClock)];
    const topics = [{ filter: '$share/g/shared/#' }];
    const first = await open(one, { topics });
    await open(two, { topics });
    await user.publish(
      'shared/a',
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
    await until(() => one.emitted.length + two.emitted.length === 20);
    expect(Math.min(one.emitted.length, two.emitted.length)).toBeGreaterThan(0);
    await first[Symbol.asyncDispose]();
    expect(new Set([...payloads(one), ...payloads(two)]).size).toBe(20);
  });

  test('subscribes to what its spec names now, and no longer to what it named', async () => {
    const world = new SourceWorld(systemClock);
    const name = 'changing';
    const first = await open(world, { topics: [{ filter: 'old/#' }, { filter: 'kept/#' }] }, { name });
    await first[Symbol.asyncDispose]();
    await open(world, { topics: [{ filter: 'kept/#' }, { filter: 'new/#' }] }, { name });
    for (const topic of ['old/a', 'kept/a', 'new/a']) await user.publish(topic, [topic]);
    await world.until(() => world.emitted.length === 2);
    expect(payloads(world)).toEqual(['kept/a', 'new/a']);
  });

  test('gets what is retained once, not with each connection', async () => {
    await user.publish('retained/a', ['kept'], { retain: true });
    const world = new SourceWorld(systemClock);
    const first = await open(world, { topics: [{ filter: 'retained/#' }] }, { name: 'retained' });
    await world.until(() => world.emitted.length === 1);
    await first[Symbol.asyncDispose]();
    await open(world, { topics: [{ filter: 'retained/#' }] }, { name: 'retained' });
    await user.publish('retained/b', ['next']);
    await world.until(() => world.emitted.length === 2);
    expect(payloads(world)).toEqual(['kept', 'next']);
  });

  test('says that the server lost its session: what was sent meanwhile is gone', async () => {
    const world = new SourceWorld(systemClock);
    const topics = [{ filter: 'lost/#' }];
    const first = await open(world, { topics, clientId: 'lost' }, { name: 'lost' });
    await first[Symbol.asyncDispose]();
    await user.forget('lost');
    await open(world, { topics, clientId: 'lost' }, { name: 'lost' });
    expect(world.warnings).toContain('source.session-lost');
  });

  test('speaks TLS, with a user, a password and a certificate of its own', async () => {
    const folder = server.env['TLS_FOLDER'] ?? '';
    const pem = async (name: string) => [`tls/${name}`, await readFile(join(folder, name), 'utf8')] as const;
    const secrets = new Map([
      ['login/username', 'weir'],
      ['login/password', 'weir-password'],
      ...(await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map(pem))),
    ]);
    const ref = (name: string, key: string) => ({ secretKeyRef: { name, key } });
    const spec = {
      url: server.env['MQTTS'],
      username: ref('login', 'username'),
      password: ref('login', 'password'),
      tls: { caCert: ref('tls', 'ca.crt'), cert: ref('tls', 'tls.crt'), key: ref('tls', 'tls.key') },
      topics: [{ filter: 'secure/#' }],
    };
    const world = new SourceWorld(systemClock);
    await open(world, spec, { secrets });
    await user.publish('secure/a', ['x']);
    await world.until(() => world.emitted.length === 1);
    const wrong = await open(new SourceWorld(systemClock), spec, {
      secrets: new Map([...secrets, ['login/password', 'S3NTINEL']]),
    });
    expect(failure(wrong)).toContain('Not authorized; check username and password, and what the user may do');
    expect(failure(wrong)).not.toContain('S3NTINEL');
    const untrusted = await open(new SourceWorld(systemClock), { ...spec, tls: {} }, { secrets });
    expect(failure(untrusted)).toContain('self-signed certificate');
  });

  test('says what it may mean that its connection is closed: somebody took its session over', async () => {
    const world = new SourceWorld(systemClock);
    const source = await open(world, { topics: [{ filter: 'taken/#' }], clientId: 'taken' });
    await user.forget('taken');
    await until(() => failure(source) !== '');
    expect(failure(source)).toContain('another client has the same client id');
  });
});
