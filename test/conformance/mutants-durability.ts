import type { Entry } from '../../events/entry.ts';
import type { ChannelFeatures, Handle, Subscription } from '../../channels/channel.ts';
import type { Alter } from './channel-memory-world.ts';
import { PassThrough } from './channel-pass-through.ts';
import { SleepsWaits } from './mutants-delivery.ts';
import { breaks, type Mutant } from './mutants.ts';

/** Breaks every channel of a world but the first: what a restart finds. */
function afterRestart(alter: Alter): Mutant['make'] {
  return () => {
    let opened = 0;
    return (channel, clock) => {
      opened += 1;
      return opened === 1 ? channel : alter(channel, clock);
    };
  };
}

class ClaimsToLast extends PassThrough {
  override get features(): ChannelFeatures {
    return { ...this.inner.features, durable: true };
  }
}

/** Settles before it hands over: at most once. */
class SettlesFirst extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const first: Handle = async (delivery) => {
      handle(delivery).catch(() => undefined);
      return { kind: 'done' };
    };
    return super.consume(name, first, signal);
  }
}

/** Stores the halves of a large batch in two steps. */
class AppendsInSteps extends PassThrough {
  override async append(entries: readonly Entry[]): Promise<void> {
    const half = entries.length < 100 ? entries.length : entries.length / 2;
    await super.append(entries.slice(0, half));
    await new Promise((resolve) => setImmediate(resolve));
    await super.append(entries.slice(half));
  }
}

/** Sleeps through waits, without letting them hold up others. */
class WaitsInMemory extends SleepsWaits {
  override async declare(subscription: Subscription): Promise<void> {
    await super.declare({ ...subscription, inFlight: 64 });
  }
}

/** Reads no more of what was stored of a delivery than its entry. */
class ForgetsProgress extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    return super.consume(name, ({ entry }) => handle({ entry }), signal);
  }
}

class ForgetsStage extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const reset: Handle = ({ entry, progress }) =>
      handle({ entry, ...(progress && { progress: { ...progress, stage: 'subscriber' } }) });
    return super.consume(name, reset, signal);
  }
}

/** Takes a declaration after a restart for the first: the backlog is gone. */
class StartsAnew extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    await super.forget(subscription.name);
    await super.declare(subscription);
  }
}

/** Remembers the order of a key only as long as it runs. */
class ForgetsOrder extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    await super.declare({ ...subscription, order: 'none' });
  }
}

/** Begins at the start of the log. */
class RepeatsAll extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    await super.forget(subscription.name);
    await super.declare({ ...subscription, start: 'earliest' });
  }
}

class LosesDeadLetters extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    const letters = await super.list(subscription.name, { limit: 1000 });
    await super.discard(
      subscription.name,
      letters.map(({ id }) => id),
    );
    await super.declare(subscription);
  }
}

const KILL = 'kill between append and settle loses nothing';
const SURVIVES = 'progress, due time and stage survive a restart';

/** Broken in what outlives a process. */
export const durabilityMutants: readonly Mutant[] = [
  { name: 'claims to be durable', caughtBy: KILL, make: breaks(ClaimsToLast) },
  {
    name: 'settles before it hands over',
    caughtBy: KILL,
    lasting: true,
    make: breaks(SettlesFirst),
  },
  {
    name: 'loses the backlog at a restart',
    caughtBy: KILL,
    lasting: true,
    make: afterRestart((channel) => new StartsAnew(channel)),
  },
  {
    name: 'keeps half of a batch through a crash',
    caughtBy: 'append of many is all or none (or says it is not)',
    lasting: true,
    make: breaks(AppendsInSteps),
  },
  {
    name: 'sleeps waits',
    caughtBy: SURVIVES,
    lasting: true,
    make: () => (channel, clock) => new SleepsWaits(channel, clock),
  },
  {
    name: 'keeps due times in memory',
    caughtBy: SURVIVES,
    lasting: true,
    make: () => (channel, clock) => new WaitsInMemory(channel, clock),
  },
  {
    name: 'forgets progress at a restart',
    caughtBy: SURVIVES,
    lasting: true,
    make: afterRestart((channel) => new ForgetsProgress(channel)),
  },
  {
    name: 'forgets the stage at a restart',
    caughtBy: SURVIVES,
    lasting: true,
    make: afterRestart((channel) => new ForgetsStage(channel)),
  },
  {
    name: 'forgets the order of a key at a restart',
    caughtBy: 'order as declared',
    lasting: true,
    make: afterRestart((channel) => new ForgetsOrder(channel)),
  },
  {
    name: 'repeats all after a restart',
    caughtBy: 'done forgets',
    lasting: true,
    make: afterRestart((channel) => new RepeatsAll(channel)),
  },
  {
    name: 'loses dead letters at a restart',
    caughtBy: 'dead letters are listed, redriven, discarded, survive a restart',
    lasting: true,
    make: afterRestart((channel) => new LosesDeadLetters(channel)),
  },
];
