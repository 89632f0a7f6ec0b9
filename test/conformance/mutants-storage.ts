import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import type { Entry } from '../../events/entry.ts';
import type { Handle, Subscription } from '../../channels/channel.ts';
import { PassThrough } from './channel-pass-through.ts';
import { breaks, type Mutant } from './mutants.ts';

/** Changes the events that are stored. */
function storing(change: (event: CloudEvent) => CloudEvent): Mutant['make'] {
  class Storing extends PassThrough {
    override append(entries: readonly Entry[]): Promise<void> {
      return super.append(entries.map((entry) => ({ ...entry, event: change(entry.event) })));
    }
  }
  return () => (channel) => new Storing(channel);
}

/** Changes the values of attributes. */
function retyping(change: (value: AttributeValue) => AttributeValue): Mutant['make'] {
  return storing(({ attributes, ...rest }) => ({
    attributes: new Map([...attributes].map(([name, value]) => [name, change(value)])),
    ...rest,
  }));
}

function withoutData({ attributes }: CloudEvent): CloudEvent {
  return { attributes };
}

/** Appends the first half of a batch before it finds that it cannot append the second. */
class AppendsHalf extends PassThrough {
  override async append(entries: readonly Entry[]): Promise<void> {
    const half = Math.floor(entries.length / 2);
    if (half > 0) await super.append(entries.slice(0, half));
    await super.append(entries.slice(half));
  }
}

class AppendsOneByOne extends PassThrough {
  override async append(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) await super.append([entry]);
  }
}

class DropsWhenFull extends PassThrough {
  override async append(entries: readonly Entry[]): Promise<void> {
    try {
      await super.append(entries);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'channel-full')) throw error;
    }
  }
}

class StaysFull extends PassThrough {
  #full: unknown;

  override async append(entries: readonly Entry[]): Promise<void> {
    if (this.#full !== undefined) throw this.#full;
    try {
      await super.append(entries);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'channel-full') this.#full = error;
      throw error;
    }
  }
}

class DeclaresWhenConsumed extends PassThrough {
  readonly #later = new Map<string, Subscription>();

  override async declare(subscription: Subscription): Promise<void> {
    this.#later.set(subscription.name, subscription);
  }

  override async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const subscription = this.#later.get(name);
    if (subscription) await super.declare(subscription);
    await super.consume(name, handle, signal);
  }
}

class IgnoresNewFilters extends PassThrough {
  readonly #declared = new Set<string>();

  override async declare(subscription: Subscription): Promise<void> {
    if (this.#declared.has(subscription.name)) return;
    this.#declared.add(subscription.name);
    await super.declare(subscription);
  }
}

/** Drops what is pending when a filter changes; its consumers go on. */
class DeclaresAnew extends PassThrough {
  readonly #generations = new Map<string, number>();
  readonly #consumers: { readonly name: string; readonly handle: Handle; readonly signal: AbortSignal }[] = [];

  override async declare(subscription: Subscription): Promise<void> {
    const { name, generation } = subscription;
    const changed = (this.#generations.get(name) ?? generation) !== generation;
    this.#generations.set(name, generation);
    if (changed) await super.forget(name);
    await super.declare(subscription);
    if (!changed) return;
    for (const { handle, signal } of this.#consumers.filter((consumer) => consumer.name === name)) {
      super.consume(name, handle, signal).catch(() => undefined);
    }
  }

  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    this.#consumers.push({ name, handle, signal });
    return super.consume(name, handle, signal);
  }
}

class StartsOneLate extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    const { start } = subscription;
    const isTime = typeof start === 'object' && 'time' in start;
    const late = isTime ? { time: new Date(Date.parse(start.time) + 1).toISOString() } : start;
    await super.declare({ ...subscription, start: late });
  }
}

