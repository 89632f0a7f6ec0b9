import type { Channel, BrokerRef } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { encodeBinary } from '../events/http/encode.ts';
import type { Counter } from '../events/metrics.ts';
import type { SourcePlan } from '../resources/plan.ts';
import type { Http } from '../triggers/http.ts';
import { keyOf } from './released.ts';

/** What sources hand their events to. */
export interface SinkParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly hops: number;
  readonly channel: (broker: BrokerRef) => Channel | undefined;
  readonly received: (broker: BrokerRef) => Counter;
}

const TIMEOUT_MS = 30_000;
/** Later may help with these; with every other 4xx and 3xx it will not. [Knative data plane, retry codes] */
const RETRYABLE = new Set([404, 408, 409, 425, 429]);

/** How a source's events reach its sink: a broker of this process durably, without a request; any other address by POST, accepted when it answers 2xx. */
export function sourceSink(parts: SinkParts): (sink: SourcePlan['sink']) => (event: CloudEvent) => Promise<void> {
  return (sink) =>
    'broker' in sink && typeof sink.broker === 'object' ? toBroker(sink.broker, parts) : toAddress(sink, parts);
}

function toBroker(broker: BrokerRef, parts: SinkParts): (event: CloudEvent) => Promise<void> {
  return async (event) => {
    const channel = parts.channel(broker);
    if (!channel)
      throw new UnavailableError(
        'broker-not-ready',
        `broker ${keyOf(broker)}: is not ready; the source goes on when it is`,
      );
    await channel.append([{ event, hops: parts.hops, receivedAtMs: parts.clock.now() }]);
    parts.received(broker).add(1);
  };
}

function toAddress(
  target: { readonly url: string; readonly caCerts?: string },
  parts: SinkParts,
): (event: CloudEvent) => Promise<void> {
  return async (event) => {
    // Opened for each event: a source sends few, and holds nothing of the network in between.
    using sender = parts.http.open(target, 1);
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
  };
}
