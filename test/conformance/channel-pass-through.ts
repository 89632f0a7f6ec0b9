import type { Channel, ChannelFeatures, Handle, Subscription } from '../../channels/channel.ts';
import type { DeadLetter, DeadLetters, Inspectable, SubscriptionState } from '../../channels/abilities.ts';
import type { Entry } from '../../events/entry.ts';

/** A channel that can all there is to can. */
export type AbleChannel = Channel & Inspectable & DeadLetters;

/** Passes every call on: what changes one of them says only that. */
export class PassThrough implements AbleChannel {
  readonly inner: AbleChannel;

  constructor(inner: AbleChannel) {
    this.inner = inner;
  }

  get features(): ChannelFeatures {
    return this.inner.features;
  }

  append(entries: readonly Entry[]): Promise<void> {
    return this.inner.append(entries);
  }

  declare(subscription: Subscription): Promise<void> {
    return this.inner.declare(subscription);
  }

  consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    return this.inner.consume(name, handle, signal);
  }

  forget(name: string): Promise<void> {
    return this.inner.forget(name);
  }

  subscriptions(): Promise<readonly SubscriptionState[]> {
    return this.inner.subscriptions();
  }

  usage(): Promise<{ readonly bytes: number; readonly lost: number }> {
    return this.inner.usage();
  }

  list(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    return this.inner.list(subscription, page);
  }

  redrive(subscription: string, ids: readonly string[]): Promise<void> {
    return this.inner.redrive(subscription, ids);
  }

  discard(subscription: string, ids: readonly string[]): Promise<void> {
    return this.inner.discard(subscription, ids);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.inner[Symbol.asyncDispose]());
  }
}
