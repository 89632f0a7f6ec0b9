import type { Channel } from '../../channels/channel.ts';

/** Limits a case asks for; what it leaves out is the implementation's own. */
export interface Limits {
  /** Dead letters of one subscription, after which it is held. The implementation honours it exactly: nothing is handed out while there are as many. */
  readonly deadLettersMax?: number;
  /** What the store should hold in all, so that `fill` is quick: a hint, for those whose store is filled by filling it. */
  readonly bytesMax?: number;
}

/**
 * Opens an empty store for one case. This is all an implementation writes to run the suite:
 *
 *     channelSuite('embedded', async (limits) => new EmbeddedWorld(await temporaryFolder(), limits));
 */
export type ChannelFactory = (limits: Limits) => Promise<World>;

/** One store with one channel on it, as a case sees it. Disposal disposes the channel and deletes the store; it must not hang if the channel is broken. */
export interface World extends AsyncDisposable {
  /** The channel that is open now: another one after `reopen` and `crash`. */
  readonly channel: Channel;
  /** The clock the channel reads, ms. */
  now(): number;
  /** Lets `ms` pass: moves a fake clock and runs what falls due, in order; on an engine with a clock of its own it waits. */
  advance(ms: number): Promise<void>;
  /**
   * Lets a little happen: I/O that is under way goes on, and with a fake clock about a millisecond passes, so that what is gathered or put off for a moment moves on. Every wait of
   * a case is a loop of turns. After `turnsMax` of them it gives up and fails: enough for the slowest step on a busy machine, and on a fake clock less than `unitMs` in all.
   */
  turn(): Promise<void>;
  readonly turnsMax: number;
  /** The unit of the delays in the cases: a minute on a fake clock, as short as is reliable on a real one. */
  readonly unitMs: number;
  /** Disposes the channel and its driver and opens them again on the same store: a restart. A case has answered all deliveries before. */
  reopen(): Promise<void>;
  /**
   * Opens another channel on the store as `kill -9` at this instant leaves it: whatever was resolved is there, the rest may be. Appends may be under way. The old channel is dropped,
   * not disposed: from here on nothing it does may reach the store, also not the answers its handlers still give.
   */
  crash(): Promise<void>;
  /** From here on `append` finds no room (the disk reports none, or all that is allowed is used) until `free`. */
  fill(): Promise<void>;
  free(): Promise<void>;
  /** By how many bytes `heapUsed + external` of this process may grow with 100,000 events of 1 KiB pending. */
  readonly pendingBytesMax: number;
}
