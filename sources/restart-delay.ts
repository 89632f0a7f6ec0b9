import type { Random } from '../events/random.ts';

const FIRST_MS = 1000;
const LARGEST_MS = 5 * 60_000;

/** Wait before try n (1 = the first that follows a failure), in ms: 1 s, doubled each time, capped at 5 min, jittered by 0..+10 %. Pure. */
export function restartDelay(n: number, random: Random): number {
  return Math.round(Math.min(FIRST_MS * 2 ** Math.min(n - 1, 30), LARGEST_MS) * (1 + random() / 10));
}
