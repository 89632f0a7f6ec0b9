import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { notification, record } from './records.ts';
import { flat, read, readFlat } from './read.ts';

const REQUEST = 'C3D13FE58DE4C810.FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD';

describe('a record of S3 [CloudEvents adapters, AWS S3]', () => {
  test('becomes the event of the adapter, with the notification as its data', () => {
    const body = notification(record({ version: '096fKKXTRTtl3on89fVO.nfljtsv6qko' }));
    expect(readFlat('s3', body)).toEqual([
      {
        specversion: '1.0',
        id: REQUEST,
        source: 'aws:s3.us-west-2.photos',
        type: 'com.amazonaws.s3.ObjectCreated:Put',
        subject: 'HappyFace.jpg',
        time: '1970-01-01T00:00:00.000Z',
        datacontenttype: 'application/json',
        data: body,
      },
    ]);
  });

  test('alone in its notification: the data are the very bytes that came', () => {
    const body = ` {"Records" : [ ${JSON.stringify(record())}], "more": 1.0} `;
    expect(Buffer.from(read('s3', body)[0]?.data ?? []).toString()).toBe(body);
  });

  test('beside others: each is an event, in their order, with a notification of it alone', () => {
    const records = [record({ key: 'a', request: 'A' }), record({ key: 'b', request: 'B' })];
    expect(readFlat('s3', notification(...records)).map(({ subject, data }) => [subject, data])).toEqual([
      ['a', notification(records[0] ?? {})],
      ['b', notification(records[1] ?? {})],
    ]);
  });

  test('names a region and a bucket that no URI may hold: percent-encoded', () => {
    const [event] = readFlat('s3', notification(record({ region: 'my zone', bucket: 'Ü_b' })));
    expect(event?.['source']).toBe('aws:s3.my%20zone.%C3%9C_b');
  });

  test('has a time that is none: the event has no time', () => {
    const [event] = readFlat('s3', notification(record({ time: 'yesterday' })));
    expect(event).not.toHaveProperty('time');
    expect(event?.['type']).toBe('com.amazonaws.s3.ObjectCreated:Put');
  });
});

describe('the key of an object', () => {
  test.each([
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['summer+2026%2Fa%2Bb.txt', 'summer 2026/a+b.txt'],
    ['100%25.txt', '100%.txt'],
    ['%C3%BC%E2%82%AC%F0%9F%98%80', 'ü€😀'],
    ['plain/key.txt', 'plain/key.txt'],
    ['never encoded/a.txt', 'never encoded/a.txt'],
    ['ü+b', 'ü+b'],
    ['100%', '100%'],
    ['%FF', '%FF'],
    ['line%0Abreak', 'line%0Abreak'],
    ['%EF%BF%BF', '%EF%BF%BF'],
  ])('%j is subject %j', (key, subject) => {
    expect(readFlat('s3', notification(record({ key })))[0]?.['subject']).toBe(subject);
  });

  test('is empty: the event has no subject', () => {
    const [event] = readFlat('minio', notification(record({ key: '', name: 's3:BucketCreated:*' })));
    expect(event).not.toHaveProperty('subject');
    expect(event?.['type']).toBe('com.amazonaws.s3.BucketCreated:*');
  });
});

