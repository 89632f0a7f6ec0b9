import { afterAll, beforeAll, expect, test } from 'vitest';
import { member, parsedJson } from '../../../sources/member.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { killedUnderLoad } from '../killed-under-load.ts';
import { PostgresUser } from './postgres-user.ts';

let user: PostgresUser;

beforeAll(async () => {
  user = await PostgresUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('PostgresSource', () => user.subject());

test('killed under load, nothing is lost and nothing comes twice', async () => {
  const { kind, instance, end } = await user.subject();
  const table = String(member('publication')(instance.spec));
  const world = await killedUnderLoad({
    kind,
    instance,
    server: user.server,
    write: (n) => user.insert(table, n),
    read: ({ data }) => Number(member('after.n')(parsedJson(Buffer.from(data ?? []).toString()))),
  });
  expect(new Set(world.ids).size).toBe(world.emitted.length);
  await end?.();
});
