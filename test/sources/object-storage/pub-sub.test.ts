import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { readFlat } from './read.ts';

const OBJECT = { kind: 'storage#object', id: 'photos/a b.txt/1', name: 'a b.txt', bucket: 'photos', size: '352' };

/** A message as Pub/Sub pushes it; undefined attributes are left out. [Cloud Storage "Pub/Sub notifications"] */
function push(attributes: Readonly<Record<string, string | undefined>> = {}, message: object = {}): object {
  return {
    message: {
      attributes: {
        notificationConfig: 'projects/_/buckets/photos/notificationConfigs/3',
        eventType: 'OBJECT_FINALIZE',
        payloadFormat: 'JSON_API_V1',
        bucketId: 'photos',
        objectId: 'a b.txt',
        objectGeneration: '1669000000000000',
        eventTime: '2026-11-21T09:00:00.123456Z',
        ...attributes,
      },
      data: Buffer.from(JSON.stringify(OBJECT)).toString('base64'),
      messageId: '2070443601311540',
      message_id: '2070443601311540',
      publishTime: '2026-11-21T09:00:01.749Z',
      ...message,
    },
    subscription: 'projects/my-project/subscriptions/photos',
  };
}

describe('what Cloud Storage tells by Pub/Sub', () => {
  test('is the event that Eventarc makes of it [google.events.cloud.storage.v1]', () => {
    expect(readFlat('gcs', push())).toEqual([
      {
        specversion: '1.0',
        id: '2070443601311540',
        source: '//storage.googleapis.com/projects/_/buckets/photos',
        type: 'google.cloud.storage.object.v1.finalized',
        subject: 'objects/a b.txt',
        time: '2026-11-21T09:00:00.123456Z',
        datacontenttype: 'application/json',
        bucket: 'photos',
        data: OBJECT,
      },
    ]);
  });

  test.each([
    ['OBJECT_DELETE', 'deleted'],
    ['OBJECT_ARCHIVE', 'archived'],
    ['OBJECT_METADATA_UPDATE', 'metadataUpdated'],
  ])('%s is %s', (eventType, type) => {
    expect(readFlat('gcs', push({ eventType }))[0]?.['type']).toBe(`google.cloud.storage.object.v1.${type}`);
  });

  test('without a payload: no data; without eventTime: the time of publishing', () => {
    const [event] = readFlat('gcs', push({ payloadFormat: 'NONE', eventTime: undefined }, { data: '' }));
    expect(event).toMatchObject({ time: '2026-11-21T09:00:01.749Z' });
    expect(event).not.toHaveProperty('data');
    expect(event).not.toHaveProperty('datacontenttype');
  });

  test.each([
    ['a message of somebody else', push({ eventType: undefined, bucketId: undefined })],
    ['a kind of event that is not known', push({ eventType: 'toString' })],
    ['a message without an id', push({}, { messageId: '' })],
    ['no message', { hello: 1 }],
  ])('%s is a dead letter', (_what, body) => {
    expect(readFlat('gcs', body)).toMatchObject([{ type: DEAD_LETTER_TYPE }]);
  });
});

describe('what is a CloudEvent already', () => {
  const event = { specversion: '1.0', id: '7', source: '/s', type: 't' };

  test('in the attributes of a message', () => {
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': '7',
      'ce-source': '/s',
      'ce-type': 't',
      'content-type': 'text/plain',
    };
    const message = { message: { attributes, data: Buffer.from('hi').toString('base64'), messageId: '1' } };
    expect(readFlat('gcs', message)).toEqual([{ ...event, datacontenttype: 'text/plain', data: 'hi' }]);
  });

  test('in the data of a message', () => {
    const data = Buffer.from(JSON.stringify(event)).toString('base64');
    const message = {
      message: { attributes: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, data, messageId: '1' },
    };
    expect(readFlat('gcs', message)).toEqual([event]);
  });

  test('as Eventarc sends it', () => {
    const headers = [
      'ce-specversion',
      '1.0',
      'ce-id',
      '7',
      'ce-source',
      '/s',
      'ce-type',
      't',
      'content-type',
      'text/plain',
    ];
    expect(readFlat('gcs', 'hi', headers)).toEqual([{ ...event, datacontenttype: 'text/plain', data: 'hi' }]);
  });

  test('but a broken one: a dead letter', () => {
    const message = { message: { attributes: { 'ce-specversion': '1.0' }, messageId: '1' } };
    expect(readFlat('gcs', message)).toMatchObject([
      { type: DEAD_LETTER_TYPE, deadletterreason: expect.stringContaining('attribute-missing') },
    ]);
  });
});
