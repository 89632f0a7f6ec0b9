import { isUtf8 } from 'node:buffer';
import { eventOf } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import { decodeRecord } from '../../events/kafka/decode.ts';
import { headerValues, isContentType, utf8Text } from '../../events/kafka/header-text.ts';
import type { PlacedRecord } from '../../events/kafka/record.ts';
import { isMediaType } from '../../events/media-type.ts';
import { deadLetter, sourcePath } from '../dead-letter.ts';

/** What the bytes of a key stand for. [Knative label kafkasources.sources.knative.dev/key-type] */
export const KEY_TYPES = ['string', 'int', 'float', 'byte-array'] as const;

/** One of them. */
export type KeyType = (typeof KEY_TYPES)[number];

/** Of which source the records are. */
export interface KafkaEventSource {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly keyType: KeyType;
}

/**
 * Reads records of a source as events: a CloudEvent as it is, any other record wrapped, and one that is to be a CloudEvent and breaks the rules as a dead letter. The same record is the same event every time. [Knative
 * KafkaSource, CloudEvents Kafka binding]
 */
export function kafkaReader(source: KafkaEventSource): (record: PlacedRecord) => readonly CloudEvent[] {
  const path = sourcePath(source);
  // Records that came together mostly bear the same instant, and writing one costs as much as the rest of an event.
  let last = { timestamp: '', time: instant('') };
  const timeOf = (timestamp: string): string | undefined => {
    if (timestamp !== last.timestamp) last = { timestamp, time: instant(timestamp) };
    return last.time;
  };
  return (record) => {
    try {
      const decoded = decodeRecord(record);
      if (decoded.kind === 'event') return [decoded.event];
      return [wrapped(record, { path, keyType: source.keyType, time: timeOf(record.timestamp) })];
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return [kafkaDeadLetter(record, source, `${error.code}: ${error.message}`)];
    }
  };
}

/** The dead letter of a record that cannot become an event. */
export function kafkaDeadLetter(
  record: PlacedRecord,
  source: { readonly namespace: string; readonly kind: string; readonly name: string },
  reason: string,
): CloudEvent {
  const { topic, partition, offset, value } = record;
  const contentType = contentTypeOf(record);
  return deadLetter(
    {
      id: `${topic}/partition:${partition}/offset:${offset}`,
      reason,
      subject: `${topic}#partition:${partition}#${offset}`,
      ...(value ? { data: value } : {}),
      contentType,
    },
    source,
  );
}

/** What stands in it is valid by its making: topics are URI-safe, and keys and headers become text that an attribute can hold. */
function wrapped(
  record: PlacedRecord,
  { path, keyType, time }: { readonly path: string; readonly keyType: KeyType; readonly time: string | undefined },
): CloudEvent {
  const { topic, partition, offset, key, value } = record;
  const attributes = new Map<string, AttributeValue>();
  attributes.set('specversion', '1.0');
  attributes.set('id', `partition:${partition}/offset:${offset}`);
  attributes.set('source', `${path}#${topic}`);
  attributes.set('type', 'dev.knative.kafka.event');
  attributes.set('subject', `partition:${partition}#${offset}`);
  if (time !== undefined) attributes.set('time', time);
  const contentType = contentTypeOf(record);
  if (contentType !== undefined) attributes.set('datacontenttype', contentType);
  if (key && key.length > 0) {
    const held = keyValue(key, keyType);
    attributes.set('partitionkey', held);
    attributes.set('key', held);
  }
  addHeaders(attributes, record, contentType !== undefined);
  return eventOf(attributes, value ?? undefined);
}

/** The headers as `kafkaheader<name>`, names without what no attribute's may hold; of several with one name the last. [Knative InvalidCloudEventInterceptor] */
function addHeaders(attributes: Map<string, AttributeValue>, { headers = {} }: PlacedRecord, typed: boolean): void {
  for (const name of Object.keys(headers)) {
    if (typed && isContentType(name)) continue;
    const letters = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    const value = headerValues(headers[name]).at(-1);
    if (letters === '' || value === undefined || value === null) continue;
    attributes.set(`kafkaheader${letters}`, attributeText(value));
  }
}

function contentTypeOf({ headers = {} }: PlacedRecord): string | undefined {
  for (const name of Object.keys(headers)) {
    const value = isContentType(name) ? headerValues(headers[name]).at(-1) : undefined;
    const text = value === undefined || value === null ? undefined : utf8Text(value);
    if (text !== undefined && isMediaType(text)) return text;
  }
  return undefined;
}

/** A length that the type does not have falls back to text, as Knative's does. A 64-bit Integer has no place in an attribute. */
function keyValue(key: Uint8Array, type: KeyType): AttributeValue {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  if (type === 'int' && key.length === 4) return view.getInt32(0);
  if (type === 'float' && key.length === 4) return shortest(view.getFloat32(0));
  if (type === 'float' && key.length === 8) return String(view.getFloat64(0));
  return type === 'byte-array' ? base64(key) : attributeText(key);
}

// The shortest decimal that is the same float of 32 bits: 0.1 and not 0.10000000149011612.
function shortest(value: number): string {
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_IN_A_STRING = /[\u0000-\u001F\u007F-\u009F\p{Noncharacter_Code_Point}]/u;

/** Bytes as the text they are, where an attribute can hold it; else as base64, so that the same bytes are the same text. */
function attributeText(value: Uint8Array | string): string {
  if (typeof value === 'string')
    return NOT_IN_A_STRING.test(value) || !value.isWellFormed() ? base64(Buffer.from(value)) : value;
  if (!isUtf8(value)) return base64(value);
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  return NOT_IN_A_STRING.test(text) ? base64(value) : text;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function instant(timestamp: string): string | undefined {
  const atMs = Number(timestamp);
  return Number.isSafeInteger(atMs) && atMs >= 0 && atMs < 253_402_300_800_000
    ? new Date(atMs).toISOString()
    : undefined;
}
