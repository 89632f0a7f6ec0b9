import { aborted } from '../../events/aborted.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Delivery, Handle } from '../channel.ts';

const RELEASE: Verdict = { kind: 'release' };

interface Consumer {
  readonly handle: Handle;
  flying: number;
  /** Called when nothing is in flight any more. */
  idle: () => void;
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
    const consumer: Consumer = { handle, flying: 0, idle: () => {} };
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

  /** Never rejects: a handler that throws, or nobody to hand it to, is a release. One promise beside the handler's: every delivery passes here. */
  deliver(name: string, delivery: Delivery): Promise<Verdict> {
    const consumer = this.#leastBusy(name);
    if (!consumer) return Promise.resolve(RELEASE);
    const ended = (): void => {
      consumer.flying -= 1;
      if (consumer.flying === 0) consumer.idle();
    };
    const failed = (error: unknown): Verdict => {
      ended();
      this.#threw(name, error);
      return RELEASE;
    };
    consumer.flying += 1;
    try {
      return consumer.handle(delivery).then((verdict) => {
        ended();
        return verdict;
      }, failed);
    } catch (error) {
      return Promise.resolve(failed(error));
    }
  }

  #leastBusy(name: string): Consumer | undefined {
    let best: Consumer | undefined;
    for (const consumer of this.#byName.get(name) ?? []) if (!best || consumer.flying < best.flying) best = consumer;
    return best;
  }
}
