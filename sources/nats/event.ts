import { natsSource } from '../../crds/nats-jet-stream-source.ts';
import { cloudEvent } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { isMediaType } from '../../events/media-type.ts';
import { decodeNats } from '../../events/nats/decode.ts';
import { deadLetter } from '../dead-letter.ts';
import type { SourceInstance } from '../kind.ts';
import type { NatsMessage } from './link.ts';

/** The type of a message that is no CloudEvent. */
export const NATS_MESSAGE_TYPE = 'dev.weir.nats.message';

type Headers = ReturnType<NatsMessage['headers']>;

/**
 * The event of a message: the one it carries, in the CloudEvents binding of NATS; else its payload, wrapped: id `<stream>/<sequence>`, source = stream, subject = subject, time = when it was stored, a header as extension `natsheader<name in
 * lower-case letters and digits>`, Content-Type as datacontenttype. What announces itself as an event and is none becomes a dead letter.
 */
export function natsEvent(
  message: NatsMessage,
  instance: Pick<SourceInstance, 'namespace' | 'kind' | 'name'>,
): CloudEvent {
  const id = `${message.stream}/${message.sequence}`;
  const { data, subject } = message;
  try {
    const headers = message.headers();
    return decodeNats({ headers, data }) ?? wrapped(message, id, headers);
  } catch (error) {
    // What is no RefusedError is thrown by the client, which parses headers when it is asked for them.
    const reason =
      error instanceof RefusedError
        ? `${error.code}: ${error.message}`
        : `the headers cannot be read: ${String(error)}`;
    return deadLetter({ id, reason, data, subject }, instance);
  }
}

function wrapped(message: NatsMessage, id: string, headers: Headers): CloudEvent {
  const contentType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const extensions = new Map<string, string>();
  for (const [name, value] of headers) {
    const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    if (plain !== 'contenttype' && !extensions.has(`natsheader${plain}`))
      extensions.set(`natsheader${plain}`, printable(value));
  }
  return cloudEvent(
    {
      specversion: '1.0',
      type: NATS_MESSAGE_TYPE,
      source: natsSource(message.stream),
      id,
      subject: printable(message.subject),
      time: message.time,
      ...(contentType !== undefined && isMediaType(contentType) ? { datacontenttype: contentType } : {}),
      ...Object.fromEntries(extensions),
    },
    message.data.length === 0 ? undefined : message.data,
  );
}

// An attribute holds no control character.
function printable(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '\uFFFD');
}
