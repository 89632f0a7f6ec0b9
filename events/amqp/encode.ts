import { attribute, type CloudEvent } from '../event.ts';
import { STRUCTURED_JSON } from '../http/media.ts';
import { encodeJson } from '../json/encode.ts';
import type { AmqpMessage } from './message.ts';

const NOTHING = new Uint8Array();
/** A property is a short string: one byte of length. [AMQP 0-9-1 4.2.5.3] */
const PROPERTY_BYTES_MAX = 255;

/**
 * Binary mode: a header `cloudEvents_<name>` per attribute, integers and booleans as such, everything else as its canonical string; datacontenttype is the content type. Data of no bytes and no data are the same
 * here. Id and time are repeated as the message's own, for those that know no CloudEvents. [CloudEvents AMQP binding 3.1]
 */
export function encodeAmqpBinary(event: CloudEvent): AmqpMessage {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of event.attributes) if (name !== 'datacontenttype') headers[`cloudEvents_${name}`] = value;
  const contentType = attribute(event, 'datacontenttype');
  return {
    ...named(event),
    ...(contentType === undefined ? {} : { contentType }),
    headers,
    body: event.data ?? NOTHING,
  };
}

/** Structured mode in JSON. [CloudEvents AMQP binding 3.2] */
export function encodeAmqpStructured(event: CloudEvent): AmqpMessage {
  return { ...named(event), contentType: STRUCTURED_JSON, headers: {}, body: encodeJson(event) };
}

function named(event: CloudEvent): Pick<AmqpMessage, 'messageId' | 'timestamp'> {
  const messageId = attribute(event, 'id') ?? '';
  const seconds = Math.floor(Date.parse(attribute(event, 'time') ?? '') / 1000);
  return {
    ...(Buffer.byteLength(messageId) <= PROPERTY_BYTES_MAX ? { messageId } : {}),
    // What is before 1970 or no plain date (a leap second) has none: it is unsigned.
    ...(seconds >= 0 ? { timestamp: seconds } : {}),
  };
}
