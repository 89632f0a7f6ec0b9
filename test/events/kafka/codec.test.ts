import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../../events/attributes.ts';
import { RefusedError } from '../../../events/errors.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { decodeRecord } from '../../../events/kafka/decode.ts';
import { encodeBinaryRecord, encodeStructuredRecord, type EncodedRecord } from '../../../events/kafka/encode.ts';
import type { KafkaRecord } from '../../../events/kafka/record.ts';
import { anyEvent } from '../arbitrary.ts';
import { bytes, json, plain, text } from '../samples.ts';

const HEADERS = { ce_specversion: '1.0', ce_id: '1', ce_source: '/test', ce_type: 'com.example.test' };

/** As it comes back from Kafka: headers are bytes. */
function stored({ value, headers }: EncodedRecord): KafkaRecord {
  return { value, headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytes(text)])) };
}

function eventOf(record: KafkaRecord): CloudEvent {
  const decoded = decodeRecord(record);
  if (decoded.kind !== 'event') throw new Error(`it is ${decoded.kind}`);
  return decoded.event;
}

function refusal(record: KafkaRecord): unknown {
  try {
    decodeRecord(record);
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code, path: error.path };
    throw error;
  }
  return 'not refused';
}

/** Headers carry no types, so the canonical strings are what must stay. */
function canonical(event: CloudEvent): ReturnType<typeof plain> {
  const strings = new Map([...event.attributes.keys()].map((name) => [name, attribute(event, name) ?? '']));
  return plain(event.data === undefined ? { attributes: strings } : { attributes: strings, data: event.data });
}

describe('an event in a record of Kafka', () => {
  test('comes back from binary mode as it was', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(canonical(eventOf(stored(encodeBinaryRecord(event))))).toEqual(canonical(event));
      }),
    );
  });

  test('comes back from structured mode as it was, with its types and its order', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const back = eventOf(stored(encodeStructuredRecord(event)));
        expect(plain(back)).toEqual(plain(event));
        expect([...back.attributes.keys()]).toEqual([...event.attributes.keys()]);
      }),
    );
  });

  test('has its partitionkey as key and keeps it; without one, and with an empty one, it has no key', () => {
    const event = (more: object): CloudEvent =>
      cloudEvent({ specversion: '1.0', id: '1', source: '/s', type: 't', ...more });
    expect(encodeBinaryRecord(event({ partitionkey: 'a' }))).toMatchObject({
      key: 'a',
      headers: { ce_partitionkey: 'a' },
    });
    expect(encodeStructuredRecord(event({ partitionkey: 7 })).key).toBe('7');
    expect(encodeBinaryRecord(event({})).key).toBeNull();
    expect(encodeBinaryRecord(event({ partitionkey: '' })).key).toBeNull();
  });

  test('without data is a record without value in binary mode, and never in structured mode', () => {
    const event = cloudEvent({ specversion: '1.0', id: '1', source: '/s', type: 't' });
    expect(encodeBinaryRecord(event).value).toBeNull();
    expect(text(encodeStructuredRecord(event).value ?? undefined)).toMatch(/^\{/);
  });
});

describe('a record', () => {
  test('without ce_ headers and without a media type of CloudEvents is no event, whatever else it has', () => {
    for (const headers of [
      undefined,
      {},
      { 'content-type': 'text/plain' },
      { 'content-type': ['a', 'b'] },
      { CE_ID: '1' },
    ])
      expect(decodeRecord({ value: bytes('x'), ...(headers && { headers }) })).toEqual({ kind: 'not-an-event' });
  });

  test('has percent signs in its headers left as they are', () => {
    expect(attribute(eventOf({ headers: { ...HEADERS, ce_subject: '%41 ü' } }), 'subject')).toBe('%41 ü');
  });

  test('makes no attribute of its key', () => {
    expect([...eventOf({ key: bytes('k'), headers: HEADERS }).attributes.keys()]).toEqual([
      'specversion',
      'id',
      'source',
      'type',
    ]);
  });

  test('without value has no data in binary mode; with an empty one it has none of its bytes', () => {
    expect(eventOf({ headers: HEADERS, value: null }).data).toBeUndefined();
    expect(eventOf({ headers: HEADERS, value: bytes('') }).data).toEqual(bytes(''));
  });

  test('is structured by its content-type, in any case and with parameters, whatever its ce_ headers say', () => {
    const headers = {
      ...HEADERS,
      ce_id: 'other',
      'Content-Type': bytes('Application/CloudEvents+JSON; charset=UTF-8'),
    };
    expect(attribute(eventOf({ headers, value: json() }), 'id')).toBe('1');
  });

  test('may repeat its content-type as ce_datacontenttype', () => {
    const headers = { ...HEADERS, 'content-type': 'text/plain', ce_datacontenttype: 'text/plain' };
    expect(attribute(eventOf({ headers }), 'datacontenttype')).toBe('text/plain');
  });

  test.each<[string, KafkaRecord, readonly [code: string, path: string | undefined]]>([
    ['lacks an attribute', { headers: { ce_id: '1' } }, ['attribute-missing', 'specversion']],
    [
      'has another version',
      { headers: { ...HEADERS, ce_specversion: '0.3' } },
      ['specversion-unsupported', 'specversion'],
    ],
    ['has a name that is none', { headers: { ...HEADERS, ce_Foo: '1' } }, ['attribute-invalid', 'Foo']],
    ['has a header twice', { headers: { ...HEADERS, ce_a: ['1', '1'] } }, ['attribute-duplicate', 'a']],
    ['has a header without value', { headers: { ...HEADERS, ce_a: null } }, ['attribute-invalid', 'a']],
    [
      'has a header that is no UTF-8',
      { headers: { ...HEADERS, ce_a: Buffer.from([0xff]) } },
      ['attribute-invalid', 'a'],
    ],
    [
      'has ce_datacontenttype alone',
      { headers: { ...HEADERS, ce_datacontenttype: 'a/b' } },
      ['attribute-invalid', 'datacontenttype'],
    ],
    [
      'has two content types',
      { headers: { ...HEADERS, 'content-type': ['a/b', 'a/b'] } },
      ['attribute-duplicate', 'datacontenttype'],
    ],
    [
      'has a content type that is none',
      { headers: { ...HEADERS, 'content-type': Buffer.from([0xff]) } },
      ['attribute-invalid', 'datacontenttype'],
    ],
    [
      'is a batch',
      { headers: { 'content-type': 'application/cloudevents-batch+json' }, value: bytes('[]') },
      ['content-type-unsupported', 'datacontenttype'],
    ],
    [
      'is in another format',
      { headers: { 'content-type': 'application/cloudevents+avro' } },
      ['content-type-unsupported', 'datacontenttype'],
    ],
    [
      'is structured and has no value',
      { headers: { 'content-type': 'application/cloudevents+json' }, value: null },
      ['json-invalid', undefined],
    ],
  ])('that %s is refused', (_, record, [code, path]) => {
    expect(refusal(record)).toEqual({ code, path });
  });
});
