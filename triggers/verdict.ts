import type { Random } from '../events/random.ts';
import type { Attempt, Progress, Verdict } from '../events/verdict.ts';
import { backoff } from './backoff.ts';
import type { Failure } from './outcome.ts';
import type { DeliveryPolicy } from './policy.ts';
import { kept, remembered } from './progress.ts';

/** What a verdict depends on beside the outcome. */
export interface Standing {
  readonly policy: DeliveryPolicy;
  /** Before the attempt. */
  readonly progress: Progress;
  /** The attempt that failed. */
  readonly attempt: Attempt;
  /** Whether the trigger has a dead letter sink. */
  readonly sink: boolean;
  readonly random: Random;
}

/**
 * What becomes of a delivery after an attempt that failed; one that delivered is done. Pure but for `random`.
 *
 *   subscriber --retryable, retries left--> wait (the longer of backoff and Retry-After)
 *   subscriber --rejected, or no retries left--> dead-letter-sink, at once, attempts counted anew; without a sink: dead-letter
 *   dead-letter-sink: the same with the same policy, and then dead-letter
 */
export function verdict(outcome: Failure, standing: Standing): Verdict {
  const { policy, progress, attempt, sink, random } = standing;
  const attempts = progress.attempts + 1;
  const history = remembered(progress.history, attempt);
  const stay =
    progress.reason === undefined
      ? { stage: progress.stage, attempts, history }
      : { stage: progress.stage, attempts, history, reason: progress.reason };
  if (outcome.kind === 'retryable' && attempts <= policy.retry) {
    const waitMs = Math.min(outcome.retryAfterMs ?? 0, policy.retryAfterMaxMs);
    return { kind: 'wait', delayMs: Math.max(backoff(policy, attempts, random), waitMs), progress: stay };
  }
  const gaveUp = kept(
    outcome.kind === 'rejected' ? `rejected: ${outcome.reason}` : `retries exhausted: ${outcome.reason}`,
  );
  if (progress.stage === 'subscriber' && sink) {
    return { kind: 'wait', delayMs: 0, progress: { stage: 'dead-letter-sink', attempts: 0, history, reason: gaveUp } };
  }
  const reason =
    progress.stage === 'subscriber' ? gaveUp : kept(`${progress.reason ?? 'given up'}; dead letter sink ${gaveUp}`);
  return { kind: 'dead-letter', progress: { stage: progress.stage, attempts, history, reason } };
}
