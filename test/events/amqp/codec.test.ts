import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAmqp } from '../../../events/amqp/decode.ts';
import { encodeAmqpBinary, encodeAmqpStructured } from '../../../events/amqp/encode.ts';
import type { AmqpMessage } from '../../../events/amqp/message.ts';
import { RefusedError } from '../../../events/errors.ts';
import type { CloudEvent } from '../../../events/event.ts';
import { anyEvent } from '../arbitrary.ts';
import { bytes } from '../samples.ts';

const CE = { specversion: '1.0', id: '1', source: '/s', type: 't' };

function message(headers: AmqpMessage['headers'], more: Partial<AmqpMessage> = {}): AmqpMessage {
  return { headers, body: bytes(''), ...more };
}

function prefixed(prefix: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...CE, ...more }).map(([name, value]) => [`${prefix}${name}`, value]));
}

function eventOf(message: AmqpMessage): CloudEvent {
  const decoded = decodeAmqp(message);
  if (decoded.kind !== 'event') throw new Error(`it is ${decoded.kind}`);
  return decoded.event;
}

function refusal(message: AmqpMessage): { readonly code: string; readonly path: string | undefined } {
  try {
    decodeAmqp(message);
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code, path: error.path };
    throw error;
  }
  throw new Error('it was not refused');
}

describe('an event in AMQP', () => {
  test('comes back from binary mode as it was', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const back = eventOf(encodeAmqpBinary(event));
        expect(Object.fromEntries(back.attributes)).toEqual(Object.fromEntries(event.attributes));
        expect(back.data && new Uint8Array(back.data)).toEqual(event.data);
      }),
    );
  });

  test('comes back from structured mode as it was', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const back = eventOf(encodeAmqpStructured(event));
        expect(Object.fromEntries(back.attributes)).toEqual(Object.fromEntries(event.attributes));
        expect(back.data && new Uint8Array(back.data)).toEqual(event.data);
      }),
    );
  });

  test('is written with the prefix that every binding reads, native integers and booleans, and the content type as property [AMQP binding 3.1]', () => {
    const event = eventOf(
      message(prefixed('ce-', { n: 7, b: true, time: '2026-01-31T09:00:00.5Z' }), {
        contentType: 'text/plain',
        body: bytes('x'),
      }),
    );
    expect(encodeAmqpBinary(event)).toEqual({
      contentType: 'text/plain',
      messageId: '1',
      timestamp: 1769850000,
      headers: prefixed('cloudEvents_', { n: 7, b: true, time: '2026-01-31T09:00:00.5Z' }),
      body: bytes('x'),
    });
  });

  test.each(['cloudEvents_', 'cloudEvents:', 'ce-', 'Ce-', 'CLOUDEVENTS_'])('is read with the prefix %s', (prefix) => {
    expect(Object.fromEntries(eventOf(message(prefixed(prefix))).attributes)).toEqual(CE);
  });

  test("is read with the bare names of Knative's broker, whose other headers are none of it", () => {
    const headers = { ...CE, 'content-type': 'text/plain', 'x-death': [], 'My-Header': 'x', subject: 's' };
    expect(Object.fromEntries(eventOf(message(headers)).attributes)).toEqual({
      ...CE,
      subject: 's',
      datacontenttype: 'text/plain',
    });
  });

  test.each([
    ['a boolean', true, true],
    ['an integer', -7, -7],
    ['a timestamp', { '!': 'timestamp', value: 1769850000 }, '2026-01-31T09:00:00Z'],
    ['bytes', bytes('hi'), 'aGk='],
  ])('may have %s as such [AMQP binding, type system]', (_what, native, value) => {
    expect(eventOf(message(prefixed('cloudEvents_', { ext: native }))).attributes.get('ext')).toBe(value);
  });

  test.each([
    ['a fraction', 1.5],
    ['a number beyond 32 bits', 2 ** 40],
    ['a table', { a: 1 }],
    ['a list', [1]],
    ['nothing', null],
    ['a timestamp of no year', { '!': 'timestamp', value: 1e30 }],
  ])('with %s as attribute is refused, by name', (_what, value) => {
    expect(refusal(message(prefixed('cloudEvents_', { ext: value })))).toEqual({
      code: 'attribute-invalid',
      path: 'ext',
    });
  });

  test.each([
    ['lacks its type', { cloudEvents_specversion: '1.0' }, 'attribute-missing', 'id'],
    ['is of another version', prefixed('ce-', { specversion: '0.3' }), 'specversion-unsupported', 'specversion'],
    ['has one attribute in two spellings', { ...prefixed('ce-'), 'cloudEvents:id': '1' }, 'attribute-duplicate', 'id'],
  ])('that %s is refused', (...[, headers, code, path]) => {
    expect(refusal(message(headers))).toEqual({ code, path });
  });

  test('that says two content types is refused, one that repeats it is not', () => {
    const headers = prefixed('ce-', { datacontenttype: 'text/plain' });
    expect(refusal(message(headers, { contentType: 'text/html' })).code).toBe('attribute-duplicate');
    expect(eventOf(message(headers, { contentType: 'text/plain' })).attributes.get('datacontenttype')).toBe(
      'text/plain',
    );
    expect(eventOf(message(headers)).attributes.get('datacontenttype')).toBe('text/plain');
  });

  test('may come as a batch, though the binding knows none', () => {
    const body = bytes(JSON.stringify([CE, { ...CE, id: '2' }]));
    const decoded = decodeAmqp(message({}, { contentType: 'application/cloudevents-batch+json', body }));
    expect(decoded).toMatchObject({ kind: 'batch', events: [{}, {}] });
  });

  test('in a format that is not JSON is refused', () => {
    expect(refusal(message({}, { contentType: 'application/cloudevents+avro' })).code).toBe('content-type-unsupported');
  });

  test.each([
    ['no headers', {}],
    ['headers of others', { 'x-death': [], type: 'order', id: 7 }],
  ])('is not what has %s', (_what, headers) => {
    expect(decodeAmqp(message(headers, { contentType: 'application/json' })).kind).toBe('not-an-event');
  });

  test('whose id is longer than a property has it in its header alone', () => {
    const id = 'é'.repeat(128);
    const encoded = encodeAmqpBinary(eventOf(message(prefixed('ce-', { id }))));
    expect(encoded.messageId).toBeUndefined();
    expect(encoded.headers['cloudEvents_id']).toBe(id);
  });
});
