import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { UnavailableError } from '../../../events/errors.ts';
import { attribute } from '../../../events/event.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { forgetSource } from '../../../sources/forget.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { postgresKind } from '../../../sources/postgres/kind.ts';
import { PostgresUser } from './postgres-user.ts';
import { gate, SourceWorld } from '../source-world.ts';

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
  await user.query('DROP PUBLICATION IF EXISTS weir_default_it');
});

afterAll(() => user?.[Symbol.asyncDispose]());

async function bareTable(): Promise<string> {
  const table = `t_${randomUUID().replaceAll('-', '')}`;
  await user.query(`CREATE TABLE ${table} (n int PRIMARY KEY)`);
  return table;
}

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function failure(instance: SourceInstance): Promise<string> {
  source = openSource(instance, world.ports, [postgresKind]);
  await world.until(() => source?.status().lastError !== undefined, soon());
  return source.status().lastError?.message ?? '';
}

test('publication and slot are created, stay when it stops, and go with the resource', async () => {
  const instance = user.instance(await bareTable());
  source = await user.open(world, instance);
  await source[Symbol.asyncDispose]();
  const slots = `SELECT slot_name, plugin, temporary FROM pg_replication_slots`;
  expect(await user.query(slots)).toEqual([{ slot_name: 'weir_default_it', plugin: 'pgoutput', temporary: false }]);
  await forgetSource(instance, world.ports, { kinds: [postgresKind] });
  expect(await user.query(slots)).toEqual([]);
  expect(await user.query(`SELECT 1 FROM pg_publication WHERE pubname = 'weir_default_it'`)).toEqual([]);
  expect(world.positions.get('default/postgressource/it')).toBe('');
  expect(world.warnings).toEqual([]);
  expect(world.lines.map(({ name }) => name)).toContain('source.remains-removed');
});

test('a slot that cannot be removed is left, and said', async () => {
  const instance = user.instance(await bareTable());
  source = await user.open(world, instance);
  // Somebody reads it: here the source itself.
  await forgetSource(instance, world.ports, { kinds: [postgresKind] });
  expect(world.lines.at(-1)).toMatchObject({
    name: 'source.remains-left',
    fields: {
      remains: expect.stringContaining('the replication slot weir_default_it of database weir'),
      what: expect.stringContaining('or remove the replication slot weir_default_it'),
    },
  });
});

test('its own publication follows the tables that the resource names', async () => {
  const [first, second] = [await bareTable(), await bareTable()];
  source = await user.open(world, user.instance(first));
  await source[Symbol.asyncDispose]();
  source = await user.open(world, user.instance(first, { tables: [`public.${second}`, first] }));
  await user.insert(second, 1);
  await world.until(() => world.emitted.length >= 1, soon());
  expect(attribute(world.emitted[0] ?? expect.fail(), 'source')).toContain(second);
});

test('the changes of partitions are those of their table', async () => {
  const table = `p_${randomUUID().replaceAll('-', '')}`;
  await user.query(`CREATE TABLE ${table} (n int PRIMARY KEY) PARTITION BY RANGE (n)`);
  await user.query(`CREATE TABLE ${table}_1 PARTITION OF ${table} FOR VALUES FROM (0) TO (10)`);
  source = await user.open(world, user.instance(table));
  await user.insert(table, 1);
  await world.until(() => world.emitted.length >= 1, soon());
  expect(attribute(world.emitted[0] ?? expect.fail(), 'source')).toMatch(new RegExp(`/public/${table}$`));
});

test('a transaction of which a part was accepted goes on behind that part', async () => {
  const table = await user.table(undefined, 'slot');
  const instance = user.instance(table, { publication: table, slot: `${table}_slot` });
  await user.query(`INSERT INTO ${table} SELECT generate_series(1, 3500)`);
  const { passed } = gate();
  world.sink = async () => {
    if (world.emitted.length >= 2000) await passed;
  };
  const first = openSource(instance, world.ports, [postgresKind]);
  await world.until(() => world.offered.length > 2000, soon());
  await first[Symbol.asyncDispose]();
  expect(world.positions.get('default/postgressource/it')).toMatch(/ 2000$/);
  world.sink = async () => undefined;
  source = openSource(instance, world.ports, [postgresKind]);
  await world.until(() => world.emitted.length >= 3500, soon());
  expect(new Set(world.ids).size).toBe(3500);
});