describe('the id of a record', () => {
  const id = (over: Parameters<typeof record>[0]): unknown => readFlat('s3', notification(record(over)))[0]?.['id'];

  test.each(['ObjectCreated:CompleteMultipartUpload', 'ObjectTagging:Put', 'ObjectAcl:Put', 'ObjectRestore:Post'])(
    'is that of the adapter for %s',
    (name) => expect(id({ name })).toBe(REQUEST),
  );

  test.each([
    'ObjectRemoved:Delete',
    'LifecycleExpiration:Delete',
    'ObjectRestore:Delete',
    'Replication:OperationFailedReplication',
  ])('is longer for %s, of which one request may make several', (name) =>
    expect(id({ name })).toMatch(new RegExp(`^${REQUEST.replaceAll('/', '\\/')}\\.[0-9a-f]{16}$`)),
  );

  test('differs for every object and version of one multi-object delete', () => {
    const name = 'ObjectRemoved:Delete';
    const ids = [{ key: 'a' }, { key: 'b' }, { key: 'a', version: '1' }, { key: 'a', version: '2' }].map((over) =>
      id({ name, ...over }),
    );
    expect(new Set(ids).size).toBe(4);
  });

  test('is the same however the records of one request are cut into notifications', () => {
    const removed = ['a', 'b'].map((key) => record({ key, name: 'ObjectRemoved:Delete' }));
    const together = readFlat('s3', notification(...removed)).map((event) => event['id']);
    const apart = removed.map((one) => readFlat('s3', notification(one))[0]?.['id']);
    expect(together).toEqual(apart);
  });

  test('without a request id is made of what happened and when', () => {
    expect(id({ request: '' })).toMatch(/^[0-9a-f]{16}$/);
    expect(id({ request: '', time: '2026-01-01T00:00:00Z' })).not.toBe(id({ request: '' }));
  });
});

describe('what tells nothing', () => {
  test.each([
    [
      'the test message of S3',
      {
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Time: '2014-10-13T15:57:02.089Z',
        Bucket: 'photos',
        RequestId: '5582815E1AEA5ADF',
        HostId: '8cLe',
      },
    ],
    ['an empty notification', { Records: [] }],
    ['the keep-alive of MinIO', { Records: null }],
  ])('%s', (_what, body) => expect(read('s3', body)).toEqual([]));
});

describe('what cannot be read is a dead letter', () => {
  test.each([
    ['no JSON', 'not json', 'the notification is not JSON'],
    ['no UTF-8', new Uint8Array([0xff, 0x22]), 'the notification is not JSON'],
    ['JSON without records', { hello: 1 }, 'the notification has no Records, and is no event of EventBridge'],
    ['records that are no list', { Records: {} }, 'the notification has no Records, and is no event of EventBridge'],
    ['an empty list', [], 'the notification has no Records, and is no event of EventBridge'],
    ['a record without a name', { Records: [{}] }, 'the record lacks eventName, eventSource or s3.bucket.name'],
    ['a record that is none', { Records: ['x'] }, 'the record lacks eventName, eventSource or s3.bucket.name'],
  ])('%s', (_what, body, reason) => {
    const [event, ...others] = readFlat('s3', body);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: DEAD_LETTER_TYPE,
      deadletterreason: reason,
      id: expect.stringMatching(/^sha256:/),
    });
  });

  test('in its place among the others, with the same id when it comes again', () => {
    const body = notification(record({ key: 'a', request: 'A' }), { broken: true }, record({ key: 'b', request: 'B' }));
    const types = readFlat('s3', body).map(({ type }) => type);
    expect(types).toEqual([
      'com.amazonaws.s3.ObjectCreated:Put',
      DEAD_LETTER_TYPE,
      'com.amazonaws.s3.ObjectCreated:Put',
    ]);
    expect(read('s3', body).map(flat)).toEqual(readFlat('s3', body));
  });
});

describe('the envelope of an SNS topic', () => {
  const envelope = (message: unknown): object => ({
    Type: 'Notification',
    MessageId: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
    TopicArn: 'arn:aws:sns:us-west-2:123456789012:photos',
    Subject: 'Amazon S3 Notification',
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    Timestamp: '2026-01-01T00:00:00.000Z',
  });

  test('is taken off: the event is that of the record', () => {
    expect(readFlat('s3', envelope(notification(record())))).toEqual(readFlat('s3', notification(record())));
  });

  test('around the test message tells nothing', () => {
    expect(read('s3', envelope({ Event: 's3:TestEvent' }))).toEqual([]);
  });

  test('around something else is a dead letter with the message', () => {
    expect(readFlat('s3', envelope('hello'))).toMatchObject([{ type: DEAD_LETTER_TYPE, data: 'hello' }]);
  });
});
