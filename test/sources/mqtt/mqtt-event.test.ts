import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import { type MqttDelivered, deliveryName, mqttEvents } from '../../../sources/mqtt/event.ts';

const SOURCE = 'mqtt://broker:1883';

function message(more: Partial<MqttDelivered> = {}): MqttDelivered {
  return { topic: 'kitchen/temperature', payload: Buffer.from('21.5'), userProperties: {}, packetId: 7, ...more };
}

describe('a message of MQTT that is no event', () => {
  test('is wrapped: its topic is the subject, its server the source', () => {
    const [event] = mqttEvents(message({ contentType: 'text/plain' }), SOURCE);
    expect(Object.fromEntries(event?.attributes ?? [])).toEqual({
      specversion: '1.0',
      id: deliveryName(message({ contentType: 'text/plain' })),
      source: SOURCE,
      type: 'dev.weir.mqtt.message',
      subject: 'kitchen/temperature',
      datacontenttype: 'text/plain',
    });
    expect(event?.data).toEqual(Buffer.from('21.5'));
  });

  test.each([
    ['without a payload has no data', { payload: Buffer.alloc(0) }, 'data'],
    ['with a content type that is none has no datacontenttype', { contentType: 'json' }, 'datacontenttype'],
  ])('%s', (...[, more, absent]) => {
    const [event] = mqttEvents(message(more), SOURCE);
    expect({ ...Object.fromEntries(event?.attributes ?? []), ...(event?.data && { data: '' }) }).not.toHaveProperty(
      absent,
    );
  });

  test('has one name each time it is delivered in a session', () => {
    expect(deliveryName(message())).toBe(deliveryName(message()));
  });

  test.each([
    ['the next message that says the same', { packetId: 8 }],
    ['another payload', { payload: Buffer.from('21.6') }],
    ['another topic', { topic: 'hall/temperature' }],
    ['other properties', { userProperties: { a: '1' } }],
    ['another content type', { contentType: 'text/plain' }],
    ['what has no packet id', { packetId: undefined }],
  ])('has another name than %s', (_what, more) => {
    expect(deliveryName(message(more))).not.toBe(deliveryName(message()));
  });

  test('whose topic can be no subject is refused', () => {
    expect(() => mqttEvents(message({ topic: 'a\u0001b' }), SOURCE)).toThrow(RefusedError);
  });
});
