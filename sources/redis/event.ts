import { isUtf8 } from 'node:buffer';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { RedisEntry } from './group.ts';

/** The type of what is read from a stream of Redis. [Knative RedisStreamSource] */
export const REDIS_STREAM_TYPE = 'dev.knative.sources.redisstream';

// Ids are the server's clock unless the producer chose them: from 2001 to 2100 they are taken for a time.
const TIME_MS = { min: 1e12, max: 4_102_444_800_000 };

/**
 * The event of an entry: id = its id, time = the time in it, data = a JSON array of field, value, field, value, as they were added. Bytes that are no UTF-8 stand in it as base64, and the extension
 * `base64items` names their places (`1,3`), so nothing is lost and nothing guessed. [Knative RedisStreamSource]
 */
export function redisStreamEvent({ id, fields }: RedisEntry, source: string): CloudEvent {
  const encoded = fields.flatMap((bytes, at) => (isUtf8(bytes) ? [] : [at]));
  const items = fields.map((bytes, at) => bytes.toString(encoded.includes(at) ? 'base64' : 'utf8'));
  const ms = Number(id.split('-')[0]);
  return cloudEvent(
    {
      specversion: '1.0',
      type: REDIS_STREAM_TYPE,
      source,
      id,
      ...(ms >= TIME_MS.min && ms < TIME_MS.max ? { time: new Date(ms).toISOString() } : {}),
      datacontenttype: 'application/json',
      ...(encoded.length > 0 ? { base64items: encoded.join(',') } : {}),
    },
    Buffer.from(JSON.stringify(items)),
  );
}
