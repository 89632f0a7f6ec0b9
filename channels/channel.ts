import type { CloudEvent } from '../events/event.ts';
import type { Entry } from '../events/entry.ts';
import type { Interest } from '../events/interest.ts';
import type { Order } from '../events/order.ts';
import type { Start } from '../events/start.ts';
import type { Progress, Verdict } from '../events/verdict.ts';

/** Which broker a channel is for. `uid` tells two of the same name apart, where the store knows uids. */
export interface BrokerRef {
  readonly namespace: string;
  readonly name: string;
}

/** Makes and removes the channels of one kind; owns what they share (a folder, a connection). */
export interface ChannelDriver extends AsyncDisposable {
  /** Resolves when the channel can append and keeps what it kept before. Rejects `data-folder-damaged` (that broker alone), `channel-unavailable`. `config` is the kind's own, parsed. */
  open(broker: BrokerRef, config: unknown): Promise<Channel>;
  /** Deletes all that is stored of a broker whose channel is disposed: for good. Idempotent. */
  remove(broker: BrokerRef): Promise<void>;
}

/** What a channel can do. Shared code asks for these, never for a kind; the conformance suite tests both answers of each. */
export interface ChannelFeatures {
  /** What was appended survives `kill -9`. */
  readonly durable: boolean;
  /** An `order` other than none is kept; otherwise `declare` rejects it with `order-unsupported`. */
  readonly ordered: boolean;
  /** Several processes may consume one subscription. */
  readonly competing: boolean;
  /** A start other than `latest` is kept; otherwise `declare` rejects it with `start-unavailable`. */
  readonly startAt: boolean;
  /** `append` of many is all or none. */
  readonly atomicAppend: boolean;
  /** Entries that are retained can be listed. */
  readonly list: boolean;
  /** The largest entry it takes, in bytes of data and attributes together; above it `append` rejects `event-too-large`. */
  readonly eventBytesMax: number;
}

/** One subscription: what a trigger wants of a channel. */
export interface Subscription {
  /** `<namespace>/<trigger>`: unique on its channel. */
  readonly name: string;
  /** Grows with each change of what is wanted. */
  readonly generation: number;
  /** What an index may look at: covers at least what `matches` matches. */
  readonly wants: Interest;
  /** Pure and quick; called once for each entry that `wants` covers. */
  readonly matches: (event: CloudEvent) => boolean;
  /** The filter as its owner writes it: opaque, kept so that a later explain knows what counted when. */
  readonly filter: string;
  /** Counts only when the subscription is declared for the first time. */
  readonly start: Start;
  readonly order: Order;
  /** How many deliveries may be unsettled at once, in this process. */
  readonly inFlight: number;
}

/** One event for one subscription, with what earlier attempts left. Values only: nothing to forget to call. */
export interface Delivery {
  readonly entry: Entry;
  readonly progress?: Progress;
}

/** Decides what becomes of a delivery. Throwing is a bug of the handler: it counts as `release`. */
export type Handle = (delivery: Delivery) => Promise<Verdict>;

/**
 * The port that brokers store and deliver through; one per broker. Every method may be called at any time and by many at once; after disposal all reject with `channel-closed`.
 * Disposal ends every consumer, waits for what is in flight to settle, and is idempotent.
 */
export interface Channel extends AsyncDisposable {
  readonly features: ChannelFeatures;
  /**
   * Resolves when all entries are durable, in this order; it may take its time to slow down a sender that outruns delivery.
   * Rejects `channel-full` or `event-too-large` (nothing is stored) or `channel-unavailable` (any part may be: duplicates are legal, silence is not).
   */
  append(entries: readonly Entry[]): Promise<void>;
  /** Idempotent. Once resolved, every later entry it wants is kept, consumer or not. A changed filter counts for what is not yet evaluated; what is pending stays matched. */
  declare(subscription: Subscription): Promise<void>;
  /**
   * Hands each wanted entry to `handle` at least once, at most `inFlight` unsettled at a time, shared with other consumers of the same name; stores what it answers.
   * Resolves after `signal` is aborted and what was in flight is settled. Rejects `subscription-unknown` if it is not declared.
   */
  consume(name: string, handle: Handle, signal: AbortSignal): Promise<void>;
  /** Drops a subscription: position, pending, waits. Dead letters stay until discarded. Others are not touched. Idempotent. */
  forget(name: string): Promise<void>;
}
