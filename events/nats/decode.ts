import { addAttribute, eventOf } from '../attributes.ts';
import { RefusedError } from '../errors.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import { decodeHeaderValue } from '../http/header-value.ts';
import { modeOf } from '../http/media.ts';
import { decodeJson } from '../json/decode.ts';
import { isUriReference } from '../uri.ts';

/** A message of NATS: its headers in their order, as text, and its payload. */
export interface NatsPayload {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: Uint8Array;
}

/**
 * The event that a message carries, or undefined if it carries none. Binary mode: a `ce-` header per attribute, percent-coded as in HTTP; an empty payload is no data. Structured mode: `Content-Type:
 * application/cloudevents+json`, or no such header at all and a payload that is an event in JSON, as the binding was until 1.0.2. Names of headers count in any case.
 * Throws what is wrong with the event: `content-type-unsupported`, `attribute-missing`, `attribute-invalid`, `attribute-duplicate`, `specversion-unsupported`, `json-invalid`, `data-invalid`. [CloudEvents NATS binding 3]
 */
export function decodeNats({ headers, data }: NatsPayload): CloudEvent | undefined {
  const contentType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const mode = contentType === undefined ? 'binary' : modeOf(contentType);
  if (mode === 'structured') return decodeJson(data);
  if (mode === 'batch') {
    const message = 'Content-Type: is that of a batch; NATS carries one event a message';
    throw new RefusedError('content-type-unsupported', message, { path: 'datacontenttype' });
  }
  const attributes = new Map<string, AttributeValue>();
  for (const [header, value] of headers) {
    const [, name] = /^ce-(.+)$/s.exec(header.toLowerCase()) ?? [];
    if (name !== undefined) addAttribute(attributes, name, attributeValue(name, value));
  }
  if (attributes.size === 0) return contentType === undefined ? bareEvent(data) : undefined;
  // The binding names ce-datacontenttype alone. Writers that share code with HTTP use this one, and mean the same.
  if (contentType !== undefined && !attributes.has('datacontenttype'))
    addAttribute(attributes, 'datacontenttype', contentType);
  return eventOf(attributes, data.length === 0 ? undefined : data);
}

function attributeValue(name: string, value: string): string {
  const decoded = decodeHeaderValue(name, value);
  // As in HTTP: senders that do not encode are common, and this is where it shows.
  return name === 'source' && !isUriReference(decoded) && isUriReference(value) ? value : decoded;
}

// Nothing announces it, so what is not one all through is no broken event but another message.
function bareEvent(data: Uint8Array): CloudEvent | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, 16)) || !bytes.includes('"specversion"')) return undefined;
  try {
    return decodeJson(data);
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
