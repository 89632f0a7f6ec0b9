import { createHash } from 'node:crypto';
import { cloudEvent } from '../events/attributes.ts';
import type { RefusedError } from '../events/errors.ts';
import { attribute, type CloudEvent } from '../events/event.ts';
import { isMediaType } from '../events/media-type.ts';

/** The type of a source's dead letter: what came, and could not become an event. Triggers filter on it like on any other. */
export const DEAD_LETTER_TYPE = 'dev.weir.source.deadletter';

/** An attribute of a dead letter is no longer: as a header it must get through where the event's own did not. */
const ATTRIBUTE_MAX = 500;

/** What could not become an event. */
export interface Unreadable {
  /** The same thing must have the same id, whenever it comes again: `partition:0/offset:7`, a hash of its bytes. */
  readonly id: string;
  /** One line without secrets: what is wrong with it. Becomes the extension `deadletterreason`. */
  readonly reason: string;
  /** As it came. */
  readonly data?: Uint8Array;
  readonly contentType?: string | undefined;
  /** Where it came from, inside of the source: a topic, a queue, an object. */
  readonly subject?: string;
}

type Named = { readonly namespace: string; readonly kind: string; readonly name: string };

/**
 * The dead letter of a source: an event of its own that goes where its events go, with the bytes that came. So it is durable wherever they are, whoever wants to know has a Trigger on its type, and what stands behind
 * it goes on. `deadletterreason` says why. Never throws, whatever came: who would make it again for ever could not go on. What no attribute can hold is left out, and an id that is too long is hashed.
 */
export function deadLetter(unreadable: Unreadable, source: Named): CloudEvent {
  const { id, reason, data, contentType, subject } = unreadable;
  return cloudEvent(
    {
      specversion: '1.0',
      id: name(id),
      source: sourcePath(source),
      type: DEAD_LETTER_TYPE,
      ...(subject === undefined || subject === '' ? {} : { subject: plain(subject) }),
      ...(data === undefined ? {} : { datacontenttype: mediaType(contentType) }),
      deadletterreason: plain(reason),
    },
    data,
  );
}

/** The dead letter of an event that its sink refused for good: names it, and carries its data unless they are what is too large. */
export function refusedLetter(event: CloudEvent, refusal: RefusedError, source: Named): CloudEvent {
  const { data } = event;
  return deadLetter(
    {
      id: attribute(event, 'id') ?? '',
      reason: `${refusal.code}: ${refusal.message}`,
      subject: [attribute(event, 'type'), attribute(event, 'source'), attribute(event, 'subject')].join(' ').trim(),
      ...(data === undefined || refusal.code === 'event-too-large' ? {} : { data }),
      contentType: attribute(event, 'datacontenttype'),
    },
    source,
  );
}

/** `/apis/v1/namespaces/<namespace>/<plural>/<name>`: the source attribute of what has no other. [Knative sources] */
export function sourcePath({ namespace, kind, name }: Named): string {
  return `/apis/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

function name(id: string): string {
  return id !== '' && plain(id) === id ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

function mediaType(text: string | undefined): string {
  return text !== undefined && text.length <= ATTRIBUTE_MAX && isMediaType(text) ? text : 'application/octet-stream';
}

// An attribute holds no control character, no noncharacter and no half of a character, and need not hold a page.
function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Noncharacter_Code_Point}]+/gu, ' ')
    .slice(0, ATTRIBUTE_MAX)
    .toWellFormed();
}
