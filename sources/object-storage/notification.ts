import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { cloudEvent } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../dead-letter.ts';
import { parsedJson } from '../member.ts';

/** What came, whatever way it came: a body, and the headers of its transport (name, value, name, value; `content-type` and `ce-` ones count). */
export interface Notification {
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** What could not become an event: the bytes it was, and why. */
export interface Unusable {
  readonly reason: string;
  readonly data: Uint8Array;
  readonly subject?: string;
}

/** One thing a notification tells. */
export type Piece = CloudEvent | Unusable;

/** What a notification tells, in its order. Nothing: it was understood and there is nothing in it, as in a provider's test message. Pure; never throws. */
export type Reader = (notification: Notification) => readonly Piece[];

/** The attributes of an event as a reader finds them: what is undefined is left out. */
export interface Found {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | undefined;
  readonly time?: string | undefined;
  readonly datacontenttype?: string | undefined;
  readonly extensions?: Readonly<Record<string, string>>;
}

/** The event of what was found, or why it can be none. */
export function piece({ extensions = {}, ...found }: Found, data: Uint8Array | undefined, origin: Uint8Array): Piece {
  try {
    const attributes = Object.entries({ specversion: '1.0', ...found, ...extensions });
    return cloudEvent(
      attributes.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
      data,
    );
  } catch (error) {
    return unusable(error, data ?? origin);
  }
}

/** What is left of something that a codec or a rule of CloudEvents refused. */
export function unusable(error: unknown, data: Uint8Array): Unusable {
  if (!(error instanceof RefusedError)) throw error;
  return { reason: `${error.code}: ${error.message}`, data };
}

/** The events of what was read; what could not become one is a dead letter in its place, whose id is the hash of its bytes. */
export function eventsOf(
  pieces: readonly Piece[],
  source: { readonly namespace: string; readonly kind: string; readonly name: string },
): readonly CloudEvent[] {
  return pieces.map((one) =>
    'attributes' in one
      ? one
      : deadLetter(
          {
            id: `sha256:${createHash('sha256').update(one.data).digest('hex')}`,
            reason: one.reason,
            data: one.data,
            contentType: jsonOf(one.data) === undefined ? 'application/octet-stream' : 'application/json',
            ...(one.subject === undefined ? {} : { subject: one.subject }),
          },
          source,
        ),
  );
}

/** The parsed JSON of a body; undefined if it is none, or no UTF-8. A byte order mark is skipped. */
export function jsonOf(body: Uint8Array): unknown {
  return isUtf8(body)
    ? parsedJson(
        Buffer.from(body)
          .toString('utf8')
          .replace(/^\uFEFF/, ''),
      )
    : undefined;
}

/** The bytes of a JSON value, as we write it. */
export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** 16 hexadecimal digits that tell these values from all others. */
export function fingerprint(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);
}

/** The events that a decoder of a transport found; undefined: what it read is none. */
export function decodedEvents(
  decoded:
    | { readonly kind: 'event'; readonly event: CloudEvent }
    | { readonly kind: 'batch'; readonly events: readonly CloudEvent[] }
    | { readonly kind: 'not-an-event' },
): readonly CloudEvent[] | undefined {
  switch (decoded.kind) {
    case 'event':
      return [decoded.event];
    case 'batch':
      return decoded.events;
    case 'not-an-event':
      return undefined;
    default:
      return decoded satisfies never;
  }
}
