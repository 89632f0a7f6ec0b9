import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { messageReader } from '../../../sources/object-storage/queue-message.ts';
import { captured, flat, readFlat, SOURCE } from './read.ts';

const RAW = captured('created-put');
const WANTED = readFlat('minio', RAW);
const body = Buffer.from(RAW);
const amqp = { exchange: 'minio', routingKey: 's3', headers: {} };

describe('a notification of MinIO in a message', () => {
  const reader = messageReader('minio', SOURCE);
  test.each([
    ['of SQS', reader.sqs({ id: '1', receipt: '1', body: RAW })],
    ['of Kafka', reader.kafka({ value: body })],
    ['of RabbitMQ', reader.rabbitmq({ ...amqp, contentType: 'application/json', body })],
    ['of NATS', reader.nats({ data: body, headers: () => [] })],
    ['of Redis, in its only field', reader.redis({ id: '1-0', fields: [Buffer.from('x'), body] })],
    [
      'of Redis, in the field data',
      reader.redis({ id: '1-0', fields: ['a', 'b', 'data', RAW].map((text) => Buffer.from(text)) }),
    ],
  ])('%s is the event that its webhook would have been', (_what, events) => {
    expect(events.map(flat)).toEqual(WANTED);
  });

  test.each([
    [
      'an entry of Redis without it',
      reader.redis({ id: '1-0', fields: ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text)) }),
    ],
    ['a message of RabbitMQ that is something else', reader.rabbitmq({ ...amqp, body: Buffer.from('hello') })],
    ['an empty message of NATS', reader.nats({ data: new Uint8Array(), headers: () => [] })],
  ])('%s is a dead letter', (_what, events) => {
    expect(events.map(flat)).toMatchObject([{ type: DEAD_LETTER_TYPE }]);
  });

  test('that Kafka deletes by a record without a value tells nothing', () => {
    expect(reader.kafka({ value: null })).toEqual([]);
  });
});

describe('a CloudEvent in the binding of its transport', () => {
  const wanted = {
    specversion: '1.0',
    id: '7',
    source: '/s',
    type: 'Microsoft.Storage.BlobCreated',
    datacontenttype: 'text/plain',
    data: 'hi',
  };
  const reader = messageReader('azure', SOURCE);
  const attributes = { specversion: '1.0', id: '7', source: '/s', type: 'Microsoft.Storage.BlobCreated' };
  const named = (prefix: string): Record<string, string> =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, value]));
  const data = Buffer.from('hi');

  test.each([
    ['Kafka', reader.kafka({ value: data, headers: { ...named('ce_'), 'content-type': 'text/plain' } })],
    ['RabbitMQ', reader.rabbitmq({ ...amqp, headers: named('cloudEvents_'), contentType: 'text/plain', body: data })],
    ['NATS', reader.nats({ data, headers: () => [...Object.entries(named('ce-')), ['content-type', 'text/plain']] })],
  ])('%s: it is that event', (_what, events) => {
    expect(events.map(flat)).toEqual([wanted]);
  });

  test.each([
    ['is broken', reader.kafka({ value: data, headers: { ce_specversion: '1.0' } })],
    [
      'has headers that its client cannot read',
      reader.nats({
        data,
        headers: () => {
          throw new TypeError('bad');
        },
      }),
    ],
  ])('%s: a dead letter', (_what, events) => {
    expect(events.map(flat)).toMatchObject([{ type: DEAD_LETTER_TYPE, data: 'hi' }]);
  });
});
