import type { CloudEvent } from './event.ts';

/** An event with what Weir knows of it and the event itself must not carry. */
export interface Entry {
  readonly event: CloudEvent;
  /** How many more brokers it may pass, counted down at ingress; 0 = exhausted. */
  readonly hops: number;
  /** When ingress accepted it, ms since the epoch; subscribers see it as `knativearrivaltime`. */
  readonly receivedAtMs: number;
  /** The `traceparent` of the request that brought it, verbatim. [W3C Trace Context] */
  readonly trace?: string;
}
