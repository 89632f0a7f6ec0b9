import { addAttribute, duplicateAttribute, eventOf, invalidAttribute } from '../attributes.ts';
import { RefusedError, quoted } from '../errors.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import { modeOf } from '../http/media.ts';
import { decodeJson } from '../json/decode.ts';
import { headerValues, isContentType, utf8Text } from './header-text.ts';
import type { KafkaHeader, KafkaRecord } from './record.ts';

const PREFIX = 'ce_';

/** What a record carries. `not-an-event`: neither `ce_` headers nor a media type of CloudEvents. */
export type DecodedRecord =
  | { readonly kind: 'event'; readonly event: CloudEvent; readonly mode: 'binary' | 'structured' }
  | { readonly kind: 'not-an-event' };

/**
 * The event of a record. Structured if its content-type begins with `application/cloudevents`, else binary if it has any `ce_` header; values are UTF-8, never percent-coded. No value is no data in
 * binary mode. The key makes no attribute. Data share the record's memory. Throws `content-type-unsupported` (a batch too: this binding has none), `attribute-missing`, `attribute-invalid`, `attribute-duplicate`,
 * `specversion-unsupported`, `json-invalid`, `data-invalid`. [CloudEvents Kafka binding 3]
 */
export function decodeRecord({ headers = {}, value }: KafkaRecord): DecodedRecord {
  let contentType: string | undefined;
  let contentTypes = 0;
  let attributes: Map<string, AttributeValue> | undefined;
  let repeated: string | undefined;
  for (const name in headers) {
    if (!Object.hasOwn(headers, name)) continue;
    if (name.startsWith(PREFIX)) {
      attributes ??= new Map();
      const attribute = name.slice(PREFIX.length);
      const text = oneText(attribute, headers[name]);
      if (attribute === 'datacontenttype') repeated = text;
      else addAttribute(attributes, attribute, text);
    } else if (isContentType(name)) {
      const values = headerValues(headers[name]).filter((value) => value !== undefined && value !== null);
      contentTypes += values.length;
      // What is no UTF-8 is no media type, and refused as such if the record is an event.
      if (values[0] !== undefined && values[0] !== null) contentType ??= utf8Text(values[0]) ?? '\uFFFD';
    }
  }
  const mode = contentType === undefined ? 'binary' : modeOf(contentType);
  if (mode === 'binary' && !attributes) return { kind: 'not-an-event' };
  if (contentTypes > 1) throw duplicateAttribute('datacontenttype');
  if (mode === 'batch')
    throw new RefusedError(
      'content-type-unsupported',
      `content-type: is ${quoted(contentType)}; a record carries one event, send each in a record of its own`,
      { path: 'datacontenttype' },
    );
  if (mode === 'structured') return { kind: 'event', event: decodeJson(value ?? new Uint8Array()), mode };
  attributes ??= new Map();
  // The JavaScript SDK writes both. [Kafka binding 3.2.1]
  if (repeated !== undefined && repeated !== contentType)
    throw invalidAttribute('datacontenttype', 'comes as ce_datacontenttype; send it as content-type');
  if (contentType !== undefined) addAttribute(attributes, 'datacontenttype', contentType);
  return { kind: 'event', event: eventOf(attributes, value ?? undefined), mode };
}

function oneText(name: string, header: KafkaHeader): string {
  const values = headerValues(header);
  if (values.length > 1) throw duplicateAttribute(name.slice(0, 60));
  const [value] = values;
  if (value === undefined || value === null)
    throw invalidAttribute(name, 'has no value; give it one, or leave the header out');
  const text = utf8Text(value);
  if (text === undefined) throw invalidAttribute(name, 'is not UTF-8; send it as UTF-8');
  return text;
}
