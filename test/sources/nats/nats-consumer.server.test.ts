import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { attribute } from '../../../events/event.ts';
import { forgetSource } from '../../../sources/forget.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { natsJetStreamKind } from '../../../sources/nats/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { NatsUser } from './nats-user.ts';
import { gate, instance, SourceWorld } from '../source-world.ts';

let user: NatsUser;
let world: SourceWorld;
let source: OpenSource | undefined;

beforeAll(async () => {
  user = await NatsUser.start();
});

beforeEach(() => {
  world = new SourceWorld(systemClock);
});

afterEach(async () => {
  await source?.[Symbol.asyncDispose]();
  source = undefined;
});

afterAll(() => user?.[Symbol.asyncDispose]());

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const KEY = 'default/natsjetstreamsource/it';

function open(one: SourceInstance): OpenSource {
  source = openSource(one, world.ports, [natsJetStreamKind]);
  return source;
}

function payloads(): string[] {
  return world.emitted.map(({ data }) => Buffer.from(data ?? []).toString());
}

async function failure(one: SourceInstance): Promise<string> {
  const opened = open(one);
  await world.until(() => opened.status().lastError !== undefined, soon());
  return opened.status().lastError?.message ?? '';
}

test('a consumer of its own is created, stays when it stops, and goes with the resource', async () => {
  const stream = await user.stream();
  await user.publish(`${stream}.a`, '1');
  const one = user.instance(stream);
  open(one);
  await world.until(() => world.emitted.length >= 1, soon());
  await source?.[Symbol.asyncDispose]();
  const { config, num_ack_pending } = await user.manager.consumers.info(stream, 'weir_default_it');
  expect(config).toMatchObject({ ack_policy: 'explicit', max_deliver: -1, deliver_policy: 'all' });
  expect(num_ack_pending).toBe(0);
  await forgetSource(one, world.ports, { kinds: [natsJetStreamKind] });
  await expect(user.manager.consumers.info(stream, 'weir_default_it')).rejects.toThrow('consumer not found');
  await forgetSource(one, new SourceWorld(systemClock).ports, { kinds: [natsJetStreamKind] });
  expect(world.warnings).toEqual([]);
});

test('a consumer that is there gives up its limit of deliveries, and keeps what the spec does not say', async () => {
  const stream = await user.stream();
  const limited = { ack_policy: 'explicit', max_deliver: 3, ack_wait: 7e9, max_ack_pending: 11 } as const;
  await user.manager.consumers.add(stream, { durable_name: 'theirs', filter_subject: `${stream}.a`, ...limited });
  open(
    user.instance(stream, { consumer: 'theirs', maxAckPending: 12, filterSubjects: [`${stream}.a`, `${stream}.b`] }),
  );
  await user.publish(`${stream}.b`, '1');
  await world.until(() => world.emitted.length >= 1, soon());
  const { config } = await user.manager.consumers.info(stream, 'theirs');
  expect(config).toMatchObject({ max_deliver: -1, ack_wait: 7e9, max_ack_pending: 12 });
  expect(config.filter_subjects).toEqual([`${stream}.a`, `${stream}.b`]);
});

test('only the subjects that are asked for come', async () => {
  const stream = await user.stream();
  for (const letter of ['a', 'b', 'c']) await user.publish(`${stream}.${letter}`, letter);
  open(user.instance(stream, { filterSubjects: [`${stream}.a`, `${stream}.c`] }));
  await world.until(() => world.emitted.length >= 2, soon());
  expect(payloads()).toEqual(['a', 'c']);
});

test('with deliverPolicy byStartSequence it begins there', async () => {
  const stream = await user.stream();
  for (const text of ['1', '2', '3']) await user.publish(`${stream}.a`, text);
  open(user.instance(stream, { deliverPolicy: 'byStartSequence', startSequence: 2 }));
  await world.until(() => world.emitted.length >= 2, soon());
  expect(payloads()).toEqual(['2', '3']);
});

test('what waits for its sink longer than ackWait is not delivered again', async () => {
  const stream = await user.stream();
  const { passed, open: letThrough } = gate();
  world.sink = () => passed;
  open(user.instance(stream, { ackWait: 'PT1S' }));
  await user.publish(`${stream}.a`, '1');
  await world.until(() => world.offered.length >= 1, soon());
  // Its turn comes after that of a consumer that is not told anything, and waits as long.
  await user.manager.consumers.add(stream, { durable_name: 'silent', ack_policy: 'explicit', ack_wait: 2.5e9 });
  const silent = await user.manager.jetstream().consumers.get(stream, 'silent');
  await silent.next();
  const again = await silent.next({ expires: 10_000 });
  expect(again?.info.deliveryCount).toBe(2);
  const { num_redelivered } = await user.manager.consumers.info(stream, 'weir_default_it');
  expect(num_redelivered).toBe(0);
  letThrough();
  await world.until(() => world.emitted.length >= 1, soon());
});

