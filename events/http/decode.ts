import { addAttribute, duplicateAttribute, eventOf, invalidAttribute } from '../attributes.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import { decodeJson, decodeJsonBatch } from '../json/decode.ts';
import { isAbsoluteUri, isUriReference } from '../uri.ts';
import { decodeHeaderValue, unquote } from './header-value.ts';
import { modeOf } from './media.ts';

/** A request or an answer as node:http hands it over: name, value, name, value; a character per byte. */
export interface HttpMessage {
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

interface Spelling {
  readonly header: string;
  readonly name: string;
}

// The headers that most messages bring, as most clients write them, by length: found here, they need not be cut and folded, nor hashed as a Map would.
const SPELLINGS: readonly (readonly Spelling[])[] = byLength(
  ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema'].flatMap((name) => [
    { header: `ce-${name}`, name },
    { header: `Ce-${name.charAt(0).toUpperCase()}${name.slice(1)}`, name },
  ]),
);

function byLength(spellings: readonly Spelling[]): Spelling[][] {
  const lists: Spelling[][] = Array.from({ length: 32 }, () => []);
  for (const spelling of spellings) lists[spelling.header.length]?.push(spelling);
  return lists;
}

/** What a message carries. `not-an-event`: neither `ce-` headers nor a media type of CloudEvents. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: CloudEvent; readonly mode: 'binary' | 'structured' }
  | { readonly kind: 'batch'; readonly events: readonly CloudEvent[] }
  | { readonly kind: 'not-an-event' };

/**
 * The event or events of a message. Data are the bytes of the body (binary) or of the JSON value (structured), never parsed, and share the body's memory. An empty body in binary mode is
 * no data. Throws `content-type-unsupported`, `attribute-missing`, `attribute-invalid`, `attribute-duplicate`, `specversion-unsupported`, `json-invalid`, `data-invalid`,
 * `batch-invalid`, with the attribute as path. [CloudEvents HTTP binding 3]
 */
export function decodeHttp(message: HttpMessage): Decoded {
  const { rawHeaders, body } = message;
  let contentType: string | undefined;
  let contentTypes = 0;
  let attributes = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (isAttribute(name)) attributes++;
    else if (name.length === 12 && name.toLowerCase() === 'content-type') {
      contentType ??= rawHeaders[i + 1];
      contentTypes++;
    }
  }
  const mode = contentType === undefined ? 'binary' : modeOf(contentType);
  if (mode === 'binary' && attributes === 0) return { kind: 'not-an-event' };
  if (contentTypes > 1) throw duplicateAttribute('datacontenttype');
  // In the other modes `ce-` headers may repeat what the body says; the body counts. [HTTP binding 3.2.3]
  if (mode === 'structured') return { kind: 'event', event: decodeJson(body), mode };
  if (mode === 'batch') return { kind: 'batch', events: decodeJsonBatch(body) };
  return { kind: 'event', event: binaryEvent(message, contentType), mode };
}

function binaryEvent({ rawHeaders, body }: HttpMessage, contentType: string | undefined): CloudEvent {
  const attributes = new Map<string, AttributeValue>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? '';
    if (isAttribute(header)) addHeader(attributes, header, rawHeaders[i + 1] ?? '');
  }
  // Verbatim: this one value is not percent-coded. [HTTP binding 3.1.1]
  if (contentType !== undefined) addAttribute(attributes, 'datacontenttype', contentType);
  return eventOf(attributes, body.length === 0 ? undefined : body);
}

function addHeader(attributes: Map<string, AttributeValue>, header: string, value: string): void {
  const name = attributeName(header);
  if (name === 'datacontenttype')
    throw invalidAttribute(name, 'comes as ce-datacontenttype; send it as Content-Type alone');
  addAttribute(attributes, name, attributeValue(name, value));
}

function attributeValue(name: string, value: string): string {
  const decoded = decodeHeaderValue(name, value);
  if (decoded === value || !value.includes('%')) return decoded;
  // Senders that do not encode are common, and a percent-encoded URI is where it shows: `/a%20b` comes raw. Decoded it is no URI, so it cannot be what a sender that encodes meant.
  if (name === 'source' && !isUriReference(decoded) && isUriReference(unquote(value))) return unquote(value);
  if (name === 'dataschema' && !isAbsoluteUri(decoded) && isAbsoluteUri(unquote(value))) return unquote(value);
  return decoded;
}

function attributeName(header: string): string {
  for (const spelling of SPELLINGS[header.length] ?? []) if (spelling.header === header) return spelling.name;
  return lowerCase(header.slice(3));
}

/** Whether a header's name begins with `ce-`, in any case. */
function isAttribute(header: string): boolean {
  return (
    header.charCodeAt(2) === 0x2d && (header.charCodeAt(1) | 0x20) === 0x65 && (header.charCodeAt(0) | 0x20) === 0x63
  );
}

/** Only ASCII letters: no other character may become one. */
function lowerCase(name: string): string {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  }
  return name;
}
