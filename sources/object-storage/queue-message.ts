import type { RabbitmqMessage } from '../../clients/rabbitmq/message.ts';
import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import { decodeAmqp } from '../../events/amqp/decode.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { decodeRecord } from '../../events/kafka/decode.ts';
import type { KafkaRecord } from '../../events/kafka/record.ts';
import { decodeNats } from '../../events/nats/decode.ts';
import type { NatsMessage } from '../nats/link.ts';
import type { RedisEntry } from '../redis/group.ts';
import { eventsOf, type Piece, unusable, decodedEvents } from './notification.ts';
import { READERS } from './readers.ts';
import type { SqsMessage } from './sqs-link.ts';

type Events = readonly CloudEvent[];

/** How the messages of each kind of queue are read as notifications: events in their order, dead letters among them. They never throw; no events: it told nothing. */
export interface MessageReader {
  readonly sqs: (message: SqsMessage) => Events;
  /** A record without a value tells nothing: in a compacted topic it deletes. */
  readonly kafka: (record: KafkaRecord) => Events;
  readonly rabbitmq: (message: RabbitmqMessage) => Events;
  readonly nats: (message: Pick<NatsMessage, 'data' | 'headers'>) => Events;
  /** The notification is the value of the only field, or of `data`. */
  readonly redis: (entry: RedisEntry) => Events;
}

/** The reader of one source. Where notifications are CloudEvents themselves (gcs, azure, oss) a message may carry one in the binding of its transport. */
export function messageReader(
  provider: ObjectStorageProvider,
  source: { readonly namespace: string; readonly kind: string; readonly name: string },
): MessageReader {
  // What speaks S3 has the record in the body, whatever is said beside it.
  const speaksS3 = provider === 's3' || provider === 'minio' || provider === 'ceph';
  const read = (body: Uint8Array, carried: () => Events | undefined = () => undefined): Events => {
    const native = speaksS3 ? undefined : attempted(carried, body);
    return eventsOf(native ?? READERS[provider]({ rawHeaders: [], body }), source);
  };
  return {
    sqs: ({ body }) => read(Buffer.from(body)),
    kafka: (record) => (record.value ? read(record.value, () => decodedEvents(decodeRecord(record))) : []),
    rabbitmq: (message) => read(message.body, () => decodedEvents(decodeAmqp(message))),
    nats: (message) =>
      read(message.data, () => {
        const event = decodeNats({ data: message.data, headers: message.headers() });
        return event && [event];
      }),
    redis: ({ fields }) => read(valueOf(fields)),
  };
}

function attempted(carried: () => Events | undefined, body: Uint8Array): readonly Piece[] | undefined {
  try {
    return carried();
  } catch (error) {
    // The client of NATS parses headers when it is asked for them, and throws what it likes.
    if (!(error instanceof RefusedError))
      return [{ reason: `the headers cannot be read: ${String(error)}`, data: body }];
    return [unusable(error, body)];
  }
}

function valueOf(fields: readonly Buffer[]): Uint8Array {
  if (fields.length === 2) return fields[1] ?? new Uint8Array();
  const at = fields.findIndex((field, i) => i % 2 === 0 && field.toString() === 'data');
  return at === -1 ? Buffer.from(JSON.stringify(fields.map(String))) : (fields[at + 1] ?? new Uint8Array());
}
