import type { Clock } from '../../events/clock.ts';
import type { Log } from '../../events/log.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Handle, Subscription } from '../channel.ts';
import { Queue, type Pending } from './queue.ts';

/** A handler that gives back what it will be handed again is not asked in a busy loop. */
const RELEASE_PAUSE_MS = 1000;

/** What ends a delivery; the others put it off. */
export type Settled = Verdict & { readonly kind: 'done' | 'dead-letter' };

/** What a member is part of: the channel's clock and log, its budget, and who keeps what is settled. */
export interface MemberContext {
  readonly clock: Clock;
  readonly log: Log;
  /** While it is true nothing is handed out. */
  readonly isHeld: () => boolean;
  readonly settled: (pending: Pending, verdict: Settled) => void;
}

interface Consumer {
  readonly handle: Handle;
  readonly signal: AbortSignal;
  readonly running: Set<Promise<void>>;
}

/** A declared subscription with what it has not settled and who consumes it. */
export class Member {
  declared: Subscription;
  readonly queue: Queue;
  readonly #context: MemberContext;
  /** They take turns: the first is next. */
  readonly #consumers: Consumer[] = [];
  #unsettled = 0;

  constructor(declared: Subscription, context: MemberContext) {
    this.declared = declared;
    this.#context = context;
    this.queue = new Queue(context.clock, () => this.deliver());
  }

  /** Resolves after `signal` is aborted and what this consumer had in flight is settled. */
  async consume(handle: Handle, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const consumer: Consumer = { handle, signal, running: new Set() };
    const aborted = Promise.withResolvers<void>();
    const end = (): void => {
      this.#consumers.splice(this.#consumers.indexOf(consumer), 1);
      aborted.resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    this.#consumers.push(consumer);
    this.deliver();
    await aborted.promise;
    await Promise.all(consumer.running);
  }

  /** Hands out what is ready, as long as there are a consumer, room in flight and room for a dead letter. */
  deliver(): void {
    while (this.#unsettled < this.declared.inFlight && !this.#context.isHeld()) {
      const consumer = this.#consumers.shift();
      if (!consumer) return;
      this.#consumers.push(consumer);
      const pending = this.queue.take();
      if (!pending) return;
      this.#unsettled += 1;
      const run = this.#handOver(consumer, pending).finally(() => consumer.running.delete(run));
      consumer.running.add(run);
    }
  }

  async #handOver(consumer: Consumer, pending: Pending): Promise<void> {
    const { stored, progress } = pending;
    let verdict: Verdict;
    try {
      verdict = await consumer.handle({ entry: stored.entry, ...(progress && { progress }) });
    } catch (error) {
      this.#context.log.error('handler.threw', { subscription: this.declared.name, error: String(error) });
      verdict = { kind: 'release' };
    }
    this.#unsettled -= 1;
    // It may have been forgotten meanwhile.
    if (this.queue.has(pending)) this.#settle(pending, verdict, consumer.signal.aborted);
    this.deliver();
  }

  #settle(pending: Pending, verdict: Verdict, consumerEnded: boolean): void {
    switch (verdict.kind) {
      case 'release':
        return this.queue.wait(pending, consumerEnded ? 0 : RELEASE_PAUSE_MS);
      case 'wait':
        pending.progress = verdict.progress;
        return this.queue.wait(pending, verdict.delayMs);
      case 'done':
      case 'dead-letter':
        this.queue.settle(pending);
        return this.#context.settled(pending, verdict);
      default:
        return verdict satisfies never;
    }
  }
}
