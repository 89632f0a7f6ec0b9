import type { Entry } from '../events/entry.ts';
import type { AttributeValue, CloudEvent } from '../events/event.ts';
import { withAttributes } from '../events/attributes.ts';
import { encodeBinary, encodeStructured } from '../events/http/encode.ts';
import type { Message } from './http.ts';

/** When the event was accepted, RFC 3339; the one attribute every delivery carries beside its own. [Knative data plane] */
const ARRIVAL = 'knativearrivaltime';
/** How many more brokers it may pass; for brokers only. [Knative data plane, loops] */
const HOPS = 'knativebrokerttl';

/** What all requests to one receiver have in common. */
export interface Receiver {
  readonly format: 'binary' | 'json';
  readonly timeoutMs: number;
  /** It is itself a Broker or Channel, so the hop count goes with the event. */
  readonly broker: boolean;
  /** Flat headers of every request. */
  readonly headers: readonly string[];
}

/** Makes the requests to one receiver. One per receiver and trigger, as it remembers the last time it wrote. */
export function requestsTo(
  receiver: Receiver,
): (entry: Entry, added?: Readonly<Record<string, AttributeValue>>) => Message {
  let writtenMs = Number.NaN;
  let written = '';
  const arrival = (ms: number): string => {
    // Events of one commit share their ms, and a Date costs more than the comparison.
    if (ms !== writtenMs) {
      writtenMs = ms;
      written = new Date(ms).toISOString();
    }
    return written;
  };
  return (entry, added) => {
    const { event } = entry;
    const plain =
      receiver.format === 'binary' && !added && !event.attributes.has(ARRIVAL) && !event.attributes.has(HOPS);
    const { headers, body } = plain
      ? encodeBinary(event)
      : encoded(receiver, event, changes(receiver, entry, arrival(entry.receivedAtMs), added));
    // The usual event takes what Weir adds as headers, without a copy of its attributes.
    if (plain) {
      headers.push(`ce-${ARRIVAL}`, arrival(entry.receivedAtMs));
      if (receiver.broker) headers.push(`ce-${HOPS}`, String(entry.hops));
    }
    for (const part of receiver.headers) headers.push(part);
    if (entry.trace !== undefined) headers.push('traceparent', entry.trace);
    return body ? { headers, body, timeoutMs: receiver.timeoutMs } : { headers, timeoutMs: receiver.timeoutMs };
  };
}

function encoded(
  receiver: Receiver,
  event: CloudEvent,
  change: Readonly<Record<string, AttributeValue | undefined>>,
): ReturnType<typeof encodeBinary> {
  const changed = withAttributes(event, change);
  return receiver.format === 'json' ? encodeStructured(changed) : encodeBinary(changed);
}

function changes(
  receiver: Receiver,
  entry: Entry,
  arrival: string,
  added: Readonly<Record<string, AttributeValue>> | undefined,
): Readonly<Record<string, AttributeValue | undefined>> {
  return { [ARRIVAL]: arrival, [HOPS]: receiver.broker ? entry.hops : undefined, ...added };
}
