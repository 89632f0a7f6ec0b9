import type { Random } from '../events/random.ts';
import type { BackoffPolicy } from './policy.ts';

/** No wait grows beyond this, before jitter. */
export const BACKOFF_MAX_MS = 3_600_000;

const JITTER = 0.1;
// 2^62 times the least delay is beyond the cap; further exponents would only reach Infinity.
const DOUBLINGS_MAX = 62;

/**
 * The wait before retry `n` (1 = the first), in whole ms: exponential = delay * 2^(n-1), linear = delay * n, at most an hour; then 0 to 10 % more by `random`, so that many
 * deliveries that failed together, capped ones too, do not come back together. Pure. [Knative DeliverySpec.backoffPolicy]
 */
export function backoff(policy: BackoffPolicy, n: number, random: Random): number {
  const factor = policy.backoff === 'linear' ? n : 2 ** Math.min(n - 1, DOUBLINGS_MAX);
  return Math.round(Math.min(policy.delayMs * factor, BACKOFF_MAX_MS) * (1 + JITTER * random()));
}
