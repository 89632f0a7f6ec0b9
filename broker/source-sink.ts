import type { Channel, BrokerRef } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { encodeBinary } from '../events/http/encode.ts';
import type { Counter } from '../events/metrics.ts';
import type { SourcePlan } from '../resources/plan.ts';
import type { Http, Sender } from '../triggers/http.ts';
import { keyOf } from './released.ts';

/** What sources hand their events to. */
export interface SinkParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly hops: number;
  readonly channel: (broker: BrokerRef) => Channel | undefined;
  readonly received: (broker: BrokerRef) => Counter;
}

type Emit = (events: readonly CloudEvent[]) => Promise<void>;

const TIMEOUT_MS = 30_000;
/** Later may help with these; with every other 4xx and 3xx it will not. [Knative data plane, retry codes] */
const RETRYABLE = new Set([404, 408, 409, 425, 429]);

/** How a source's events reach its sink: a broker of this process durably, without a request; any other address by POST, accepted when it answers 2xx. */
export function sourceSink(parts: SinkParts): (sink: SourcePlan['sink']) => Emit {
  return (sink) =>
    'broker' in sink && typeof sink.broker === 'object' ? toBroker(sink.broker, parts) : toAddress(sink, parts);
}

function toBroker(broker: BrokerRef, parts: SinkParts): Emit {
  return async (events) => {
    const channel = parts.channel(broker);
    if (!channel)
      throw new UnavailableError(
        'broker-not-ready',
        `broker ${keyOf(broker)}: is not ready; the source goes on when it is`,
      );
    const receivedAtMs = parts.clock.now();
    await channel.append(events.map((event) => ({ event, hops: parts.hops, receivedAtMs })));
    parts.received(broker).add(events.length);
  };
}

function toAddress(target: { readonly url: string; readonly caCerts?: string }, parts: SinkParts): Emit {
  return async (events) => {
    // Opened for each call: a source sends few, and holds nothing of the network in between.
    using sender = parts.http.open(target, 1);
    for (const event of events) await post(event, sender);
  };
}

async function post(event: CloudEvent, sender: Sender): Promise<void> {
  const { headers, body } = encodeBinary(event);
  const answer = await sender.post({ headers: [...headers], timeoutMs: TIMEOUT_MS, ...(body && { body }) });
  if (answer.kind === 'aborted') throw new UnavailableError('shutting-down', 'the process is shutting down');
  if (answer.kind === 'error')
    throw new UnavailableError('channel-unavailable', `the sink cannot be reached: ${answer.error}`);
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  if (status >= 500 || RETRYABLE.has(status))
    throw new UnavailableError('channel-unavailable', `the sink answered ${status}`);
  throw new RefusedError('webhook-invalid', `the sink answered ${status}, so it does not want this event`);
}
