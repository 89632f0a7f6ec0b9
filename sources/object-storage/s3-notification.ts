import { isObject, member } from '../member.ts';
import { eventBridgeEvent, isEventBridge } from './event-bridge.ts';
import { type Piece, type Reader, jsonOf } from './notification.ts';
import { alone, s3Event } from './s3-record.ts';

const RECORDS = member('Records');
const TEST = member('Event');
const TYPE = member('Type');
const TOPIC = member('TopicArn');
const MESSAGE = member('Message');

/**
 * Reads what S3, and whatever speaks S3 (MinIO, Ceph), tells of objects: `{Records: [...]}`, one event each; MinIO's list in Redis (`[{Event: [...]}]`); what came by way of EventBridge; and either of them in
 * the envelope of an SNS topic, whose sender was verified by who calls this. `s3:TestEvent` tells nothing. Data of a notification of one record are its very bytes, of several
 * `{"Records":[<the record>]}` for each.
 */
export const readS3: Reader = ({ body }) => read(body, true);

function read(body: Uint8Array, envelope: boolean): readonly Piece[] {
  const json = jsonOf(body);
  if (json === undefined) return [{ reason: 'the notification is not JSON', data: body }];
  if (TEST(json) === 's3:TestEvent') return [];
  const message = MESSAGE(json);
  if (envelope && typeof TYPE(json) === 'string' && typeof TOPIC(json) === 'string' && typeof message === 'string')
    return read(Buffer.from(message), false);
  if (isEventBridge(json)) return [eventBridgeEvent(json, body)];
  const records = recordsOf(json);
  if (!records) return [{ reason: 'the notification has no Records, and is no event of EventBridge', data: body }];
  const [only, ...others] = records;
  if (others.length === 0 && Array.isArray(RECORDS(json))) return only === undefined ? [] : [s3Event(only, body)];
  return records.map((record) => s3Event(record, alone(record)));
}

// `{Records: null}` is how MinIO says that it is still there.
function recordsOf(json: unknown): readonly unknown[] | undefined {
  if (Array.isArray(json)) {
    const lists = json.map((one: unknown) => member('Event')(one));
    return lists.every((list) => Array.isArray(list)) && lists.length > 0 ? lists.flat() : undefined;
  }
  if (!isObject(json) || !Object.hasOwn(json, 'Records')) return undefined;
  const records = RECORDS(json);
  return records === null ? [] : Array.isArray(records) ? records : undefined;
}
