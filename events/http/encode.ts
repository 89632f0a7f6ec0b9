import type { CloudEvent } from '../event.ts';
import { encodeJson, encodeJsonBatch } from '../json/encode.ts';
import { encodeHeaderValue } from './header-value.ts';
import { BATCH_JSON, STRUCTURED_JSON } from './media.ts';

// A name that is put together anew must be hashed anew by whoever looks it up: 1 us per event in the HTTP client.
const HEADERS: ReadonlyMap<string, string> = new Map(
  ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema'].map((name) => [name, `ce-${name}`]),
);

/** What to send: headers as name, value, name, value, and the body, if there is one. Content-Length and the like are the client's. */
export interface EncodedHttp {
  readonly headers: string[];
  readonly body?: Uint8Array;
}

/**
 * Binary mode: a `ce-` header per attribute in their order, `content-type` in the place of datacontenttype and only if that is set, the data as body. Data of no bytes and no data are
 * the same here. [CloudEvents HTTP binding 3.1]
 */
export function encodeBinary(event: CloudEvent): EncodedHttp {
  const headers: string[] = [];
  for (const [name, value] of event.attributes) {
    if (name === 'datacontenttype') headers.push('content-type', String(value));
    else
      headers.push(
        HEADERS.get(name) ?? `ce-${name}`,
        typeof value === 'string' ? encodeHeaderValue(value) : String(value),
      );
  }
  return event.data === undefined ? { headers } : { headers, body: event.data };
}

/** Structured mode in JSON; no attribute is repeated in a header. [CloudEvents HTTP binding 3.2] */
export function encodeStructured(event: CloudEvent): EncodedHttp {
  return { headers: ['content-type', STRUCTURED_JSON], body: encodeJson(event) };
}

/** Batched mode in JSON, only for a receiver that asked for it. [CloudEvents HTTP binding 3.3] */
export function encodeBatch(events: readonly CloudEvent[]): EncodedHttp {
  return { headers: ['content-type', BATCH_JSON], body: encodeJsonBatch(events) };
}
