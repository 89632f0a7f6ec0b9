import { expect, test } from 'vitest';
import { UnavailableError } from '../../../events/errors.ts';
import { certificates } from '../../../sources/object-storage/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeServers } from './open-storage.ts';
import { selfSigned } from './self-signed.ts';

const { signal } = new AbortController();
const { pem } = selfSigned();
const url = (n: number): string => `https://sns.us-west-2.amazonaws.com/SimpleNotificationService-${n}.pem`;

test('at most sixteen certificates are kept; the oldest goes first', async () => {
  const servers = new FakeServers();
  const kept = certificates({ call: servers.call, clock: new FakeClock() }, { expires: true });
  for (let n = 0; n < 17; n += 1) {
    servers.answers.set(url(n), { body: pem });
    await kept.key(url(n), signal);
  }
  servers.asked.length = 0;
  for (let n = 16; n >= 0; n -= 1) await kept.key(url(n), signal);
  expect(servers.asked).toEqual([url(0)]);
});

test('at most four are fetched at the same time: who sends names does not decide how much we fetch', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  const call = async (): Promise<{
    readonly status: number;
    readonly headers: Map<string, string>;
    readonly body: string;
  }> => {
    asked += 1;
    await promise;
    return { status: 200, headers: new Map(), body: pem };
  };
  const kept = certificates({ call, clock: new FakeClock() }, { expires: true });
  const four = [0, 1, 2, 3].map((n) => kept.key(url(n), signal));
  await expect(kept.key(url(4), signal)).rejects.toBeInstanceOf(UnavailableError);
  expect(asked).toBe(4);
  resolve();
  await Promise.all(four);
  expect(await kept.key(url(4), signal)).not.toBe('none');
});
