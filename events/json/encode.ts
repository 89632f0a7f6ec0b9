import { isUtf8 } from 'node:buffer';
import type { CloudEvent } from '../event.ts';
import { essence, isJson } from '../media-type.ts';
import { buffered, encodeBase64 } from './base64.ts';
import { skipSpace, valueEnd } from './scan.ts';
import { isUtf8Text } from './text.ts';

/**
 * The event as `application/cloudevents+json`, attributes in their order. Data of a JSON media type that are valid JSON in UTF-8 are put in byte for byte (without white space around the
 * value); `text/*` in UTF-8 becomes a string; everything else, and data without datacontenttype, becomes `data_base64`, since a `data` member would claim JSON. `decodeJson` gives back
 * the same attributes and bytes. [CloudEvents JSON format 3.1.1]
 */
export function encodeJson(event: CloudEvent): Uint8Array {
  const parts: Uint8Array[] = [];
  const rest = addEvent(parts, event, '');
  parts.push(Buffer.from(rest));
  return Buffer.concat(parts);
}

/** Events as `application/cloudevents-batch+json`, each as `encodeJson` writes it. [CloudEvents JSON format 4] */
export function encodeJsonBatch(events: readonly CloudEvent[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let text = '[';
  for (const event of events) text = `${addEvent(parts, event, text)},`;
  parts.push(Buffer.from(events.length === 0 ? '[]' : `${text.slice(0, -1)}]`));
  return Buffer.concat(parts);
}

/** Adds to `parts` what must go in as bytes, after the text before it; returns the text that is still to be added. */
function addEvent(parts: Uint8Array[], event: CloudEvent, before: string): string {
  let text = before;
  let separator = '{';
  for (const [name, value] of event.attributes) {
    text += `${separator}"${name}":${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
    separator = ',';
  }
  const { data } = event;
  if (data === undefined) return `${text}}`;
  const type = event.attributes.get('datacontenttype');
  if (typeof type === 'string') {
    if (isJson(type)) {
      const value = jsonValue(data);
      if (value) {
        parts.push(Buffer.from(`${text},"data":`), value);
        return '}';
      }
    } else if (essence(type).startsWith('text/') && isUtf8(data)) {
      const content = buffered(data).toString('utf8');
      if (isUtf8Text(type, content)) return `${text},"data":${JSON.stringify(content)}}`;
    }
  }
  return `${text},"data_base64":"${encodeBase64(data)}"}`;
}

/** The one JSON value that `data` are, without white space around it; undefined if they are not. */
function jsonValue(data: Uint8Array): Uint8Array | undefined {
  const start = skipSpace(data, 0);
  const end = valueEnd(data, start);
  return end >= 0 && skipSpace(data, end) === data.length && isUtf8(data) ? data.subarray(start, end) : undefined;
}
