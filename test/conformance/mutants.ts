import type { Alter } from './channel-memory-world.ts';
import { deliveryMutants } from './mutants-delivery.ts';
import { durabilityMutants } from './mutants-durability.ts';
import { storageMutants } from './mutants-storage.ts';

/** A channel broken in one way, and the case that must say so. */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string;
  readonly caughtBy: string;
  /** Breaks one that outlives its process; otherwise a plain memory channel. */
  readonly lasting?: boolean;
  /** Makes one that breaks all channels of one world, restarts included. */
  readonly make: () => Alter;
}

/** Every way of being broken that the suite is known to notice. */
export const channelMutants: readonly Mutant[] = [...deliveryMutants, ...storageMutants, ...durabilityMutants];
