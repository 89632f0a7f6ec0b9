import { charset, essence } from '../media-type.ts';
import { RefusedError, quoted } from '../errors.ts';

/** How a message carries events. [CloudEvents HTTP binding 1.3] */
export type Mode = 'binary' | 'structured' | 'batch';

/** Media type of an event in JSON. [CloudEvents JSON format 3] */
export const STRUCTURED_JSON = 'application/cloudevents+json';
/** Media type of a batch in JSON. [CloudEvents JSON format 4.2] */
export const BATCH_JSON = 'application/cloudevents-batch+json';

const PREFIX = 'application/cloudevents';

/**
 * The mode that a Content-Type announces, whatever its case and parameters; binary if it is none of CloudEvents. Throws `content-type-unsupported` for a format other than JSON, which
 * could only be passed on unread, and for a charset other than UTF-8. [CloudEvents HTTP binding 3]
 */
export function modeOf(contentType: string): Mode {
  const first = contentType.charCodeAt(PREFIX.length - 1) | 0x20;
  // Most media types are shorter or differ here, which spares them the lower-casing.
  if (first !== 0x73 || contentType.slice(0, PREFIX.length).toLowerCase() !== PREFIX) return 'binary';
  const type = essence(contentType);
  if (type !== STRUCTURED_JSON && type !== BATCH_JSON) {
    throw unsupported(`Content-Type: is ${quoted(type)}; send ${STRUCTURED_JSON} or ${BATCH_JSON}, or binary mode`);
  }
  const encoding = charset(contentType) ?? 'utf-8';
  if (encoding !== 'utf-8' && encoding !== 'utf8' && encoding !== 'us-ascii') {
    throw unsupported(`Content-Type: has charset ${quoted(encoding)}; send events in JSON as UTF-8`);
  }
  return type === STRUCTURED_JSON ? 'structured' : 'batch';
}

function unsupported(message: string): RefusedError {
  return new RefusedError('content-type-unsupported', message, { path: 'datacontenttype' });
}
