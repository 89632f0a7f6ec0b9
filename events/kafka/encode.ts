import { attribute, type CloudEvent } from '../event.ts';
import { STRUCTURED_JSON } from '../http/media.ts';
import { encodeJson } from '../json/encode.ts';

/** A record to send. The headers' values stand for their UTF-8. */
export interface EncodedRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

// A name that is put together anew must be hashed anew by whoever reads it.
const HEADERS: ReadonlyMap<string, string> = new Map(
  ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema', 'partitionkey'].map((name) => [
    name,
    `ce_${name}`,
  ]),
);

/** Binary mode: a `ce_` header per attribute in its canonical string, `content-type` for datacontenttype, the data as value; no data are a null value. Key: see `recordKey`. [CloudEvents Kafka binding 3.2] */
export function encodeBinaryRecord(event: CloudEvent): EncodedRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of event.attributes)
    headers[name === 'datacontenttype' ? 'content-type' : (HEADERS.get(name) ?? `ce_${name}`)] = String(value);
  return { key: recordKey(event), value: event.data ?? null, headers };
}

/** Structured mode in JSON. [CloudEvents Kafka binding 3.3] */
export function encodeStructuredRecord(event: CloudEvent): EncodedRecord {
  return { key: recordKey(event), value: encodeJson(event), headers: { 'content-type': STRUCTURED_JSON } };
}

/** The key of a record: `partitionkey`, which stays in the event; without it or with an empty one, none. [CloudEvents Kafka binding 3.1, partitioning extension] */
export function recordKey(event: CloudEvent): string | null {
  return attribute(event, 'partitionkey') || null;
}
