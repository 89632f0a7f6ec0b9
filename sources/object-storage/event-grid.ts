import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { attribute } from '../../events/event.ts';
import { decodeJson, decodeJsonBatch } from '../../events/json/decode.ts';
import { isTimestamp } from '../../events/timestamp.ts';
import { isUriReference } from '../../events/uri.ts';
import { isObject, member } from '../member.ts';
import { type Piece, type Reader, jsonBytes, jsonOf, piece, unusable } from './notification.ts';
import { subjectOf } from './object-key.ts';
import { nativeEvents } from './pub-sub.ts';

// What Event Grid says of the subscription itself: to validate it, that it is deleted.
const OF_SUBSCRIPTION = /^Microsoft\.EventGrid\.Subscription/;

/**
 * Reads what Event Grid sends of Blob Storage: CloudEvents, one or several, as they are; and Event Grid's own schema as the CloudEvents that it stands for: id, subject and data are its own, type =
 * eventType, source = topic, time = eventTime. What it tells of the subscription is passed over. Whether it is one or the other is seen in the body, so it may come by way of Event Hubs as well.
 * [Azure Event Grid, CloudEvents schema]
 */
export const readAzure: Reader = (notification) => {
  const { body, rawHeaders } = notification;
  const json = jsonOf(body);
  if (rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'ce-specversion'))
    return wanted(nativeEvents(notification) ?? []);
  if (Array.isArray(json)) return wanted(batch(json, body));
  if (isObject(json)) return wanted([single(json, body)]);
  return [{ reason: 'the notification is neither a CloudEvent nor an event of Event Grid', data: body }];
};

function batch(list: readonly unknown[], body: Uint8Array): readonly Piece[] {
  if (list.every((one) => member('specversion')(one) !== undefined)) {
    try {
      return decodeJsonBatch(body);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }
  // One that is wrong must not take the others with it.
  return list.map((one) => single(one, jsonBytes(one)));
}

function single(json: unknown, bytes: Uint8Array): Piece {
  if (member('specversion')(json) === undefined) return ownSchema(json, bytes);
  try {
    return decodeJson(bytes);
  } catch (error) {
    return unusable(error, bytes);
  }
}

function ownSchema(json: unknown, bytes: Uint8Array): Piece {
  const text = (name: string): string | undefined => {
    const value = member(name)(json);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [id, type, topic, subject, time] = ['id', 'eventType', 'topic', 'subject', 'eventTime'].map(text);
  if (id === undefined || type === undefined || topic === undefined)
    return { reason: 'the event lacks id, eventType or topic: it is none of Event Grid', data: bytes };
  const data = member('data')(json);
  return piece(
    {
      id,
      source: isUriReference(topic) ? topic : encodeURI(topic.toWellFormed()),
      type,
      subject: subject === undefined ? undefined : subjectOf(subject),
      time: time !== undefined && isTimestamp(time) ? time : undefined,
      datacontenttype: data === undefined ? undefined : 'application/json',
    },
    data === undefined ? undefined : jsonBytes(data),
    bytes,
  );
}

function wanted(pieces: readonly Piece[]): readonly Piece[] {
  return pieces.filter((one) => !('attributes' in one) || !OF_SUBSCRIPTION.test(typeOf(one)));
}

function typeOf(event: CloudEvent): string {
  return attribute(event, 'type') ?? '';
}
