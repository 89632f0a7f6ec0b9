import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff, BACKOFF_MAX_MS } from '../../triggers/backoff.ts';
import type { BackoffPolicy } from '../../triggers/policy.ts';

const still = (): number => 0;
const policies: fc.Arbitrary<BackoffPolicy> = fc.record({
  backoff: fc.constantFrom('exponential', 'linear'),
  delayMs: fc.oneof(fc.nat(10_000), fc.constantFrom(0, 1, 86_400_000, Number.MAX_SAFE_INTEGER)),
});
const retries = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(63, 64, 1000, 2 ** 31 - 1));

test.each([
  ['exponential', [200, 400, 800, 1600]],
  ['linear', [200, 400, 600, 800]],
] as const)('%s: the first retry waits the delay itself', (policy, waits) => {
  expect([1, 2, 3, 4].map((n) => backoff({ backoff: policy, delayMs: 200 }, n, still))).toEqual(waits);
});

test('jitter adds up to a tenth', () => {
  expect(backoff({ backoff: 'linear', delayMs: 1000 }, 1, () => 0.5)).toBe(1050);
  expect(backoff({ backoff: 'linear', delayMs: 1000 }, 1, () => 0.999_999)).toBe(1100);
});

test('it never shrinks from one retry to the next', () => {
  fc.assert(fc.property(policies, retries, (policy, n) => backoff(policy, n + 1, still) >= backoff(policy, n, still)));
});

test('it is a whole number of ms, at most an hour and jitter', () => {
  fc.assert(
    fc.property(
      policies,
      retries,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (policy, n, random) => {
        const wait = backoff(policy, n, () => random);
        return Number.isSafeInteger(wait) && wait >= 0 && wait <= BACKOFF_MAX_MS * 1.1;
      },
    ),
  );
});
