import { describe, expect, test } from 'vitest';
import { captured, read, readFlat, target } from './read.ts';

/** What each capture becomes: the end of its type, its subject. */
const CAPTURES: readonly (readonly [capture: string, type: string, subject: string])[] = [
  ['created-put', 'ObjectCreated:Put', 'photo.txt'],
  ['created-put-key-space', 'ObjectCreated:Put', 'summer 2026/my photo.txt'],
  ['created-put-key-plus', 'ObjectCreated:Put', 'a+b.txt'],
  ['created-put-key-percent', 'ObjectCreated:Put', '100%25 50%.txt'],
  ['created-put-key-folder', 'ObjectCreated:Put', 'folder/'],
  ['created-put-key-unicode', 'ObjectCreated:Put', 'фото/日本語 é.txt'],
  ['created-put-key-special', 'ObjectCreated:Put', "x&y=z?q#h'(1)!*~@:,;$.txt"],
  ['created-put-metadata', 'ObjectCreated:Put', ''],
  ['created-put-versioned', 'ObjectCreated:Put', ''],
  ['created-copy', 'ObjectCreated:Copy', ''],
  ['created-complete-multipart-upload', 'ObjectCreated:CompleteMultipartUpload', 'big.bin'],
  ['created-put-tagging', 'ObjectCreated:PutTagging', ''],
  ['created-delete-tagging', 'ObjectCreated:DeleteTagging', ''],
  ['accessed-get', 'ObjectAccessed:Get', 'photo.txt'],
  ['accessed-head', 'ObjectAccessed:Head', 'photo.txt'],
  ['removed-delete', 'ObjectRemoved:Delete', ''],
  ['removed-delete-objects', 'ObjectRemoved:Delete', 'a+b.txt'],
  ['removed-delete-objects-2', 'ObjectRemoved:Delete', ''],
  ['removed-delete-missing', 'ObjectRemoved:NoOP', ''],
  ['removed-delete-version', 'ObjectRemoved:Delete', ''],
  ['removed-delete-marker-created', 'ObjectRemoved:DeleteMarkerCreated', ''],
  ['removed-delete-the-marker', 'ObjectRemoved:DeleteMarkerCreated', ''],
];

interface Posted {
  readonly Key: string;
  readonly Records: readonly { readonly eventTime: string }[];
}

describe('what MinIO posts', () => {
  test.each(CAPTURES)('%s', (capture, type, subject) => {
    const raw = captured(capture);
    const posted: Posted = JSON.parse(raw);
    const events = read('minio', raw);
    expect(events).toHaveLength(1);
    const attributes = Object.fromEntries(events[0]?.attributes ?? []);
    expect(attributes).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9A-F]{16}\.[0-9a-f]{64}\.[0-9a-f]{16}$/),
      source: expect.stringMatching(/^minio:s3\.\.[a-z-]+$/),
      type: `com.amazonaws.s3.${type}`,
      // What MinIO itself says in plain text.
      subject: subject === '' ? posted.Key.slice(posted.Key.indexOf('/') + 1) : subject,
      time: posted.Records[0]?.eventTime,
      datacontenttype: 'application/json',
    });
    expect(Buffer.from(events[0]?.data ?? []).toString()).toBe(raw);
  });

  test('every happening has an id of its own, and the same one when it comes again', () => {
    const ids = CAPTURES.map(([capture]) => readFlat('minio', captured(capture))[0]?.['id']);
    expect(new Set(ids).size).toBe(CAPTURES.length);
    expect(CAPTURES.map(([capture]) => readFlat('minio', captured(capture))[0]?.['id'])).toEqual(ids);
  });

  test('the two objects of one multi-object delete share the request, and not the id', () => {
    const [one, two] = ['removed-delete-objects', 'removed-delete-objects-2'].map((name) =>
      String(readFlat('minio', captured(name))[0]?.['id']),
    );
    expect(one?.split('.')[0]).toBe(two?.split('.')[0]);
    expect(one).not.toBe(two);
  });
});

describe('what MinIO gives to other targets', () => {
  const wanted = {
    type: 'com.amazonaws.s3.ObjectCreated:Put',
    source: 'minio:s3..photos',
    subject: 'summer 2026/a+b.txt',
  };

  test('an exchange of RabbitMQ', () => {
    expect(readFlat('minio', target('amqp').body ?? {})).toMatchObject([wanted]);
  });

  test('a list of Redis', () => {
    const [first]: readonly unknown[] = Object.values(target('redis-list').elements ?? {});
    const [event, ...others] = readFlat('minio', Object(first));
    expect(others).toEqual([]);
    expect(event).toMatchObject({ ...wanted, data: { Records: [{ eventName: 's3:ObjectCreated:Put' }] } });
  });

  test('a hash of Redis', () => {
    const [first]: readonly unknown[] = Object.values(target('redis-hash').fields ?? {});
    expect(readFlat('minio', Object(first))).toMatchObject([wanted]);
  });
});
