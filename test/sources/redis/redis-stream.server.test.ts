import { afterAll, beforeAll, test } from 'vitest';
import { member } from '../../../sources/member.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { killedUnderLoad } from '../killed-under-load.ts';
import { RedisUser } from './redis-user.ts';

let user: RedisUser;

beforeAll(async () => {
  user = await RedisUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('RedisStreamSource', () => user.subject());

test.each([1, 4])('killed under load, nothing is lost, with %i consumers', async (consumers) => {
  const { kind, instance } = await user.subject({ consumers });
  const stream = String(member('stream')(instance.spec));
  await killedUnderLoad({
    kind,
    instance,
    server: user.server,
    write: (n) => user.add(stream, n),
    read: ({ data }) => Number(JSON.parse(Buffer.from(data ?? []).toString())[1]),
  });
});
