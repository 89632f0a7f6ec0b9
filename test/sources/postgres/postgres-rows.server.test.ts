import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import type { OpenSource } from '../../../sources/open.ts';
import { PostgresUser } from './postgres-user.ts';
import { SourceWorld } from '../source-world.ts';

let user: PostgresUser;
let world: SourceWorld;
let source: OpenSource | undefined;

beforeAll(async () => {
  user = await PostgresUser.start();
});

beforeEach(() => {
  world = new SourceWorld(systemClock);
});

afterEach(async () => {
  await source?.[Symbol.asyncDispose]();
  source = undefined;
  await user.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
});

afterAll(() => user?.[Symbol.asyncDispose]());

async function table(columns: string): Promise<string> {
  const name = await user.table(columns);
  source = await user.open(world, user.instance(name, { publication: name }));
  return name;
}

function data(event: CloudEvent | undefined): unknown {
  return JSON.parse(Buffer.from(event?.data ?? []).toString());
}

/** Data of each event, by operation, once so many came. */
async function changes(count: number): Promise<unknown[]> {
  await world.until(() => world.emitted.length >= count, AbortSignal.timeout(20_000));
  return world.emitted.map((event) => [
    attribute(event, 'type')?.replace('dev.weir.postgres.', ''),
    attribute(event, 'subject'),
    data(event),
  ]);
}

