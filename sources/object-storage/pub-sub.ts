import { RefusedError } from '../../events/errors.ts';
import { cloudEvent } from '../../events/attributes.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import { decodeJson } from '../../events/json/decode.ts';
import { essence } from '../../events/media-type.ts';
import { isTimestamp } from '../../events/timestamp.ts';
import { isObject, member } from '../member.ts';
import { type Notification, type Piece, type Reader, jsonOf, piece, unusable, decodedEvents } from './notification.ts';
import { subjectOf } from './object-key.ts';

// [googleapis/google-cloudevents, google.events.cloud.storage.v1]
const TYPES: ReadonlyMap<string, string> = new Map([
  ['OBJECT_FINALIZE', 'finalized'],
  ['OBJECT_METADATA_UPDATE', 'metadataUpdated'],
  ['OBJECT_DELETE', 'deleted'],
  ['OBJECT_ARCHIVE', 'archived'],
]);

/**
 * Reads what Cloud Storage tells, as it is pushed by Pub/Sub (`{message: {attributes, data, messageId, publishTime}, subscription}`): the same event that Eventarc makes of it. Type
 * `google.cloud.storage.object.v1.<...>`, source `//storage.googleapis.com/projects/_/buckets/<bucket>`, subject `objects/<name>`, id = messageId, time = eventTime (else publishTime), extension `bucket`, data = the object
 * as JSON (none for payloadFormat NONE). A message that is a CloudEvent already, and what Eventarc itself sends, is that event. [google.events.cloud.storage.v1, Pub/Sub binding]
 */
export const readGcs: Reader = (notification) => {
  const native = nativeEvents(notification);
  if (native) return native;
  const { body } = notification;
  const json = jsonOf(body);
  const message = member('message')(json);
  if (!isObject(message)) return [{ reason: 'the notification is no message that Pub/Sub pushes', data: body }];
  const attributes = textsOf(member('attributes')(message));
  const encoded = member('data')(message);
  const data = typeof encoded === 'string' && encoded !== '' ? Buffer.from(encoded, 'base64') : undefined;
  const carried = carriedEvent(attributes, data, body);
  if (carried) return [carried];
  return [storageEvent({ attributes, message, data, body })];
};

/** The events of a notification that is CloudEvents over HTTP; undefined if it is not. */
export function nativeEvents(notification: Notification): readonly Piece[] | undefined {
  try {
    return decodedEvents(decodeHttp(notification));
  } catch (error) {
    return [unusable(error, notification.body)];
  }
}

interface Pushed {
  readonly attributes: ReadonlyMap<string, string>;
  readonly message: object;
  readonly data: Uint8Array | undefined;
  readonly body: Uint8Array;
}

function storageEvent({ attributes, message, data, body }: Pushed): Piece {
  const eventType = attributes.get('eventType') ?? '';
  const bucket = attributes.get('bucketId') ?? '';
  const object = attributes.get('objectId') ?? '';
  const type = TYPES.get(eventType);
  if (type === undefined || bucket === '' || object === '')
    return { reason: 'the message is none of Cloud Storage: eventType, bucketId or objectId is missing', data: body };
  const published = member('publishTime')(message);
  const times = [attributes.get('eventTime'), typeof published === 'string' ? published : undefined];
  const id = member('messageId')(message);
  return piece(
    {
      id: typeof id === 'string' ? id : '',
      source: `//storage.googleapis.com/projects/_/buckets/${encodeURIComponent(bucket.toWellFormed())}`,
      type: `google.cloud.storage.object.v1.${type}`,
      subject: `objects/${subjectOf(object)}`,
      time: times.find((time) => time !== undefined && isTimestamp(time)),
      datacontenttype: data === undefined ? undefined : 'application/json',
      extensions: { bucket },
    },
    data,
    body,
  );
}

/** The CloudEvent that a message carries by the binding of Pub/Sub, in either mode. */
function carriedEvent(
  attributes: ReadonlyMap<string, string>,
  data: Uint8Array | undefined,
  body: Uint8Array,
): Piece | undefined {
  const contentType = attributes.get('content-type') ?? attributes.get('Content-Type');
  try {
    if (contentType !== undefined && essence(contentType) === 'application/cloudevents+json')
      return decodeJson(data ?? new Uint8Array());
    if (!attributes.has('ce-specversion')) return undefined;
    const own = [...attributes]
      .filter(([name]) => name.startsWith('ce-'))
      .map(([name, value]) => [name.slice(3), value] as const);
    return cloudEvent(contentType === undefined ? own : [...own, ['datacontenttype', contentType]], data);
  } catch (error) {
    if (error instanceof RefusedError) return unusable(error, body);
    throw error;
  }
}

function textsOf(value: unknown): ReadonlyMap<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