/** Begins after the named event instead of with it. */
class StartsAfter extends PassThrough {
  override async declare(subscription: Subscription): Promise<void> {
    const { start, matches } = subscription;
    const id = typeof start === 'object' && 'id' in start ? start.id : undefined;
    await super.declare({ ...subscription, matches: (event) => event.attributes.get('id') !== id && matches(event) });
  }
}

class ForgetsAll extends PassThrough {
  override async forget(): Promise<void> {
    for (const { name } of await super.subscriptions()) {
      // Without the suite's own it could not look at what is left.
      if (!name.startsWith('suite')) await super.forget(name);
    }
  }
}

class ForgetsDeadLetters extends PassThrough {
  override async forget(name: string): Promise<void> {
    const letters = await super.list(name, { limit: 1000 });
    await super.discard(
      name,
      letters.map(({ id }) => id),
    );
    await super.forget(name);
  }
}

class ForgetsNothing extends PassThrough {
  override async forget(): Promise<void> {}
}

/** Keeps two more copies of everything. */
class KeepsCopies extends PassThrough {
  readonly #copies: Uint8Array[] = [];

  override async append(entries: readonly Entry[]): Promise<void> {
    for (const { event } of entries)
      for (let i = 0; i < 2; i += 1) this.#copies.push(Uint8Array.from(event.data ?? []));
    await super.append(entries);
  }
}

const FIDELITY = 'bytes, attributes, types come back identical';
const DECLARE = 'declare is idempotent; a changed filter counts for what is not yet evaluated';
const START = 'one declared later sees what its start says';
const FORGET = 'forget drops only its own';
const FULL = 'a full store refuses and recovers when space returns';
const BATCH = 'append of many is all or none (or says it is not)';

/** Broken in what is stored, and for how long. */
export const storageMutants: readonly Mutant[] = [
  {
    name: 'makes a string of an integer',
    caughtBy: FIDELITY,
    make: retyping((value) => (typeof value === 'number' ? String(value) : value)),
  },
  {
    name: 'makes an integer of a string of digits',
    caughtBy: FIDELITY,
    make: retyping((value) => (value === '5' ? 5 : value)),
  },
  {
    name: 'drops empty data',
    caughtBy: FIDELITY,
    make: storing((event) => (event.data?.length === 0 ? withoutData(event) : event)),
  },
  {
    name: 'takes data for ASCII',
    caughtBy: FIDELITY,
    make: storing((event) => (event.data ? { ...event, data: event.data.map((byte) => byte & 0x7f) } : event)),
  },
  {
    name: 'appends half of a batch that it refuses',
    caughtBy: 'a rejected append left nothing',
    make: breaks(AppendsHalf),
  },
  { name: 'appends a batch one by one', caughtBy: BATCH, make: breaks(AppendsOneByOne) },
  { name: 'drops in silence what does not fit', caughtBy: FULL, make: breaks(DropsWhenFull) },
  { name: 'stays full', caughtBy: FULL, make: breaks(StaysFull) },
  {
    name: 'keeps nothing before the first consumer',
    caughtBy: 'a declared subscription keeps what comes before its first consumer',
    make: breaks(DeclaresWhenConsumed),
  },
  { name: 'ignores a changed filter', caughtBy: DECLARE, make: breaks(IgnoresNewFilters) },
  { name: 'loses what is pending when a filter changes', caughtBy: DECLARE, make: breaks(DeclaresAnew) },
  { name: 'starts a millisecond late', caughtBy: START, make: breaks(StartsOneLate) },
  { name: 'starts after the named event', caughtBy: START, make: breaks(StartsAfter) },
  { name: "forgets others' events", caughtBy: FORGET, make: breaks(ForgetsAll) },
  { name: 'forgets nothing', caughtBy: FORGET, make: breaks(ForgetsNothing) },
  { name: 'drops dead letters on forget', caughtBy: FORGET, make: breaks(ForgetsDeadLetters) },
  {
    name: 'keeps copies of everything',
    caughtBy: 'memory stays bounded with 100,000 pending',
    make: breaks(KeepsCopies),
  },
];
