import type { Mutant } from './mutants.ts';
import { deadLetterMutants } from './mutants-dead-letters.ts';
import { deliveryMutants } from './mutants-delivery.ts';
import { durabilityMutants } from './mutants-durability.ts';
import { storageMutants } from './mutants-storage.ts';

/** Every way of being broken that the suite is known to notice. */
export const channelMutants: readonly Mutant[] = [
  ...deliveryMutants,
  ...storageMutants,
  ...deadLetterMutants,
  ...durabilityMutants,
];
