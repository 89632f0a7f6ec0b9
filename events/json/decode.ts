import { isUtf8 } from 'node:buffer';
import { RefusedError } from '../errors.ts';
import type { CloudEvent } from '../event.ts';
import { buffered } from './base64.ts';
import { readMembers, type Member } from './members.ts';
import { eventOfMembers } from './event-of-members.ts';
import { byteAt, skipSpace, valueEnd } from './scan.ts';

const OPEN_OBJECT = 0x7b;

/**
 * The event of `application/cloudevents+json`. Data of a JSON media type are the very bytes of the value, without the white space around it; they may share the memory of `bytes`. An event
 * with `data` and no datacontenttype gets the `application/json` that it implies, since other formats do not imply it [JSON format 3.1.2]. A byte order mark is skipped [RFC 8259 8.1].
 * Throws `json-invalid` (also for a member that comes twice), `data-invalid`, and what `cloudEvent` throws.
 */
export function decodeJson(bytes: Uint8Array): CloudEvent {
  const { text, start } = opened(bytes);
  if (byteAt(text, start) !== OPEN_OBJECT)
    throw notThat(text, start, 'an object; send one event, or a batch as application/cloudevents-batch+json');
  const members: Member[] = [];
  ended(text, readMembers(text, start, members));
  return eventOfMembers(text, members);
}

/**
 * The events of `application/cloudevents-batch+json`, in their order; none is legal. All or nothing: throws `json-invalid`, or `batch-invalid` with the path (`[3].source`) of what is
 * wrong with the first wrong one. [CloudEvents JSON format 4]
 */
export function decodeJsonBatch(bytes: Uint8Array): readonly CloudEvent[] {
  const { text, start } = opened(bytes);
  if (byteAt(text, start) !== 0x5b) {
    fullValue(text, start);
    throw new RefusedError('batch-invalid', 'body: is not an array; a batch is an array of events');
  }
  const events: CloudEvent[] = [];
  let at = skipSpace(text, start + 1);
  if (byteAt(text, at) === 0x5d) {
    ended(text, at + 1);
    return events;
  }
  for (;;) {
    const members: Member[] = [];
    const isObject = byteAt(text, at) === OPEN_OBJECT;
    const end = isObject ? readMembers(text, at, members) : valueEnd(text, at);
    if (end < 0) throw notJson(text, ~end);
    const path = `[${events.length}]`;
    if (!isObject)
      throw new RefusedError('batch-invalid', `${path}: is not an object; a batch is an array of events`, { path });
    events.push(within(path, () => eventOfMembers(text, members)));
    at = skipSpace(text, end);
    if (byteAt(text, at) === 0x5d) break;
    if (byteAt(text, at) !== 0x2c) throw notJson(text, at);
    at = skipSpace(text, at + 1);
  }
  ended(text, at + 1);
  return events;
}

function within(path: string, read: () => CloudEvent): CloudEvent {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const inner = error.path === undefined ? path : `${path}.${error.path}`;
    throw new RefusedError('batch-invalid', `${path}.${error.message}`, { path: inner, cause: error });
  }
}

/** The bytes, known to be UTF-8, and where the value begins. */
function opened(bytes: Uint8Array): { readonly text: Buffer; readonly start: number } {
  const text = buffered(bytes);
  if (!isUtf8(text)) throw new RefusedError('json-invalid', 'body: is not UTF-8; send JSON as UTF-8');
  const mark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
  return { text, start: skipSpace(text, mark) };
}

function fullValue(text: Buffer, start: number): void {
  ended(text, valueEnd(text, start));
}

/** Nothing but white space may follow. */
function ended(text: Buffer, end: number): void {
  if (end < 0) throw notJson(text, ~end);
  const rest = skipSpace(text, end);
  if (rest !== text.length) throw notJson(text, rest);
}

function notThat(text: Buffer, start: number, what: string): RefusedError {
  fullValue(text, start);
  return new RefusedError('json-invalid', `body: is not ${what}`);
}

function notJson(text: Buffer, at: number): RefusedError {
  const what = at >= text.length ? 'ends too early' : `is not JSON at byte ${at}`;
  return new RefusedError('json-invalid', `body: ${what}; send a complete JSON text`);
}
