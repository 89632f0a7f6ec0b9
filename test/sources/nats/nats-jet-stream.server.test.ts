import { afterAll, beforeAll, test } from 'vitest';
import { member } from '../../../sources/member.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { killedUnderLoad } from '../killed-under-load.ts';
import { NatsUser } from './nats-user.ts';

let user: NatsUser;

beforeAll(async () => {
  user = await NatsUser.start();
});

afterAll(() => user?.[Symbol.asyncDispose]());

sourceSuite('NatsJetStreamSource', () => user.subject());

test('killed under load, nothing is lost', async () => {
  const { kind, instance } = await user.subject();
  const stream = String(member('stream')(instance.spec));
  await killedUnderLoad({
    kind,
    instance,
    server: user.server,
    write: (n) => user.publish(`${stream}.n`, String(n)),
    read: ({ data }) => Number(Buffer.from(data ?? []).toString()),
  });
});
