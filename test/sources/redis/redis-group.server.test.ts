import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { forgetSource } from '../../../sources/forget.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { claimIdle, joinGroup, readGroup } from '../../../sources/redis/group.ts';
import { redisLink } from '../../../sources/redis/link.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { redisStreamKind } from '../../../sources/redis/kind.ts';
import { RedisUser } from './redis-user.ts';
import { instance, SourceWorld } from '../source-world.ts';

let user: RedisUser;
let world: SourceWorld;
let source: OpenSource | undefined;

beforeAll(async () => {
  user = await RedisUser.start();
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
const KEY = 'default/redisstreamsource/it';

function open(one: SourceInstance): OpenSource {
  source = openSource(one, world.ports, [redisStreamKind]);
  return source;
}

function items(): unknown[] {
  return world.emitted.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()));
}

async function failure(one: SourceInstance): Promise<string> {
  const opened = open(one);
  await world.until(() => opened.status().lastError !== undefined, soon());
  return opened.status().lastError?.message ?? '';
}

test('a group of its own begins at the end of the stream, as in Knative, stays when it stops, and goes with the resource', async () => {
  const stream = await user.stream();
  await user.add(stream, 1);
  const one = user.instance(stream);
  open(one);
  await world.until(() => world.positions.has(KEY), soon());
  await user.add(stream, 2);
  await world.until(() => world.emitted.length >= 1, soon());
  expect(items()).toEqual([['n', '2']]);
  await source?.[Symbol.asyncDispose]();
  expect(await user.redis.xinfo('GROUPS', stream)).toEqual([expect.arrayContaining(['weir_default_it'])]);
  await forgetSource(one, world.ports, { kinds: [redisStreamKind] });
  expect(await user.redis.xinfo('GROUPS', stream)).toEqual([]);
});

test('with the label weir.dev/start: earliest it begins with the oldest entry', async () => {
  const stream = await user.stream();
  await user.add(stream, 1);
  open({ ...user.instance(stream), labels: { 'weir.dev/start': 'earliest' } });
  await world.until(() => world.emitted.length >= 1, soon());
  expect(items()).toEqual([['n', '1']]);
  const wrong = { ...user.instance(stream), labels: { 'weir.dev/start': '0' } };
  expect(() => open(wrong)).toThrow('metadata.labels[weir.dev/start]: is "0"; write earliest or latest');
});

test('a group of its user stays when the resource goes', async () => {
  const stream = await user.stream('theirs');
  await forgetSource(user.instance(stream, { group: 'theirs' }), world.ports, { kinds: [redisStreamKind] });
  expect(await user.redis.xinfo('GROUPS', stream)).toHaveLength(1);
});

test('what came while the server had lost the group is read from where the source had come to', async () => {
  const stream = await user.stream();
  open(user.instance(stream));
  await world.until(() => world.positions.has(KEY), soon());
  await user.add(stream, 1);
  await world.until(() => world.emitted.length >= 1, soon());
  await source?.[Symbol.asyncDispose]();
  await user.redis.del(stream);
  await user.add(stream, 2);
  open(user.instance(stream));
  await world.until(() => world.emitted.length >= 2, soon());
  expect(items()).toEqual([
    ['n', '1'],
    ['n', '2'],
  ]);
  expect(world.warnings).toEqual(['source.group-created']);
});

test.each([
  ['that the source did not read before', async () => undefined],
  ['that was made anew with ids of its own', (stream: string) => user.redis.del(stream).then(() => stream)],
])('of a stream %s no entry is passed over, however far the source had come', async (_what, other) => {
  const start = { labels: { 'weir.dev/start': 'earliest' } };
  const before = await user.stream();
  await user.add(before, 1);
  open({ ...user.instance(before), ...start });
  await world.until(() => world.emitted.length >= 1, soon());
  await source?.[Symbol.asyncDispose]();
  const stream = (await other(before)) ?? (await user.stream());
  await user.redis.xadd(stream, '5-1', 'n', '2');
  open({ ...user.instance(stream), ...start });
  await world.until(() => world.emitted.length >= 2, soon());
  expect(items()).toEqual([
    ['n', '1'],
    ['n', '2'],
  ]);
});

test('bytes that are no UTF-8 arrive', async () => {
  const stream = await user.stream('g');
  const bytes = Buffer.from([0, 0xff, 0xc3, 0x28]);
  await user.redis.xadd(stream, '*', 'plain', 'é', bytes, bytes);
  open(user.instance(stream, { group: 'g' }));
  await world.until(() => world.emitted.length >= 1, soon());
  expect(items()).toEqual([['plain', 'é', bytes.toString('base64'), bytes.toString('base64')]]);
  expect(world.emitted[0]?.attributes.get('base64items')).toBe('2,3');
});

