import { withAttributes } from '../events/attributes.ts';
import type { Entry } from '../events/entry.ts';
import type { AttributeValue } from '../events/event.ts';
import { encodeBinary, encodeStructured, type EncodedHttp } from '../events/http/encode.ts';
import type { Message } from './http.ts';

/** When the event was accepted, RFC 3339; the one attribute every delivery carries beside its own. [Knative data plane] */
const ARRIVAL = 'knativearrivaltime';
/** How many more brokers it may pass; for brokers only. [Knative data plane, loops] */
const HOPS = 'knativebrokerttl';

const ARRIVAL_HEADER = `ce-${ARRIVAL}`;
const HOPS_HEADER = `ce-${HOPS}`;

/** What all requests to one receiver have in common. */
export interface Receiver {
  readonly format: 'binary' | 'json';
  readonly timeoutMs: number;
  /** It is itself a Broker or Channel, so the hop count goes with the event. */
  readonly broker: boolean;
  /** Flat headers of every request. */
  readonly headers: readonly string[];
}

/** Attributes to set, or (undefined) to take away. */
export type Changes = Readonly<Record<string, AttributeValue | undefined>>;

/**
 * Makes the requests to one receiver: the event as it came, its data the very bytes, with its arrival time, and the hop count for brokers alone. One per receiver and trigger, as
 * it remembers the last time it wrote. Not cached per event: encoding costs less than looking it up, as long as few triggers want the same.
 */
export function requestsTo(receiver: Receiver): (entry: Entry, changes?: Changes) => Message {
  const arrival = arrivals();
  const encoded = (entry: Entry, changes: Changes | undefined): EncodedHttp => {
    const { event } = entry;
    const hops = receiver.broker ? entry.hops : undefined;
    if (receiver.format === 'binary' && !changes && !event.attributes.has(ARRIVAL) && !event.attributes.has(HOPS)) {
      // The usual event takes what Weir adds as headers, without a copy of its attributes.
      const message = encodeBinary(event);
      message.headers.push(ARRIVAL_HEADER, arrival(entry.receivedAtMs));
      if (hops !== undefined) message.headers.push(HOPS_HEADER, String(hops));
      return message;
    }
    const changed = withAttributes(event, { [ARRIVAL]: arrival(entry.receivedAtMs), [HOPS]: hops, ...changes });
    return receiver.format === 'json' ? encodeStructured(changed) : encodeBinary(changed);
  };
  return (entry, changes) => {
    const { headers, body } = encoded(entry, changes);
    for (const part of receiver.headers) headers.push(part);
    if (entry.trace !== undefined) headers.push('traceparent', entry.trace);
    return body ? { headers, body, timeoutMs: receiver.timeoutMs } : { headers, timeoutMs: receiver.timeoutMs };
  };
}

/** RFC 3339 with ms. Events of one commit share theirs, and a Date costs more than the comparison. */
function arrivals(): (ms: number) => string {
  let writtenMs = Number.NaN;
  let written = '';
  return (ms) => {
    if (ms !== writtenMs) {
      written = new Date(ms).toISOString();
      writtenMs = ms;
    }
    return written;
  };
}
