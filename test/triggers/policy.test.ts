import { expect, test } from 'vitest';
import { effectivePolicy } from '../../triggers/policy.ts';

const DEFAULTS = {
  retry: 10,
  timeoutMs: 30_000,
  backoff: 'exponential',
  delayMs: 200,
  retryAfterMaxMs: 3_600_000,
  format: 'binary',
};

test('no delivery anywhere: 10 retries, exponential from 200 ms, 30 s', () => {
  expect(effectivePolicy()).toEqual(DEFAULTS);
});

test("the broker's delivery counts where the trigger has none", () => {
  expect(effectivePolicy(undefined, { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT1S' })).toEqual({
    ...DEFAULTS,
    retry: 3,
    backoff: 'linear',
    delayMs: 1000,
  });
});

test("the trigger's delivery wholly replaces the broker's [Knative Trigger spec.delivery]", () => {
  expect(
    effectivePolicy({ timeout: 'PT5S' }, { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT1S', format: 'json' }),
  ).toEqual({ ...DEFAULTS, retry: 0, timeoutMs: 5000 });
});

test('a delivery without retry means no retries, even an empty one', () => {
  expect(effectivePolicy({}).retry).toBe(0);
  expect(effectivePolicy(undefined, { deadLetterSink: { uri: 'http://dead.example/' } }).retry).toBe(0);
});

test('retryAfterMax PT0S turns Retry-After off; a delay may be PT0S', () => {
  expect(effectivePolicy({ retryAfterMax: 'PT0S', backoffDelay: 'PT0S' })).toMatchObject({
    retryAfterMaxMs: 0,
    delayMs: 0,
  });
});

test('calendar durations are understood', () => {
  expect(effectivePolicy({ timeout: 'PT0.2S', backoffDelay: 'P1D' })).toMatchObject({
    timeoutMs: 200,
    delayMs: 86_400_000,
  });
});
