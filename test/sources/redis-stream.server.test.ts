import { afterAll, beforeAll } from 'vitest';
import { sourceSuite } from '../conformance/source.ts';
import { RedisUser } from './redis-user.ts';

let user: RedisUser;

beforeAll(async () => {
  user = await RedisUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('RedisStreamSource', () => user.subject());
