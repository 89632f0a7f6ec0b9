import { afterAll, beforeAll } from 'vitest';
import { sourceSuite } from '../conformance/source.ts';
import { NatsUser } from './nats-user.ts';

let user: NatsUser;

beforeAll(async () => {
  user = await NatsUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('NatsJetStreamSource', () => user.subject());
