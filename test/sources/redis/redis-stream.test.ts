import { describe, expect, test } from 'vitest';
import { redisStreamUri } from '../../../crds/redis-stream-source.ts';
import { isEntryId, justBelow, liesBefore } from '../../../sources/redis/id.ts';
import { redisServer } from '../../../sources/redis/link.ts';
import { redisStreamEvent } from '../../../sources/redis/event.ts';

const fields = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text));

describe('the event of an entry', () => {
  test('is what Knative makes of it, with the time that is in the id', () => {
    const event = redisStreamEvent({ id: '1795281385208-0', fields: fields('fruit', 'banana') }, 'redis://h/s');
    expect(Object.fromEntries(event.attributes)).toEqual({
      specversion: '1.0',
      type: 'dev.knative.sources.redisstream',
      source: 'redis://h/s',
      id: '1795281385208-0',
      time: '2026-11-21T17:16:25.208Z',
      datacontenttype: 'application/json',
    });
    expect(Buffer.from(event.data ?? []).toString()).toBe('["fruit","banana"]');
  });

  test('has no time where the producer chose an id of its own', () => {
    expect(redisStreamEvent({ id: '7-1', fields: [] }, 's').attributes.has('time')).toBe(false);
    expect(redisStreamEvent({ id: `${2n ** 64n - 1n}-0`, fields: [] }, 's').attributes.has('time')).toBe(false);
  });

  test('holds bytes that are no UTF-8 as base64, and says which', () => {
    const bytes = Buffer.from([0xff, 0xfe]);
    const event = redisStreamEvent({ id: '1-1', fields: [bytes, Buffer.from('é'), ...fields('k'), bytes] }, 's');
    expect(event.attributes.get('base64items')).toBe('0,3');
    expect(JSON.parse(Buffer.from(event.data ?? []).toString())).toEqual(['//4=', 'é', 'k', '//4=']);
  });
});

describe('ids of entries', () => {
  test.each([
    ['1-5', '1-4'],
    ['2-0', '1-18446744073709551615'],
    ['0-1', '0-0'],
    ['0-0', '0-0'],
  ])('just below %s is %s', (id, below) => {
    expect(justBelow(id)).toBe(below);
  });

  test.each([
    ['9-1', '10-0'],
    ['10-9', '10-10'],
    ['1-0', '18446744073709551615-0'],
  ])('%s lies before %s, and not the other way round', (a, b) => {
    expect([liesBefore(a, b), liesBefore(b, a), liesBefore(a, a)]).toEqual([true, false, false]);
  });

  test('a position that is none is not taken for one', () => {
    expect(['1-1', '1', '', '$', '1-1-1', 'a-b'].map(isEntryId)).toEqual([true, false, false, false, false, false]);
  });
});

test.each([
  ['redis://h:6379', 'orders', 'redis://h:6379/orders'],
  ['redis://h:6379/2/', 'orders:new', 'redis://h:6379/2/orders:new'],
  ['rediss://[::1]', 'ö b#c?d', 'rediss://[::1]/%C3%B6%20b%23c%3Fd'],
])('the source of %s and %s is %s', (address, stream, uri) => {
  expect(redisStreamUri(address, stream)).toBe(uri);
});

test.each([
  [{ address: 'redis://h' }, { host: 'h', port: 6379, db: 0 }],
  [{ address: 'redis://[::1]:7000/3' }, { host: '::1', port: 7000, db: 3 }],
  [{ address: 'rediss://h' }, { host: 'h', port: 6379, db: 0, tls: { rejectUnauthorized: true } }],
  [
    { address: 'redis://h', dialOptions: { useTLS: true, skipVerify: true } },
    { host: 'h', port: 6379, db: 0, tls: { rejectUnauthorized: false } },
  ],
])('%j is the server %j', (connection, server) => {
  expect(redisServer(connection, { secrets: new Map() })).toEqual(server);
});

test('a secret that is not there is named by the path of its field', () => {
  const password = { secretKeyRef: { name: 'redis', key: 'password' } };
  expect(() => redisServer({ address: 'redis://h', password }, { secrets: new Map() })).toThrow(
    'spec.password.secretKeyRef: key password of Secret redis is not there or empty; add it',
  );
});
