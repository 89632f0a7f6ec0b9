import { pause, type Clock } from '../../events/clock.ts';
import { attribute } from '../../events/event.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Delivery, Handle, Subscription } from '../../channels/channel.ts';
import { PassThrough, type AbleChannel } from './channel-pass-through.ts';
import { breaks, type Mutant } from './mutants.ts';

/** Changes what becomes of a verdict. */
function judging(change: (verdict: Verdict, delivery: Delivery) => Verdict): Mutant['make'] {
  return () => (channel) => new Judging(channel, change);
}

class Judging extends PassThrough {
  readonly #change: (verdict: Verdict, delivery: Delivery) => Verdict;

  constructor(inner: AbleChannel, change: (verdict: Verdict, delivery: Delivery) => Verdict) {
    super(inner);
    this.#change = change;
  }

  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const judge: Handle = async (delivery) => this.#change(await handle(delivery), delivery);
    return super.consume(name, judge, signal);
  }
}

/** Changes what is declared. */
function declaring(change: (subscription: Subscription) => Subscription): Mutant['make'] {
  class Declaring extends PassThrough {
    override declare(subscription: Subscription): Promise<void> {
      return super.declare(change(subscription));
    }
  }
  return () => (channel) => new Declaring(channel);
}

class LosesWhatThrows extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const swallow: Handle = async (delivery) => {
      try {
        return await handle(delivery);
      } catch {
        return { kind: 'done' };
      }
    };
    return super.consume(name, swallow, signal);
  }
}

class NeverEndsConsume extends PassThrough {
  override consume(name: string, handle: Handle): Promise<void> {
    return super.consume(name, handle, new AbortController().signal);
  }
}

/** Leaves the rest to itself as soon as the signal comes. */
class EndsConsumeTooSoon extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return Promise.race([super.consume(name, handle, signal), aborted]);
  }
}

/** Gives every consumer all events, as a broadcast would. */
class DoesNotShare extends PassThrough {
  readonly #declared = new Map<string, Subscription>();
  #consumers = 0;

  override async declare(subscription: Subscription): Promise<void> {
    this.#declared.set(subscription.name, subscription);
    await super.declare(subscription);
  }

  override async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const declared = this.#declared.get(name);
    if (!declared) return super.consume(name, handle, signal);
    this.#consumers += 1;
    const own = { ...declared, name: `${name} ${this.#consumers}`, start: 'earliest' } as const;
    await super.declare(own);
    await super.consume(own.name, handle, signal);
  }
}

/** Four deliveries at once for all subscriptions together. */
class SharesOneLimit extends PassThrough {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const inTurn: Handle = async (delivery) => {
      if (this.#running >= 4) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#running += 1;
      try {
        return await handle(delivery);
      } finally {
        this.#running -= 1;
        this.#waiting.shift()?.();
      }
    };
    return super.consume(name, inTurn, signal);
  }
}

/** Sleeps through a wait instead of storing it. */
export class SleepsWaits extends PassThrough {
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(inner: AbleChannel, clock: Clock) {
    super(inner);
    this.#clock = clock;
  }

  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const awake = AbortSignal.any([signal, this.#closing.signal]);
    const sleep: Handle = async (delivery) => {
      const verdict = await handle(delivery);
      if (verdict.kind !== 'wait') return verdict;
      await pause(this.#clock, verdict.delayMs, awake);
      if (awake.aborted) return { kind: 'release' };
      return sleep({ entry: delivery.entry, progress: verdict.progress });
    };
    return super.consume(name, sleep, signal);
  }

  override [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    return super[Symbol.asyncDispose]();
  }
}

class DisposesAtOnce extends PassThrough {
  override async [Symbol.asyncDispose](): Promise<void> {
    super[Symbol.asyncDispose]().catch(() => undefined);
  }
}

class DisposesOnce extends PassThrough {
  #disposed = false;

  override async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) throw new Error('disposed already');
    this.#disposed = true;
    await super[Symbol.asyncDispose]();
  }
}

const AGAIN = 'a handler that throws, a release, a consumer that dies: again, and no attempt is counted';
const WAITS = 'wait(d) comes not before d and is never lost';
const ABORT = 'abort ends consume and what is in flight still settles';
const DISPOSE = 'dispose waits, is idempotent, later calls fail with their code';
const SHARE = 'consumers of one subscription share';
const STUCK = 'one stuck event does not hold the others (or only its key)';

