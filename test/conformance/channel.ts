import { describe, test } from 'vitest';
import { appendCases } from './channel-append.ts';
import { runCase, type ChannelCase } from './channel-case.ts';
import { consumeCases } from './channel-consume.ts';
import { deadLetterCases } from './channel-dead-letters.ts';
import { declareCases } from './channel-declare.ts';
import { fidelityCases } from './channel-fidelity.ts';
import { limitCases } from './channel-limits.ts';
import { orderCases } from './channel-order.ts';
import { timeCases } from './channel-time.ts';
import type { ChannelFactory } from './channel-world.ts';

/** What every channel must do; the names are the specification. */
export const channelCases: readonly ChannelCase[] = [
  ...appendCases,
  ...fidelityCases,
  ...declareCases,
  ...consumeCases,
  ...timeCases,
  ...orderCases,
  ...deadLetterCases,
  ...limitCases,
];

/** Runs every case, or those given, on channels of one kind, each on a store of its own. What the kind must supply is said in channel-world.ts. */
export function channelSuite(
  kind: string,
  factory: ChannelFactory,
  cases: readonly ChannelCase[] = channelCases,
): void {
  describe(`channel ${kind}`, () => {
    // Enough for a disk that is slow to sync; a case that fails gives up by itself.
    test.for(cases)('$name', { timeout: 180_000 }, async (one, { skip }) => {
      const why = await runCase(one, factory);
      if (why !== undefined) skip(why);
    });
  });
}
