import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import type { CloudEvent } from '../../../events/event.ts';
import { decodeMqtt } from '../../../events/mqtt/decode.ts';
import { encodeMqttBinary, encodeMqttStructured } from '../../../events/mqtt/encode.ts';
import type { MqttMessage } from '../../../events/mqtt/message.ts';
import { anyEvent } from '../arbitrary.ts';
import { bytes } from '../samples.ts';

const CE = { specversion: '1.0', id: '1', source: '/s', type: 't' };

function message(userProperties: MqttMessage['userProperties'], more: Partial<MqttMessage> = {}): MqttMessage {
  return { topic: 'a/b', payload: bytes(''), userProperties, ...more };
}

function eventOf(message: Omit<MqttMessage, 'topic'>): CloudEvent {
  const decoded = decodeMqtt({ topic: 'a/b', ...message });
  if (decoded.kind !== 'event') throw new Error(`it is ${decoded.kind}`);
  return decoded.event;
}

function refusal(message: MqttMessage): string {
  try {
    decodeMqtt(message);
  } catch (error) {
    if (error instanceof RefusedError) return error.code;
    throw error;
  }
  throw new Error('it was not refused');
}

function plain(data: Uint8Array | undefined): Uint8Array | undefined {
  return data && new Uint8Array(data);
}

describe('an event in MQTT', () => {
  test('comes back from binary mode with each attribute as its canonical string', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const back = eventOf(encodeMqttBinary(event));
        const strings = [...event.attributes].map(([name, value]) => [name, String(value)] as const);
        expect(Object.fromEntries(back.attributes)).toEqual(Object.fromEntries(strings));
        expect(plain(back.data)).toEqual(event.data);
      }),
    );
  });

  test('comes back from structured mode as it was, also where the content type is lost', () => {
    fc.assert(
      fc.property(anyEvent, fc.boolean(), (event, kept) => {
        const { contentType, ...rest } = encodeMqttStructured(event);
        const back = eventOf(kept && contentType !== undefined ? { ...rest, contentType } : rest);
        expect(Object.fromEntries(back.attributes)).toEqual(Object.fromEntries(event.attributes));
        expect(plain(back.data)).toEqual(event.data);
      }),
    );
  });

  test('may repeat its content type as a user property [MQTT binding, example]', () => {
    const both = message({ ...CE, datacontenttype: 'text/plain' }, { contentType: 'text/plain', payload: bytes('x') });
    expect(Object.fromEntries(eventOf(both).attributes)).toEqual({ ...CE, datacontenttype: 'text/plain' });
    expect(refusal(message({ ...CE, datacontenttype: 'text/html' }, { contentType: 'text/plain' }))).toBe(
      'attribute-duplicate',
    );
  });

  test('may stand beside user properties of others', () => {
    expect(Object.fromEntries(eventOf(message({ ...CE, 'My-Property': 'x', B: ['1', '2'] })).attributes)).toEqual(CE);
  });

  test.each([
    ['lacks its source', { specversion: '1.0', id: '1', type: 't' }, 'attribute-missing'],
    ['has an attribute twice', { ...CE, subject: ['a', 'b'] }, 'attribute-duplicate'],
    ['is of another version', { ...CE, specversion: '0.3' }, 'specversion-unsupported'],
  ])('that %s is refused', (...[, properties, code]) => {
    expect(refusal(message(properties))).toBe(code);
  });

  test('in JSON without a content type that is broken is refused, not taken for something else', () => {
    expect(refusal(message({}, { payload: bytes('{"specversion":"1.0"}') }))).toBe('attribute-missing');
  });

  test.each([
    ['bytes', message({}, { payload: bytes('\u0000\u0001') })],
    ['nothing', message({})],
    ['JSON of its own', message({}, { payload: bytes('{"temperature":21}') })],
    [
      'JSON that speaks of events',
      message({}, { payload: bytes('{"about":"\\"specversion\\"","a":{"specversion":1}}') }),
    ],
    ['what is cut off', message({}, { payload: bytes('{"specversion":"1.0"') })],
    [
      'an event in JSON that says it is only JSON',
      message({}, { contentType: 'application/json', payload: bytes(JSON.stringify(CE)) }),
    ],
    ['user properties without specversion', message({ id: '1', type: 't' })],
  ])('is not %s', (_what, other) => {
    expect(decodeMqtt(other).kind).toBe('not-an-event');
  });
});