const TYPES: readonly (readonly [type: string, literal: string, json: unknown])[] = [
  ['bool', 'true', true],
  ['int2', '-32768', -32768],
  ['int4', '2147483647', 2147483647],
  ['int8', '9223372036854775807', '9223372036854775807'],
  ['oid', '4294967295', 4294967295],
  ['numeric', '12345678901234567890.123456789000', '12345678901234567890.123456789000'],
  ['numeric', "'NaN'", 'NaN'],
  ['float4', '0.1', 0.1],
  ['float8', '1e300', 1e300],
  ['float8', "'-Infinity'", '-Infinity'],
  ['money', "'12.50'", '$12.50'],
  ['text', `E'a"\\\\b\\n\\u20ac'`, 'a"\\b\n€'],
  ['varchar(9)', "'v'", 'v'],
  ['char(3)', "'c'", 'c  '],
  ['"char"', "'x'", 'x'],
  ['name', "'n'", 'n'],
  ['bytea', `'\\xdeadbeef00'`, '3q2+7wA='],
  ['json', `'{"b": 1, "b": [12345678901234567890]}'`, { b: [12345678901234567000] }],
  ['jsonb', `'{"b":null}'`, { b: null }],
  ['uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['timestamptz', "'2026-01-31 09:00:00.123456+02'", '2026-01-31T07:00:00.123456Z'],
  ['timestamptz', "'infinity'", 'infinity'],
  ['timestamptz', "'0044-03-15 12:00:00+00 BC'", '0044-03-15 12:00:00+00 BC'],
  ['timestamp', "'2026-01-31 09:00:00'", '2026-01-31T09:00:00'],
  ['date', "'2026-01-31'", '2026-01-31'],
  ['time', "'09:00:00.5'", '09:00:00.5'],
  ['timetz', "'09:00:00+02'", '09:00:00+02'],
  ['interval', "'1 year 2 days 03:04:05.6'", 'P1Y2DT3H4M5.6S'],
  ['inet', "'10.0.0.1/8'", '10.0.0.1/8'],
  ['cidr', "'10.0.0.0/8'", '10.0.0.0/8'],
  ['macaddr', "'08:00:2b:01:02:03'", '08:00:2b:01:02:03'],
  ['bit(3)', "B'101'", '101'],
  ['varbit', "B'1'", '1'],
  ['point', "'(1,2)'", '(1,2)'],
  ['tsvector', "'a b'", "'a' 'b'"],
  ['xml', "'<a/>'", '<a/>'],
  ['pg_lsn', "'16/B374D848'", '16/B374D848'],
  ['int4range', "'[1,5)'", '[1,5)'],
  ['mood', "'sad'", 'sad'],
  ['positive', '7', 7],
  ['pair', "'(1,b)'", '(1,b)'],
  ['int4[]', "'{1,NULL,3}'", [1, null, 3]],
  [
    'int8[][]',
    "'{{1,2},{3,4}}'",
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  ['text[]', `'{a,"b,\\"c","NULL",NULL,""}'`, ['a', 'b,"c', 'NULL', null, '']],
  ['bool[]', "'{t,f}'", [true, false]],
  ['jsonb[]', `array['{"a":1}'::jsonb]`, [{ a: 1 }]],
  ['timestamptz[]', `'{2026-01-31 09:00:00+00}'`, ['2026-01-31T09:00:00Z']],
  ['bytea[]', `array['\\x00'::bytea]`, ['AA==']],
  ['mood[]', `'{sad,happy}'`, ['sad', 'happy']],
  ['int4[]', `'{}'`, []],
  ['int4[]', `'[2:3]={1,2}'`, [1, 2]],
  ['text', 'NULL', null],
];

test('every type of column arrives exact', async () => {
  await user.query("CREATE TYPE mood AS ENUM ('sad', 'happy')");
  await user.query('CREATE DOMAIN positive AS int CHECK (VALUE > 0)');
  await user.query('CREATE TYPE pair AS (a int, b text)');
  const name = await table(`id int PRIMARY KEY, ${TYPES.map(([type], i) => `c${i} ${type}`).join(', ')}`);
  await user.query(`INSERT INTO ${name} VALUES (1, ${TYPES.map(([, literal]) => literal).join(', ')})`);
  await changes(1);
  const expected = Object.fromEntries(TYPES.map(([, , json], i) => [`c${i}`, json]));
  expect(data(world.emitted[0])).toEqual({ schema: 'public', table: name, after: { id: 1, ...expected } });
  // The numbers of json itself stand as they were written, beyond what JavaScript reads.
  expect(Buffer.from(world.emitted[0]?.data ?? []).toString()).toContain('{"b": 1, "b": [12345678901234567890]}');
});

test('an event says where and when its change was committed, and whose row it is', async () => {
  const name = await table('a text, b int, c text, PRIMARY KEY (b, a)');
  await user.query(`INSERT INTO ${name} VALUES ('x,y', 7, 'z')`);
  await changes(1);
  const [event] = world.emitted;
  const { hostname, port } = new URL(user.server.env['POSTGRES'] ?? '');
  expect(Object.fromEntries(event?.attributes ?? [])).toEqual({
    specversion: '1.0',
    type: 'dev.weir.postgres.insert',
    source: `postgres://${hostname}:${port}/weir/public/${name}`,
    id: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+\.0$/),
    subject: 'x%2Cy,7',
    time: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    datacontenttype: 'application/json',
    lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    txid: expect.stringMatching(/^\d+$/),
  });
});

test('with the default identity the old row is its key, and that only where it changed or the row is gone', async () => {
  const name = await table('id int PRIMARY KEY, a text');
  await user.query(`INSERT INTO ${name} VALUES (1, 'a')`);
  await user.query(`UPDATE ${name} SET a = 'b'`);
  await user.query(`UPDATE ${name} SET id = 2`);
  await user.query(`DELETE FROM ${name}`);
  const where = { schema: 'public', table: name };
  expect(await changes(4)).toEqual([
    ['insert', '1', { ...where, after: { id: 1, a: 'a' } }],
    ['update', '1', { ...where, after: { id: 1, a: 'b' } }],
    ['update', '2', { ...where, before: { id: 1 }, after: { id: 2, a: 'b' } }],
    ['delete', '2', { ...where, before: { id: 2 } }],
  ]);
});

test('with the full identity all of the old row comes, and the subject is still the primary key', async () => {
  const name = await table('id int PRIMARY KEY, a text, b text');
  await user.query(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
  await user.query(`INSERT INTO ${name} VALUES (1, 'a')`);
  await user.query(`UPDATE ${name} SET a = 'b'`);
  await user.query(`DELETE FROM ${name}`);
  const where = { schema: 'public', table: name };
  expect(await changes(3)).toEqual([
    ['insert', '1', { ...where, after: { id: 1, a: 'a', b: null } }],
    ['update', '1', { ...where, before: { id: 1, a: 'a', b: null }, after: { id: 1, a: 'b', b: null } }],
    ['delete', '1', { ...where, before: { id: 1, a: 'b', b: null } }],
  ]);
});

test('a table that is truncated is one event, each table of the statement its own', async () => {
  const name = await table('id int PRIMARY KEY');
  await user.query(`CREATE TABLE ${name}_child (id int PRIMARY KEY REFERENCES ${name})`);
  await user.query(`ALTER PUBLICATION ${name} ADD TABLE ${name}_child`);
  await user.query(`INSERT INTO ${name} VALUES (1)`);
  await user.query(`TRUNCATE ${name} RESTART IDENTITY CASCADE`);
  const truncated = { schema: 'public', table: name, cascade: true, restartIdentity: true };
  // The child is published, but is none of the tables of the source.
  expect((await changes(2)).slice(1)).toEqual([['truncate', undefined, truncated]]);
});

test('a large value that did not change is named, and with the full identity it is there', async () => {
  const name = await table('id int PRIMARY KEY, big text, n int');
  await user.query(`ALTER TABLE ${name} ALTER big SET STORAGE EXTERNAL`);
  const big = 'x'.repeat(20_000);
  await user.query(`INSERT INTO ${name} VALUES (1, $1, 1)`, [big]);
  await user.query(`UPDATE ${name} SET n = 2`);
  await user.query(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
  await user.query(`UPDATE ${name} SET n = 3`);
  await changes(3);
  expect(data(world.emitted[1])).toEqual({ schema: 'public', table: name, after: { id: 1, n: 2 }, unchanged: ['big'] });
  expect(data(world.emitted[2])).toMatchObject({ before: { big, n: 2 }, after: { big, n: 3 } });
});

test('a table that is changed meanwhile is read as it was when its rows were', async () => {
  const name = await table('id int PRIMARY KEY, a int');
  await user.query(`INSERT INTO ${name} VALUES (1, 5)`);
  await user.query(`BEGIN; ALTER TABLE ${name} ADD b text DEFAULT 'd'; ALTER TABLE ${name} ALTER a TYPE text; COMMIT`);
  await user.query(`INSERT INTO ${name} VALUES (2, 'six', 'b')`);
  await user.query(`ALTER TABLE ${name} DROP a`);
  await user.query(`INSERT INTO ${name} VALUES (3)`);
  const rows = (await changes(3)).map((change) => Array.isArray(change) && change[2].after);
  expect(rows).toEqual([
    { id: 1, a: 5 },
    { id: 2, a: 'six', b: 'b' },
    { id: 3, b: 'd' },
  ]);
});

test('a transaction is one append, and one that is larger than that goes in pieces, in order', async () => {
  const name = await table('id int PRIMARY KEY, a text');
  await user.query(`INSERT INTO ${name} SELECT i, repeat('x', 50) FROM generate_series(1, 1000) i`);
  await changes(1000);
  expect(world.appends).toBe(1);
  await user.query(`INSERT INTO ${name} SELECT i, repeat('x', 50) FROM generate_series(1001, 11000) i`);
  await changes(11_000);
  expect(world.appends).toBe(11);
  expect(world.emitted.map((event) => attribute(event, 'subject'))).toEqual(
    Array.from({ length: 11_000 }, (_, i) => String(i + 1)),
  );
  expect(new Set(world.ids).size).toBe(11_000);
  const [lsn] = (world.ids.at(-1) ?? '').split('.');
  expect(world.ids.slice(1000)).toEqual(Array.from({ length: 10_000 }, (_, i) => `${lsn}.${i}`));
});

test('only the operations that are asked for come, with the ids that they have among all', async () => {
  const name = await user.table('id int PRIMARY KEY');
  source = await user.open(world, user.instance(name, { publication: name, operations: ['delete'] }));
  await user.query(`INSERT INTO ${name} VALUES (1)`);
  await user.query(`BEGIN; INSERT INTO ${name} VALUES (2); DELETE FROM ${name} WHERE id = 1; COMMIT`);
  await changes(1);
  expect(world.ids).toEqual([expect.stringMatching(/\.1$/)]);
});
