import { aborted } from '../../events/aborted.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Delivery, Handle } from '../channel.ts';

const RELEASE: Verdict = { kind: 'release' };

/** One consumer of a subscription, and what it has in flight. */
class Consumer {
  readonly #handle: Handle;
  readonly #threw: (error: unknown) => void;
  flying = 0;
  /** Called when nothing is in flight any more. */
  idle = (): void => {};

  constructor(handle: Handle, threw: (error: unknown) => void) {
    this.#handle = handle;
    this.#threw = threw;
  }

  deliver(delivery: Delivery, done: (verdict: Verdict) => void): void {
    this.flying += 1;
    const failed = (error: unknown): void => {
      this.#ended(RELEASE, done);
      this.#threw(error);
    };
    try {
      this.#handle(delivery).then((verdict) => this.#ended(verdict, done), failed);
    } catch (error) {
      // Not in the caller's stack: it is in the middle of a step.
      queueMicrotask(() => failed(error));
    }
  }

  #ended(verdict: Verdict, done: (verdict: Verdict) => void): void {
    this.flying -= 1;
    if (this.flying === 0) this.idle();
    done(verdict);
  }
}

/** Who consumes which subscription in this process; they share its deliveries, the least busy first. */
export class Consumers {
  readonly #byName = new Map<string, Set<Consumer>>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #threw: (subscription: string, error: unknown) => void;
  readonly #changed: (name: string, count: number) => void;

  constructor(threw: (subscription: string, error: unknown) => void, changed: (name: string, count: number) => void) {
    this.#threw = threw;
    this.#changed = changed;
  }

  count(name: string): number {
    return this.#byName.get(name)?.size ?? 0;
  }

  /** Resolves after `signal` is aborted, or all are ended, and its last handler has answered. */
  async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const running = this.#consume(name, handle, AbortSignal.any([signal, this.#closing.signal]));
    this.#running.add(running);
    await running;
    this.#running.delete(running);
  }

  async #consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const consumer = new Consumer(handle, (error) => this.#threw(name, error));
    const all = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, all.add(consumer));
    this.#changed(name, all.size);
    await aborted(signal);
    all.delete(consumer);
    this.#changed(name, all.size);
    if (consumer.flying > 0) await new Promise<void>((resolve) => (consumer.idle = resolve));
  }

  /** Ends all; resolves when none has anything in flight. */
  async end(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  /** Calls `done` once, later: a handler that throws, or nobody to hand it to, is a release. */
  deliver(name: string, delivery: Delivery, done: (verdict: Verdict) => void): void {
    const consumer = this.#leastBusy(name);
    if (consumer) consumer.deliver(delivery, done);
    else queueMicrotask(() => done(RELEASE));
  }

  #leastBusy(name: string): Consumer | undefined {
    let best: Consumer | undefined;
    for (const consumer of this.#byName.get(name) ?? []) if (!best || consumer.flying < best.flying) best = consumer;
    return best;
  }
}
