import type { CloudEvent as SdkCloudEvent, CloudEventV1 } from 'cloudevents';
import { addAttribute, eventOf } from './attributes.ts';
import { RefusedError, quoted } from './errors.ts';
import type { AttributeValue, CloudEvent } from './event.ts';
import { decodeBase64, encodeBase64 } from './json/base64.ts';
import { isUtf8Text } from './json/text.ts';
import { essence, isJson } from './media-type.ts';

/**
 * The event that one of the `cloudevents` SDK stands for, also a plain object of that shape. Its data become bytes: bytes as they are, a value under a JSON media type (or none, which is
 * then set, as JSON has it) as JSON text, so a string there is a JSON string; a string under another media type as UTF-8. Members that are undefined or null are unset; a Date is its
 * timestamp, bytes in an extension are base64. Throws `data-invalid` for data that are none of these, and what `cloudEvent` throws.
 */
export function fromSdk(event: CloudEventV1<unknown>): CloudEvent {
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64' || value === undefined || value === null) continue;
    addAttribute(attributes, name, attributeValue(name, value));
  }
  return eventOf(attributes, dataFrom(event, attributes));
}

/**
 * Loads the SDK, and answers how to make its events. Nothing is invented: an event without a time stays without one, where the SDK's own constructor would put the hour of receipt. Data
 * of a JSON media type become the value (in which JavaScript keeps numbers to 53 bits), `text/*` a string, the rest a Uint8Array with `data_base64` beside it.
 */
export async function loadSdk(): Promise<(event: CloudEvent) => SdkCloudEvent<unknown>> {
  const sdk = await import('cloudevents');
  class Received extends sdk.CloudEvent<unknown> {
    // The SDK's own writes `time` anew and throws if there is none.
    override toJSON(): Record<string, unknown> {
      const members: Record<string, unknown> = Object.fromEntries(Object.entries(this));
      if (members['data_base64'] !== undefined) delete members['data'];
      return members;
    }
  }
  // Not through the constructor: it would add a time, and none may be taken off the frozen event.
  return (event) => {
    const made: unknown = Object.create(Received.prototype, descriptors(event));
    if (!(made instanceof Received)) throw new TypeError('an object is not of its own prototype');
    return Object.freeze(made);
  };
}

function descriptors(event: CloudEvent): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = {};
  for (const [name, value] of event.attributes) members[name] = { value, enumerable: true };
  const { data } = event;
  if (data === undefined) return members;
  const value = sdkData(data, event.attributes.get('datacontenttype'));
  members['data'] = { value, enumerable: true };
  if (value === data) members['data_base64'] = { value: encodeBase64(data), enumerable: true };
  return members;
}

function sdkData(data: Uint8Array, type: AttributeValue | undefined): unknown {
  if (typeof type !== 'string') return data;
  const json = isJson(type);
  if (!json && !essence(type).startsWith('text/')) return data;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    if (json) return JSON.parse(text);
    return isUtf8Text(type, text) ? text : data;
  } catch {
    // Not what the media type says: the bytes are what there is.
    return data;
  }
}

function attributeValue(name: string, value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof Uint8Array) return encodeBase64(value);
  throw new RefusedError(
    'attribute-invalid',
    `${quoted(name)}: is a ${typeof value}; give a string, an integer or a boolean`,
    { path: name },
  );
}

function dataFrom(event: CloudEventV1<unknown>, attributes: Map<string, AttributeValue>): Uint8Array | undefined {
  // Beside binary data the SDK keeps their base64, and where it read the event itself, only that is right.
  if (event.data_base64 !== undefined) {
    const bytes = decodeBase64(event.data_base64);
    if (bytes === undefined)
      throw invalidData('data_base64', 'is not base64; use the alphabet with + and /, with padding');
    return bytes;
  }
  const { data } = event;
  if (data === undefined) return undefined;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const type = attributes.get('datacontenttype');
  if (typeof type === 'string' && !isJson(type)) {
    if (typeof data === 'string' && data.isWellFormed() && isUtf8Text(type, data)) return Buffer.from(data, 'utf8');
    throw invalidData('data', `is no ${quoted(type)}; give text or bytes, or set datacontenttype to a JSON type`);
  }
  const text = jsonText(data);
  if (type === undefined) attributes.set('datacontenttype', 'application/json');
  return Buffer.from(text, 'utf8');
}

function jsonText(data: unknown): string {
  try {
    const text: unknown = JSON.stringify(data);
    if (typeof text === 'string') return text;
  } catch (cause) {
    throw invalidData('data', 'cannot be written as JSON; give a value without cycles or BigInt, or bytes', cause);
  }
  throw invalidData('data', 'is nothing that JSON can hold; give a JSON value, text or bytes');
}

function invalidData(path: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError('data-invalid', `${path}: ${what}`, { path, cause });
}