test('what its consumer had read and not acknowledged comes first, and what is deleted of it is counted and settled', async () => {
  const stream = await user.stream('g');
  for (const n of [1, 2, 3]) await user.add(stream, n);
  await user.redis.xreadgroup('GROUP', 'g', 'default/it/0', 'COUNT', 3, 'STREAMS', stream, '>');
  const [[second] = ['']] = await user.redis.xrange(stream, '-', '+').then((all) => all.slice(1));
  await user.redis.xdel(stream, second);
  await user.add(stream, 4);
  const opened = open(user.instance(stream, { group: 'g' }));
  await world.until(() => world.emitted.length >= 3, soon());
  expect(items()).toEqual([
    ['n', '1'],
    ['n', '3'],
    ['n', '4'],
  ]);
  expect(opened.status().skipped).toBe(1);
  await opened[Symbol.asyncDispose]();
  expect(await user.redis.xpending(stream, 'g')).toEqual([0, null, null, null]);
});

test('what a consumer that is gone left lying is taken over once it lay long enough', async () => {
  const stream = await user.stream('g');
  for (const n of [1, 2, 3]) await user.add(stream, n);
  await user.redis.xreadgroup('GROUP', 'g', 'gone', 'COUNT', 3, 'STREAMS', stream, '>');
  const ids = (await user.redis.xrange(stream, '-', '+')).map(([id]) => id);
  // An hour ago, says the command that takes over for others.
  await user.redis.xclaim(stream, 'g', 'gone', 0, ids[0] ?? '', ids[1] ?? '', 'IDLE', 3_600_000);
  await user.redis.xdel(stream, ids[1] ?? '');
  const opened = open(user.instance(stream, { group: 'g' }));
  await world.until(() => world.emitted.length >= 1 && opened.status().skipped === 1, soon());
  await opened[Symbol.asyncDispose]();
  expect(items()).toEqual([['n', '1']]);
  expect(await user.redis.xpending(stream, 'g')).toEqual([1, ids[2], ids[2], [['gone', '1']]]);
});

test('what arrives together is one append', async () => {
  const stream = await user.stream('g');
  const pipeline = user.redis.pipeline();
  for (let n = 0; n < 2000; n += 1) pipeline.xadd(stream, '*', 'n', n);
  await pipeline.exec();
  open(user.instance(stream, { group: 'g' }));
  await world.until(() => world.emitted.length >= 2000, soon());
  expect(world.appends).toBe(4);
  expect(items()).toEqual(Array.from({ length: 2000 }, (_, n) => ['n', String(n)]));
});

test('how many entries are not read yet is told', async () => {
  const stream = await user.stream('g');
  const pipeline = user.redis.pipeline();
  for (let n = 0; n < 1600; n += 1) pipeline.xadd(stream, '*', 'n', n);
  await pipeline.exec();
  world.sink = () => new Promise(() => undefined);
  const opened = open(user.instance(stream, { group: 'g' }));
  await world.until(() => opened.status().lag !== undefined, soon());
  expect(opened.status().lag).toBeGreaterThanOrEqual(600);
  expect(opened.status().lag).toBeLessThanOrEqual(1600);
});

test('a wrong password, and a key that is no stream, are said as the server says them, with where and what to do', async () => {
  const secrets = new Map([['redis/password', 'hunter2-wrong']]);
  const one = instance('RedisStreamSource', user.spec('s'), { secrets });
  expect(await failure(one)).toMatch(
    /^redis at 127\.0\.0\.1:\d+: WRONGPASS invalid username-password pair .*; check username and password$/,
  );
  await source?.[Symbol.asyncDispose]();
  await user.redis.set('text', 'x');
  expect(await failure(user.instance('text'))).toMatch(/: WRONGTYPE Operation against a key .*; name a stream/);
});

test('a server that is not there is named', async () => {
  const address = 'redis://127.0.0.1:1';
  expect(await failure(user.instance('s', { address }))).toMatch(/^redis at 127\.0\.0\.1:1: connect ECONNREFUSED/);
});

test("an entry that nobody holds is nobody's to claim", async () => {
  const stream = await user.stream('g');
  const { password } = user.redis.options;
  const { hostname: host, port } = new URL(user.server.env['REDIS'] ?? '');
  const server = { host, port: Number(port), db: 0, ...(password ? { password } : {}) };
  using link = await redisLink(server, systemClock, soon());
  const group = { stream, group: 'g' };
  expect(await joinGroup(link, group, '0')).toBe(false);
  expect(await readGroup(link, group, { consumer: 'c', after: '>', blockMs: 1 })).toEqual({ entries: [], deleted: [] });
  expect(await claimIdle(link, group, { consumer: 'c', cursor: '0-0' })).toEqual({
    entries: [],
    deleted: [],
    next: '0-0',
  });
});
