import { addAttribute, duplicateAttribute, eventOf } from '../attributes.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import type { Decoded } from '../http/decode.ts';
import { modeOf } from '../http/media.ts';
import { decodeJson, decodeJsonBatch } from '../json/decode.ts';
import type { MqttMessage } from './message.ts';

const MEMBER = Buffer.from('"specversion"');

/**
 * The event or events of a message: structured by its content type; binary if it has the user property `specversion`, each attribute a user property of its name; and, if it has neither content type nor user properties, as every message
 * of MQTT 3.1.1, structured if it is a JSON object with a member `specversion`. User properties whose name no attribute can have are none of the event. Throws what `decodeHttp` throws. [CloudEvents MQTT binding 3]
 */
export function decodeMqtt(message: MqttMessage): Decoded {
  const { contentType, userProperties, payload } = message;
  const mode = contentType === undefined ? 'binary' : modeOf(contentType);
  if (mode === 'structured') return { kind: 'event', event: decodeJson(payload), mode };
  if (mode === 'batch') return { kind: 'batch', events: decodeJsonBatch(payload) };
  if (Object.hasOwn(userProperties, 'specversion')) return { kind: 'event', event: binaryEvent(message), mode };
  if (contentType === undefined && Object.keys(userProperties).length === 0 && meansAnEvent(payload))
    return { kind: 'event', event: decodeJson(payload), mode: 'structured' };
  return { kind: 'not-an-event' };
}

function binaryEvent({ contentType, userProperties, payload }: MqttMessage): CloudEvent {
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of Object.entries(userProperties)) {
    if (!/^[a-z0-9]+$/.test(name)) continue;
    if (typeof value !== 'string') throw duplicateAttribute(name);
    // The examples of the binding repeat it; who does must say the same.
    if (name === 'datacontenttype' && contentType !== undefined) {
      if (value !== contentType) throw duplicateAttribute(name);
    } else addAttribute(attributes, name, value);
  }
  if (contentType !== undefined) addAttribute(attributes, 'datacontenttype', contentType);
  return eventOf(attributes, payload.byteLength === 0 ? undefined : payload);
}

// Most messages are no JSON, and most JSON is no event: both are seen without parsing it.
function meansAnEvent(payload: Uint8Array): boolean {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, 64)) || !bytes.includes(MEMBER)) return false;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'specversion');
  } catch {
    return false;
  }
}
