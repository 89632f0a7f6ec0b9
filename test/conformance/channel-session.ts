import { UnavailableError } from '../../events/errors.ts';
import type { ChannelFeatures, Handle, Subscription } from '../../channels/channel.ts';
import type { DeadLetter, SubscriptionState } from '../../channels/abilities.ts';
import type { Entry } from '../../events/entry.ts';
import { PassThrough } from './channel-pass-through.ts';

/**
 * One process's time with a channel that outlives it: makes of a memory channel a durable one, the storage being the memory channel itself. So the cases about restarts are
 * proved, and their mutants caught, without any disk.
 */
export class Session extends PassThrough {
  readonly #closing = new AbortController();
  readonly #consuming = new Set<Promise<void>>();
  readonly #crashed = Promise.withResolvers<{ readonly kind: 'release' }>();

  override get features(): ChannelFeatures {
    return { ...this.inner.features, durable: true };
  }

  override async append(entries: readonly Entry[]): Promise<void> {
    this.#mustBeOpen();
    await this.inner.append(entries);
  }

  override async declare(subscription: Subscription): Promise<void> {
    this.#mustBeOpen();
    await this.inner.declare(subscription);
  }

  override async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    const judge: Handle = (delivery) => Promise.race([handle(delivery), this.#crashed.promise]);
    const ended = this.inner.consume(name, judge, AbortSignal.any([signal, this.#closing.signal]));
    this.#consuming.add(ended);
    await ended.finally(() => this.#consuming.delete(ended));
  }

  override async forget(name: string): Promise<void> {
    this.#mustBeOpen();
    await this.inner.forget(name);
  }

  override async subscriptions(): Promise<readonly SubscriptionState[]> {
    this.#mustBeOpen();
    return this.inner.subscriptions();
  }

  override async list(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    this.#mustBeOpen();
    return this.inner.list(subscription, page);
  }

  override async redrive(subscription: string, ids: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    await this.inner.redrive(subscription, ids);
  }

  override async discard(subscription: string, ids: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    await this.inner.discard(subscription, ids);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#consuming);
  }

  /** As `kill -9`: what is in flight is as if it had never been handed over. */
  crash(): void {
    this.#closing.abort();
    this.#crashed.resolve({ kind: 'release' });
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new UnavailableError('channel-closed', 'session: is closed; open it again');
  }
}
