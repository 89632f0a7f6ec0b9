import { afterAll, beforeAll } from 'vitest';
import { sourceSuite } from '../conformance/source.ts';
import { PostgresUser } from './postgres-user.ts';

let user: PostgresUser;

beforeAll(async () => {
  user = await PostgresUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('PostgresSource', () => user.subject());
