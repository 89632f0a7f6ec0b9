import { describe, expect, test } from 'vitest';
import type { PlacedRecord } from '../../../events/kafka/record.ts';
import { kafkaReader, type KeyType } from '../../../sources/kafka/event.ts';
import { bytes, text } from '../../events/samples.ts';

function record(more: Partial<PlacedRecord> = {}): PlacedRecord {
  return { topic: 'orders', partition: 3, offset: '7', timestamp: '1767225600123', value: bytes('hello'), ...more };
}

function event(of: PlacedRecord, keyType: KeyType = 'string') {
  const events = kafkaReader({ namespace: 'shop', kind: 'KafkaSource', name: 'it', keyType })(of);
  expect(events).toHaveLength(1);
  const [first] = events;
  return { ...Object.fromEntries(first?.attributes ?? []), data: text(first?.data) };
}

const KEY = Buffer.from('k');

describe('a record that is no CloudEvent', () => {
  test('is wrapped as Knative wraps it', () => {
    const headers = { 'content-type': bytes('text/plain'), 'X-Trace_Id': bytes('t1') };
    expect(event(record({ key: KEY, headers }))).toEqual({
      specversion: '1.0',
      id: 'partition:3/offset:7',
      source: '/apis/v1/namespaces/shop/kafkasources/it#orders',
      type: 'dev.knative.kafka.event',
      subject: 'partition:3#7',
      time: '2026-01-01T00:00:00.123Z',
      datacontenttype: 'text/plain',
      partitionkey: 'k',
      key: 'k',
      kafkaheaderxtraceid: 't1',
      data: 'hello',
    });
  });

  test('has no data without a value, no key without one or with an empty one, no time without a timestamp', () => {
    expect(event(record({ value: null, key: null, timestamp: '-1' }))).toEqual({
      specversion: '1.0',
      id: 'partition:3/offset:7',
      source: '/apis/v1/namespaces/shop/kafkasources/it#orders',
      type: 'dev.knative.kafka.event',
      subject: 'partition:3#7',
    });
    expect(event(record({ key: Buffer.alloc(0) }))).not.toHaveProperty('key');
  });

  test.each<[KeyType, Buffer, unknown]>([
    ['string', Buffer.from('ä'), 'ä'],
    ['string', Buffer.from([0xff]), '/w=='],
    ['string', Buffer.from('a\nb'), 'YQpi'],
    ['int', Buffer.from([0xff, 0xff, 0xff, 0xfe]), -2],
    ['int', Buffer.from('12345'), '12345'],
    ['float', Buffer.from([0x3d, 0xcc, 0xcc, 0xcd]), '0.1'],
    ['float', Buffer.from([0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a]), '0.1'],
    ['float', Buffer.from('abc'), 'abc'],
    ['byte-array', Buffer.from('abc'), 'YWJj'],
  ])('has its key read as %s: %j', (type, key, value) => {
    expect(event(record({ key }), type)).toMatchObject({ key: value, partitionkey: value });
  });

  test('keeps what no attribute can hold as base64, of repeated headers the last, and leaves out what has no name or no value', () => {
    const headers = { bin: Buffer.from([0]), a: ['1', '2'], '---': '3', empty: undefined };
    const wrapped = event(record({ headers }));
    expect(wrapped).toMatchObject({ kafkaheaderbin: 'AA==', kafkaheadera: '2' });
    expect(Object.keys(wrapped).filter((name) => name.startsWith('kafkaheader'))).toHaveLength(2);
  });

  test('keeps a content-type that is no media type among its headers', () => {
    const wrapped = event(record({ headers: { 'content-type': 'nonsense' } }));
    expect(wrapped).toMatchObject({ kafkaheadercontenttype: 'nonsense' });
    expect(wrapped).not.toHaveProperty('datacontenttype');
  });
});

describe('a record that is a CloudEvent', () => {
  const headers = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't' };

  test('comes through unchanged: no attribute is made of key, topic or place', () => {
    expect(event(record({ key: KEY, headers }))).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      data: 'hello',
    });
  });

  test('and breaks its rules becomes a dead letter that says why and where, with its bytes', () => {
    expect(event(record({ headers: { ...headers, ce_specversion: '2.0' } }))).toMatchObject({
      type: 'dev.weir.source.deadletter',
      source: '/apis/v1/namespaces/shop/kafkasources/it',
      id: 'orders/partition:3/offset:7',
      subject: 'orders#partition:3#7',
      deadletterreason: expect.stringContaining('specversion-unsupported: specversion: is "2.0"'),
      data: 'hello',
    });
  });
});