test('what is not accepted when it stops comes again at once, not after ackWait', async () => {
  const stream = await user.stream();
  world.sink = () => new Promise(() => undefined);
  const one = user.instance(stream, { ackWait: 'PT10M' });
  open(one);
  await user.publish(`${stream}.a`, '1');
  await world.until(() => world.offered.length >= 1, soon());
  await source?.[Symbol.asyncDispose]();
  world.sink = async () => undefined;
  open(one);
  await world.until(() => world.emitted.length >= 1, soon());
});

test('at most maxAckPending messages lie here', async () => {
  const stream = await user.stream();
  for (let n = 0; n < 30; n += 1) await user.publish(`${stream}.a`, String(n));
  world.sink = () => new Promise(() => undefined);
  open(user.instance(stream, { maxAckPending: 10 }));
  await world.until(() => world.offered.length >= 1, soon());
  const { num_ack_pending, num_pending } = await user.manager.consumers.info(stream, 'weir_default_it');
  expect([num_ack_pending, num_pending]).toEqual([10, 20]);
});

test('a consumer that the server lost is created again behind what was settled', async () => {
  const stream = await user.stream();
  const one = user.instance(stream);
  await user.publish(`${stream}.a`, '1');
  open(one);
  await world.until(() => world.emitted.length >= 1, soon());
  await source?.[Symbol.asyncDispose]();
  open(one);
  await world.until(() => world.positions.get(KEY)?.startsWith('1') === true, soon());
  await source?.[Symbol.asyncDispose]();
  await user.manager.consumers.delete(stream, 'weir_default_it');
  await user.publish(`${stream}.a`, '2');
  open(one);
  await world.until(() => world.emitted.length >= 2, soon());
  expect(payloads()).toEqual(['1', '2']);
  expect(world.warnings).toEqual(['source.consumer-created']);
});

test.each([
  ['that was made anew', (stream: string) => user.manager.streams.delete(stream).then(() => stream)],
  ['that the source did not read before', async () => undefined],
])('a stream %s is read from its beginning, however far the source had come in the other', async (_what, other) => {
  const before = await user.stream();
  for (const n of ['1', '2', '3']) await user.publish(`${before}.a`, n);
  open(user.instance(before));
  await world.until(() => world.emitted.length >= 3, soon());
  await source?.[Symbol.asyncDispose]();
  open(user.instance(before));
  await world.until(() => world.positions.get(KEY)?.startsWith('3') === true, soon());
  await source?.[Symbol.asyncDispose]();
  const stream = await user.stream(await other(before));
  for (const n of ['a', 'b', 'c', 'd']) await user.publish(`${stream}.a`, n);
  open(user.instance(stream));
  await world.until(() => payloads().includes('d'), soon());
  expect(payloads()).toEqual(['1', '2', '3', 'a', 'b', 'c', 'd']);
});

test('CloudEvents pass unchanged', async () => {
  const stream = await user.stream();
  const head = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-subject': 'a%20b' };
  await user.publish(`${stream}.a`, 'data', head);
  const structured = { specversion: '1.0', id: '2', source: '/s', type: 't', data: { n: 1 } };
  await user.publish(`${stream}.a`, JSON.stringify(structured), { 'Content-Type': 'application/cloudevents+json' });
  open(user.instance(stream));
  await world.until(() => world.emitted.length >= 2, soon());
  expect(world.ids).toEqual(['1', '2']);
  expect(world.emitted.map((event) => attribute(event, 'subject'))).toEqual(['a b', undefined]);
  expect(payloads()).toEqual(['data', '{"n":1}']);
});

test('what arrives together is one append', async () => {
  const stream = await user.stream();
  for (let n = 0; n < 400; n += 1) user.nc.publish(`${stream}.a`, String(n));
  await user.nc.flush();
  open(user.instance(stream));
  await world.until(() => world.emitted.length >= 400, soon());
  expect(world.appends).toBeLessThan(40);
});

test('a consumer that does not wait for acknowledgements is not read', async () => {
  const stream = await user.stream();
  await user.manager.consumers.add(stream, { durable_name: 'none', ack_policy: 'none' });
  expect(await failure(user.instance(stream, { consumer: 'none' }))).toMatch(
    /^spec\.consumer: consumer none of stream \S+ acknowledges none; its ack policy must be explicit/,
  );
});

test.each([
  [
    'a stream that is not there',
    (): SourceInstance => user.instance('nothing'),
    /^nats at nats:\/\/127\.0\.0\.1:\d+: stream not found; create the stream/,
  ],
  [
    'a wrong token',
    (): SourceInstance =>
      instance('NatsJetStreamSource', user.spec('s'), { secrets: new Map([['nats/token', 'hunter2-wrong']]) }),
    /^nats at nats:\/\/127\.0\.0\.1:\d+: .*Authorization Violation/i,
  ],
  [
    'a server that is not there',
    (): SourceInstance => user.instance('s', { servers: ['nats://127.0.0.1:1'] }),
    /^nats at nats:\/\/127\.0\.0\.1:1: .*(ECONNREFUSED|refused)/i,
  ],
])('%s is said', async (_name, make, message) => {
  expect(await failure(make())).toMatch(message);
});