test('what waits for its sink comes complete, and no connection is lost over it', async () => {
  const table = await user.table(undefined, 'slot');
  let refusing = true;
  world.sink = async () => {
    if (refusing) throw new UnavailableError('channel-unavailable', 'not now');
  };
  await user.query(`ALTER TABLE ${table} ADD big text`);
  await user.query(`INSERT INTO ${table} SELECT i, repeat('x', 10000) FROM generate_series(1, 5000) i`);
  source = openSource(user.instance(table, { publication: table, slot: `${table}_slot` }), world.ports, [postgresKind]);
  await world.until(() => world.lines.filter(({ name }) => name === 'source.emit-failed').length >= 4, soon());
  refusing = false;
  await world.until(() => world.emitted.length >= 5000, soon());
  expect(world.warnings.filter((name) => name !== 'source.emit-failed')).toEqual([]);
  expect(new Set(world.ids).size).toBe(5000);
});

test('what others write moves the slot on, so that the server need not keep it', async () => {
  source = await user.open(world, user.instance(await bareTable()));
  const other = await bareTable();
  const confirmed = async (): Promise<unknown> =>
    (await user.query('SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots'))[0]?.['lsn'];
  const before = await confirmed();
  await user.query(`INSERT INTO ${other} SELECT generate_series(1, 1000)`);
  const until = soon();
  while ((await confirmed()) === before) until.throwIfAborted();
  expect(world.emitted).toEqual([]);
});

test('a publication that is not there, and no tables to make one for, is said', async () => {
  const { tables: _tables, ...spec } = { tables: [], ...user.spec('t', { publication: 'nobody' }) };
  expect(await failure({ ...user.instance('t'), spec })).toBe(
    'spec.publication: there is no publication nobody; create it (CREATE PUBLICATION), or name the tables in spec.tables',
  );
});

test('a slot of something else is not read', async () => {
  const table = await user.table();
  await user.query("SELECT pg_create_logical_replication_slot('taken', 'test_decoding')");
  expect(await failure(user.instance(table, { publication: table, slot: 'taken' }))).toMatch(
    /^spec\.slot: the slot taken is for test_decoding/,
  );
});

test('a user that may not replicate is told what the server says', async () => {
  await user.query('CREATE ROLE poor LOGIN');
  const table = await user.table();
  await user.query(`GRANT SELECT ON ${table} TO poor`);
  expect(await failure(user.instance(table, { publication: table, user: 'poor' }))).toMatch(
    /^postgres at 127\.0\.0\.1:\d+: must be superuser or replication role/,
  );
});

test('a position of another server is not taken for one of this', async () => {
  const table = await user.table(undefined, 'slot');
  world.positions.set('default/postgressource/it', '1 FFFFFFFF/0 0');
  await user.insert(table, 1);
  source = openSource(user.instance(table, { publication: table, slot: `${table}_slot` }), world.ports, [postgresKind]);
  await world.until(() => world.emitted.length >= 1, soon());
  expect(world.warnings).toEqual(['source.log-replaced']);
});

test('a slot that the server lost is created again, and the gap is said', async () => {
  const table = await user.table(undefined, 'slot');
  const instance = user.instance(table, { publication: table, slot: `${table}_slot` });
  source = openSource(instance, world.ports, [postgresKind]);
  await user.insert(table, 1);
  await world.until(() => world.positions.size === 1, soon());
  await source[Symbol.asyncDispose]();
  await user.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
  source = await user.open(world, instance);
  await user.insert(table, 2);
  await world.until(() => world.emitted.length >= 2, soon());
  expect(world.warnings).toEqual(['source.slot-created']);
});
