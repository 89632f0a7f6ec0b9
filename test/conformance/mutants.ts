import type { Alter } from './channel-memory-world.ts';
import type { AbleChannel } from './channel-pass-through.ts';

/** A channel broken in one way, and the case that must say so. */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string;
  readonly caughtBy: string;
  /** Breaks one that outlives its process; otherwise a plain memory channel. */
  readonly lasting?: boolean;
  /** Makes what breaks all channels of one world, restarts included. */
  readonly make: () => Alter;
}

/** Breaks every channel by passing its calls through a class. */
export function breaks(Broken: new (inner: AbleChannel) => AbleChannel): Mutant['make'] {
  return () => (channel) => new Broken(channel);
}
