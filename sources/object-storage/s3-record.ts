import { isTimestamp } from '../../events/timestamp.ts';
import { member } from '../member.ts';
import { type Piece, fingerprint, jsonBytes, piece } from './notification.ts';
import { decodedKey, sourcePart, subjectOf } from './object-key.ts';

// One request, one object: the ids of the request tell such an event from all others. Of the rest several may come of one request (a multi-object delete) or of none that is known (lifecycle, replication).
const ONE_OBJECT = /^(?:ObjectCreated|ObjectTagging|ObjectAcl|ObjectAccessed):|^ObjectRestore:Post$/;

const text =
  (names: string) =>
  (record: unknown): string => {
    const value = member(names)(record);
    return typeof value === 'string' ? value : '';
  };

const NAME = text('eventName');
const SOURCE = text('eventSource');
const REGION = text('awsRegion');
const TIME = text('eventTime');
const BUCKET = text('s3.bucket.name');
const KEY = text('s3.object.key');
const VERSION = text('s3.object.versionId');
const SEQUENCER = text('s3.object.sequencer');
const REQUEST = text('responseElements.x-amz-request-id');
const REQUEST_2 = text('responseElements.x-amz-id-2');

/**
 * The event of one record, as the CloudEvents adapter for AWS S3 says, for every store that speaks S3: type `com.amazonaws.s3.<eventName>` (without `s3:`, which MinIO and old Ceph put before it), source
 * `<eventSource>.<awsRegion>.<bucket>` (the region may be empty), subject = the key decoded, time = eventTime, data as given. [CloudEvents adapters, AWS S3]
 *
 * The adapter's id is `<x-amz-request-id>.<x-amz-id-2>`. It stays where one request makes one event; otherwise, and for MinIO always (its reads share a sequencer, and one upload can be unpacked into many
 * objects), `.` and a fingerprint of bucket, key, version, event name and sequencer follow. Without a request id the fingerprint, with the time, is the id.
 */
export function s3Event(record: unknown, data: Uint8Array): Piece {
  const name = NAME(record).replace(/^s3:/, '');
  const [eventSource, bucket] = [SOURCE(record), BUCKET(record)];
  if (name === '' || eventSource === '' || bucket === '')
    return { reason: 'the record lacks eventName, eventSource or s3.bucket.name', data };
  const time = TIME(record);
  return piece(
    {
      id: idOf(record, name),
      source: [eventSource, REGION(record), bucket].map(sourcePart).join('.'),
      type: `com.amazonaws.s3.${name}`,
      subject: subjectOf(decodedKey(KEY(record))),
      time: isTimestamp(time) ? time : undefined,
      datacontenttype: 'application/json',
    },
    data,
    data,
  );
}

/** The record alone, as a notification of one. */
export function alone(record: unknown): Uint8Array {
  return jsonBytes({ Records: [record] });
}

function idOf(record: unknown, name: string): string {
  const thing = [BUCKET(record), KEY(record), VERSION(record), name, SEQUENCER(record)];
  const request = [REQUEST(record), REQUEST_2(record)].filter((id) => id !== '').join('.');
  if (request === '') return fingerprint([...thing, TIME(record)]);
  const exact = ONE_OBJECT.test(name) && !SOURCE(record).startsWith('minio:');
  return exact ? request : `${request}.${fingerprint(thing)}`;
}
