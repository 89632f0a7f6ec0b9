import { isTimestamp } from '../../events/timestamp.ts';
import { member } from '../member.ts';
import { type Piece, piece } from './notification.ts';
import { sourcePart, subjectOf } from './object-key.ts';

// What S3 says to EventBridge, in the words it has for SNS and SQS, so that one Trigger fits both. [AWS S3 "EventBridge mapping"]
const CREATED: ReadonlyMap<string, string> = new Map([
  ['PutObject', 'Put'],
  ['POST Object', 'Post'],
  ['CopyObject', 'Copy'],
  ['CompleteMultipartUpload', 'CompleteMultipartUpload'],
]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ['Object Restore Initiated', 'ObjectRestore:Post'],
  ['Object Restore Completed', 'ObjectRestore:Completed'],
  ['Object Restore Expired', 'ObjectRestore:Delete'],
  ['Object Storage Class Changed', 'LifecycleTransition'],
  ['Object Access Tier Changed', 'IntelligentTiering'],
  ['Object ACL Updated', 'ObjectAcl:Put'],
  ['Object Tags Added', 'ObjectTagging:Put'],
  ['Object Tags Deleted', 'ObjectTagging:Delete'],
]);

/** Whether it is an event of S3 as EventBridge hands it on. */
export function isEventBridge(json: unknown): boolean {
  return (
    text(json, 'source') === 'aws.s3' && text(json, 'detail-type') !== '' && text(json, 'detail.bucket.name') !== ''
  );
}

/**
 * The event of an EventBridge envelope, which no adapter describes: type and source as the same happening has them by way of SNS and SQS (`com.amazonaws.s3.ObjectCreated:Put`, `aws:s3.<region>.<bucket>`; what
 * has no such name is `com.amazonaws.s3.<detail-type without spaces>`), id = the envelope's own, subject = the key, which is not encoded here, time = the envelope's, data = the envelope.
 */
export function eventBridgeEvent(json: unknown, data: Uint8Array): Piece {
  const time = text(json, 'time');
  return piece(
    {
      id: text(json, 'id'),
      source: ['aws:s3', text(json, 'region'), text(json, 'detail.bucket.name')].map(sourcePart).join('.'),
      type: `com.amazonaws.s3.${nameOf(json)}`,
      subject: subjectOf(text(json, 'detail.object.key')),
      time: isTimestamp(time) ? time : undefined,
      datacontenttype: 'application/json',
    },
    data,
    data,
  );
}

function nameOf(json: unknown): string {
  const detailType = text(json, 'detail-type');
  const reason = text(json, 'detail.reason');
  if (detailType === 'Object Created')
    return `ObjectCreated:${CREATED.get(reason) ?? (reason.replaceAll(' ', '') || 'Put')}`;
  if (detailType === 'Object Deleted') {
    const marker = text(json, 'detail.deletion-type') === 'Delete Marker Created';
    return `${reason === 'Lifecycle Expiration' ? 'LifecycleExpiration' : 'ObjectRemoved'}:${marker ? 'DeleteMarkerCreated' : 'Delete'}`;
  }
  return NAMES.get(detailType) ?? detailType.replaceAll(' ', '');
}

function text(json: unknown, names: string): string {
  const value = member(names)(json);
  return typeof value === 'string' ? value : '';
}
