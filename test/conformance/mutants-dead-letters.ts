import type { CloudEvent } from '../../events/event.ts';
import type { Progress } from '../../events/verdict.ts';
import type { DeadLetter } from '../../channels/abilities.ts';
import type { Handle } from '../../channels/channel.ts';
import { PassThrough } from './channel-pass-through.ts';
import { breaks, type Mutant } from './mutants.ts';

class DropsDeadLetters extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const drop: Handle = async (delivery) => {
      const verdict = await handle(delivery);
      return verdict.kind === 'dead-letter' ? { kind: 'done' } : verdict;
    };
    return super.consume(name, drop, signal);
  }
}

/** Over the budget it discards the oldest, and goes on. */
class DiscardsOverBudget extends PassThrough {
  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const discard: Handle = async (delivery) => {
      setImmediate(() => void this.#discardOldest(name).catch(() => undefined));
      return handle(delivery);
    };
    return super.consume(name, discard, signal);
  }

  async #discardOldest(name: string): Promise<void> {
    const letters = await super.list(name, { limit: 1000 });
    await super.discard(
      name,
      letters.slice(0, -4).map(({ id }) => id),
    );
  }
}

/** Redrives with the attempts of the time before. */
class RedrivesWithProgress extends PassThrough {
  readonly #progress = new Map<CloudEvent, Progress>();

  override async redrive(subscription: string, ids: readonly string[]): Promise<void> {
    const letters = await super.list(subscription, { limit: 1000 });
    for (const { id, entry, progress } of letters) if (ids.includes(id)) this.#progress.set(entry.event, progress);
    await super.redrive(subscription, ids);
  }

  override consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    const remember: Handle = (delivery) => {
      const progress = delivery.progress ?? this.#progress.get(delivery.entry.event);
      return handle({ entry: delivery.entry, ...(progress && { progress }) });
    };
    return super.consume(name, remember, signal);
  }
}

/** Redrives those it knows and ignores the others. */
class RedrivesSome extends PassThrough {
  override async redrive(subscription: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) await super.redrive(subscription, [id]);
  }
}

class ListsOldestLast extends PassThrough {
  override async list(
    name: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    return [...(await super.list(name, page))].reverse();
  }
}

const DEAD = 'dead letters are listed, redriven, discarded, survive a restart';

/** Broken in what becomes of events that can be delivered nowhere. */
export const deadLetterMutants: readonly Mutant[] = [
  { name: 'takes a dead letter for done', caughtBy: DEAD, make: breaks(DropsDeadLetters) },
  { name: 'redrives with old attempts', caughtBy: DEAD, make: breaks(RedrivesWithProgress) },
  { name: 'redrives some when one is unknown', caughtBy: DEAD, make: breaks(RedrivesSome) },
  { name: 'lists dead letters newest first', caughtBy: DEAD, make: breaks(ListsOldestLast) },
  {
    name: 'discards dead letters over the budget',
    caughtBy: 'over its dead-letter budget a subscription is held, loses nothing and resumes',
    make: breaks(DiscardsOverBudget),
  },
];
