import { isTimestamp } from '../../events/timestamp.ts';
import { isObject, member } from '../member.ts';
import { mnsMessage } from './mns-message.ts';
import { type Piece, type Reader, fingerprint, jsonBytes, jsonOf, piece } from './notification.ts';
import { subjectOf } from './object-key.ts';
import { nativeEvents } from './pub-sub.ts';

// Several of these come of one request, or of none.
const MANY_OBJECTS = /^ObjectRemoved:DeleteObjects$|^ObjectReplication:|^Lifecycle/;

/**
 * Reads what OSS tells: by way of MNS (`{events: [...]}`, in base64, in MNS's XML or JSON around it, or as it is) the events that EventBridge would have made of it: type `oss:<eventName>`, source
 * `acs.oss`, subject `<ARN of the bucket>/<key>`, time = eventTime, id = responseElements.requestId, to which `.` and a fingerprint is added where one request makes several events. What EventBridge sends are
 * CloudEvents already, and stay as they are. Data of a notification of one event are its very bytes, of several `{"events":[<the event>]}` for each.
 */
export const readOss: Reader = (notification) => {
  const native = nativeEvents(notification);
  if (native) return native;
  const body = unpacked(notification.body);
  const json = jsonOf(body);
  if (member('specversion')(json) !== undefined)
    return nativeEvents({ rawHeaders: ['content-type', 'application/cloudevents+json'], body }) ?? [];
  const events = member('events')(json);
  if (!Array.isArray(events)) return [{ reason: 'the notification has no events of OSS', data: body }];
  if (events.length === 1) return [ossEvent(events[0], body)];
  return events.map((event: unknown) => ossEvent(event, jsonBytes({ events: [event] })));
};

function ossEvent(event: unknown, data: Uint8Array): Piece {
  const text = (names: string): string => {
    const value = member(names)(event);
    return typeof value === 'string' ? value : '';
  };
  const [name, bucket, key] = [text('eventName'), text('oss.bucket.name'), text('oss.object.key')];
  if (!isObject(event) || name === '' || bucket === '')
    return { reason: 'the event lacks eventName or oss.bucket.name', data };
  const time = text('eventTime');
  const request = text('responseElements.requestId');
  const thing = [bucket, key, name, text('oss.object.eTag'), time];
  return piece(
    {
      id:
        request !== '' && !MANY_OBJECTS.test(name) ? request : [request, fingerprint(thing)].filter(Boolean).join('.'),
      source: 'acs.oss',
      type: `oss:${name}`,
      subject: subjectOf(`${text('oss.bucket.arn') || bucket}${key === '' ? '' : `/${key}`}`),
      time: isTimestamp(time) ? time : undefined,
      datacontenttype: 'application/json',
    },
    data,
    data,
  );
}

/** What was published: without the envelope of MNS, and without base64. */
function unpacked(body: Uint8Array): Uint8Array {
  const message = mnsMessage(body)?.message ?? Buffer.from(body).toString('latin1');
  const packed = message.replaceAll(/\s/g, '');
  const looksPacked = packed !== '' && packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed);
  if (looksPacked) return Buffer.from(packed, 'base64');
  return mnsMessage(body) === undefined ? body : Buffer.from(message);
}
