import type { Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import { decodeHttp, type HttpMessage } from '../events/http/decode.ts';
import type { SinkName } from '../resources/plan.ts';
import type { EventSink } from '../triggers/sinks/sink.ts';

/** How long a sink may take for one request. */
const PUT_MS = 30_000;

/** Where sinks are found; `kind` in lower case. */
export interface SinkParts {
  readonly clock: Clock;
  readonly find: (name: SinkName) => EventSink | undefined;
}

/**
 * `POST /-/sinks/<namespace>/<kind>/<name>`: resolves when every event of the message is durable in the sink. Rejects `not-found`, what the decoder refuses, and what the sink rejects with; then any of several events
 * may be there. [Knative KafkaSink, Addressable]
 */
export async function putEvents(parts: SinkParts, name: SinkName, message: HttpMessage): Promise<void> {
  const sink = parts.find(name);
  const { namespace, kind } = name;
  if (!sink)
    throw new RefusedError(
      'not-found',
      `${quoted(`${namespace}/${kind}/${name.name}`)}: no such sink is open here; \`weir get ${kind}\` lists those there are`,
    );
  const decoded = decodeHttp(message);
  if (decoded.kind === 'not-an-event')
    throw new RefusedError(
      'not-an-event',
      'the request is not a CloudEvent; send ce- headers, or application/cloudevents+json',
    );
  const events = decoded.kind === 'batch' ? decoded.events : [decoded.event];
  const late = new AbortController();
  const cancel = parts.clock.after(PUT_MS, () => late.abort());
  try {
    for (const event of events) await sink.put(event, late.signal);
  } catch (error) {
    if (late.signal.aborted)
      throw new UnavailableError('channel-unavailable', `the sink did not take it within ${PUT_MS / 1000} s`);
    throw error;
  } finally {
    cancel();
  }
}
