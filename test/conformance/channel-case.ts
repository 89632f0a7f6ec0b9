import type { Channel } from '../../channels/channel.ts';
import { Trial } from './channel-trial.ts';
import type { ChannelFactory, Limits } from './channel-world.ts';

/** One case of the suite: plain, so that it runs as a test, and against a channel that must fail it. */
export interface ChannelCase {
  readonly name: string;
  readonly limits?: Limits;
  /** Why it cannot be run on this channel: an optional ability that it lacks. */
  readonly without?: (channel: Channel) => string | undefined;
  /** Rejects if the channel breaks the contract. */
  run(trial: Trial): Promise<void>;
}

/** Runs one case on a store of its own. Answers why it was left out, or undefined if it passed; rejects if it failed. */
export async function runCase(one: ChannelCase, factory: ChannelFactory): Promise<string | undefined> {
  const trial = new Trial(await factory(one.limits ?? {}));
  try {
    const why = one.without?.(trial.channel);
    if (why !== undefined) return why;
    await one.run(trial);
  } catch (error) {
    // The case's own failure says more than what it leads to at the end.
    await trial.end().catch(() => undefined);
    throw error;
  }
  await trial.end();
  return undefined;
}
