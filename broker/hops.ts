import { attribute, type CloudEvent } from '../events/event.ts';
import { RefusedError } from '../events/errors.ts';

/** The hop count as Knative's brokers send it from one to the next. [Knative data plane, loop guard] */
export const HOPS_ATTRIBUTE = 'knativebrokerttl';

/** When the broker took the event; each delivery says it anew, so what came is dropped. */
export const ARRIVAL_ATTRIBUTE = 'knativearrivaltime';

/**
 * How many more brokers an incoming event may pass: `max` if it does not say or says what is no number, else one less than it says and never above `max`.
 * Throws `hops-exhausted` when none is left.
 */
export function incomingHops(event: CloudEvent, max: number): number {
  const text = attribute(event, HOPS_ATTRIBUTE);
  if (text === undefined || !/^-?\d{1,10}$/.test(text)) return max;
  const left = Math.min(Number(text) - 1, max);
  if (left > 0) return left;
  throw new RefusedError(
    'hops-exhausted',
    `${HOPS_ATTRIBUTE}: is ${text}, so the event has passed too many brokers; look for brokers that feed one another`,
    { path: HOPS_ATTRIBUTE },
  );
}

/** The event without what only Weir may say of it; the same event if it says nothing of the kind. */
export function withoutOurs(event: CloudEvent): CloudEvent {
  if (!event.attributes.has(HOPS_ATTRIBUTE) && !event.attributes.has(ARRIVAL_ATTRIBUTE)) return event;
  const attributes = new Map(event.attributes);
  attributes.delete(HOPS_ATTRIBUTE);
  attributes.delete(ARRIVAL_ATTRIBUTE);
  return { ...event, attributes };
}