/** Broken between an append and its verdict. */
export const deliveryMutants: readonly Mutant[] = [
  {
    name: 'loses an event when its handler throws',
    caughtBy: AGAIN,
    make: breaks(LosesWhatThrows),
  },
  {
    name: 'counts an attempt on release',
    caughtBy: AGAIN,
    make: judging((verdict, { progress = { stage: 'subscriber', attempts: 0, history: [] } }) =>
      verdict.kind === 'release'
        ? { kind: 'wait', delayMs: 1000, progress: { ...progress, attempts: progress.attempts + 1 } }
        : verdict,
    ),
  },
  {
    name: 'takes a release for done',
    caughtBy: AGAIN,
    make: judging((verdict) => (verdict.kind === 'release' ? { kind: 'done' } : verdict)),
  },
  {
    name: 'delivers a wait 1 ms early',
    caughtBy: WAITS,
    make: judging((verdict) => (verdict.kind === 'wait' ? { ...verdict, delayMs: verdict.delayMs - 1 } : verdict)),
  },
  {
    name: 'delivers a wait a minute late',
    caughtBy: WAITS,
    make: judging((verdict) => (verdict.kind === 'wait' ? { ...verdict, delayMs: verdict.delayMs + 60_000 } : verdict)),
  },
  {
    name: 'forgets long waits',
    caughtBy: WAITS,
    make: judging((verdict) => (verdict.kind === 'wait' && verdict.delayMs > 600_000 ? { kind: 'done' } : verdict)),
  },
  {
    name: 'forgets the progress of a wait',
    caughtBy: WAITS,
    make: judging((verdict) =>
      verdict.kind === 'wait' ? { ...verdict, progress: { stage: 'subscriber', attempts: 0, history: [] } } : verdict,
    ),
  },
  {
    name: 'delivers again what is done',
    caughtBy: 'done forgets',
    make: judging((verdict, { progress = { stage: 'subscriber', attempts: 0, history: [] } }) =>
      verdict.kind === 'done' && progress.attempts === 0
        ? { kind: 'wait', delayMs: 300_000, progress: { ...progress, attempts: 1 } }
        : verdict,
    ),
  },
  {
    name: 'delivers one more than inFlight',
    caughtBy: 'at most inFlight unsettled',
    make: declaring((subscription) => ({ ...subscription, inFlight: subscription.inFlight + 1 })),
  },
  {
    name: 'delivers one at a time',
    caughtBy: STUCK,
    make: declaring((subscription) => ({ ...subscription, inFlight: 1 })),
  },
  {
    name: 'lets waits fill what may be in flight',
    caughtBy: STUCK,
    make: () => (channel, clock) => new SleepsWaits(channel, clock),
  },
  {
    name: 'does not keep the order of a key',
    caughtBy: 'order as declared',
    make: declaring((subscription) => ({ ...subscription, order: 'none' })),
  },
  {
    name: 'takes the whole subscription for one key',
    caughtBy: STUCK,
    make: declaring((subscription) => ({ ...subscription, order: { by: 'specversion' } })),
  },
  { name: 'gives every consumer all', caughtBy: SHARE, make: breaks(DoesNotShare) },
  { name: 'does not end consume on abort', caughtBy: ABORT, make: breaks(NeverEndsConsume) },
  {
    name: 'ends consume while something is in flight',
    caughtBy: ABORT,
    make: breaks(EndsConsumeTooSoon),
  },
  { name: 'does not wait in disposal', caughtBy: DISPOSE, make: breaks(DisposesAtOnce) },
  { name: 'fails to be disposed twice', caughtBy: DISPOSE, make: breaks(DisposesOnce) },
  {
    name: 'lets a slow subscription use up what may be in flight for all',
    caughtBy: 'a slow subscription does not slow a fast one',
    make: breaks(SharesOneLimit),
  },
  {
    name: 'loses one delivery in 20,000',
    caughtBy: '50 subscriptions x 1,000 events',
    make: () => {
      let matched = 0;
      return declaring((subscription) => ({
        ...subscription,
        matches: (event) => subscription.matches(event) && (matched += 1) % 20_000 !== 0,
      }))();
    },
  },
  {
    name: 'looks at the first alternative of an interest only',
    caughtBy: 'an appended event reaches every subscription that wants it',
    make: declaring(({ wants, ...rest }) => ({ ...rest, wants: wants === 'everything' ? wants : wants.slice(0, 1) })),
  },
  {
    name: 'takes what an interest covers for what is wanted',
    caughtBy: 'an appended event reaches every subscription that wants it',
    make: declaring((subscription) => ({
      ...subscription,
      matches: (event) => !attribute(event, 'type')?.startsWith('suite.') || subscription.matches(event),
    })),
  },
];
