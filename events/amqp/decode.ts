import { addAttribute, duplicateAttribute, eventOf, invalidAttribute } from '../attributes.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import type { Decoded } from '../http/decode.ts';
import { modeOf } from '../http/media.ts';
import { encodeBase64 } from '../json/base64.ts';
import { decodeJson, decodeJsonBatch } from '../json/decode.ts';
import { timestampText, type AmqpMessage } from './message.ts';

/** What attributes are called: the binding's two spellings, and Knative's. In lower case; people write them in any. */
const PREFIXES = ['cloudevents_', 'cloudevents:', 'ce-'];

/**
 * The event or events of a message: structured by its content type; binary by headers `cloudEvents_<name>`, `cloudEvents:<name>` or `ce-<name>`, or bare names beside a bare `specversion`, as Knative's
 * broker writes them. Native booleans, integers, timestamps and bytes are read as the values they stand for. Data share the body's memory; an empty body is no data. Throws what `decodeHttp` throws.
 * [CloudEvents AMQP binding 3]
 */
export function decodeAmqp(message: AmqpMessage): Decoded {
  const { contentType, headers, body } = message;
  const mode = contentType === undefined ? 'binary' : modeOf(contentType);
  if (mode === 'structured') return { kind: 'event', event: decodeJson(body), mode };
  if (mode === 'batch') return { kind: 'batch', events: decodeJsonBatch(body) };
  const named = Object.entries(headers).flatMap(([header, value]) => {
    const name = prefixedName(header);
    return name === undefined ? [] : [[name, value] as const];
  });
  const bare = named.length === 0 && typeof headers['specversion'] === 'string';
  if (named.length === 0 && !bare) return { kind: 'not-an-event' };
  return { kind: 'event', event: binaryEvent(message, bare ? bareNames(headers) : named), mode };
}

function prefixedName(header: string): string | undefined {
  const lower = header.toLowerCase();
  const prefix = PREFIXES.find((prefix) => lower.startsWith(prefix));
  return prefix === undefined ? undefined : lower.slice(prefix.length);
}

// Other headers may be anybody's: what cannot be an attribute's name is none.
function bareNames(headers: AmqpMessage['headers']): (readonly [string, unknown])[] {
  return Object.entries(headers).filter(([name, value]) => /^[a-z0-9]+$/.test(name) && isPlain(value));
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function binaryEvent(
  { contentType, headers, body }: AmqpMessage,
  named: readonly (readonly [string, unknown])[],
): CloudEvent {
  const attributes = new Map<string, AttributeValue>();
  const declared = contentType ?? headers['content-type'];
  for (const [name, value] of named) {
    const read = attributeValue(name, value);
    // The binding has it in the property alone; who repeats it must say the same.
    if (name === 'datacontenttype' && read === declared) continue;
    if (name === 'datacontenttype' && isFilled(declared)) throw duplicateAttribute(name);
    addAttribute(attributes, name, read);
  }
  if (isFilled(declared)) addAttribute(attributes, 'datacontenttype', declared);
  return eventOf(attributes, body.byteLength === 0 ? undefined : body);
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function attributeValue(name: string, value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return encodeBase64(value);
  const instant = timestampOf(value);
  if (instant !== undefined) return instant;
  throw invalidAttribute(name, 'is no string, boolean, integer, timestamp or binary; send one of these');
}

function timestampOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('!' in value) || !('value' in value)) return undefined;
  return value['!'] === 'timestamp' && typeof value.value === 'number' ? timestampText(value.value) : undefined;
}
