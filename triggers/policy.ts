import type { DeliverySpec } from '../crds/delivery.ts';
import { durationMs } from '../events/duration.ts';

/** How one trigger's deliveries are tried: what `status` and explain show as the effective policy. */
export interface DeliveryPolicy extends BackoffPolicy {
  /** Retries after the first attempt, per stage. */
  readonly retry: number;
  /** From connecting to the last byte of the answer, per attempt. */
  readonly timeoutMs: number;
  /** The longest `Retry-After` that is obeyed; 0 = the header is ignored. */
  readonly retryAfterMaxMs: number;
  /** The content mode: `json` = structured, `binary` = binary. */
  readonly format: 'binary' | 'json';
}

/** How waits grow from retry to retry. */
export interface BackoffPolicy {
  readonly backoff: 'exponential' | 'linear';
  readonly delayMs: number;
}

const HOUR_MS = 3_600_000;
const RETRY_WITHOUT_SPEC = 10;
const TIMEOUT_MS = 30_000;
const DELAY_MS = 200;

/**
 * What counts for a trigger: its own `delivery` wholly replaces the broker's, so one without `retry` means no retries; without any, 10 retries. Fields left out: exponential from
 * 200 ms, timeout 30 s, `Retry-After` obeyed up to an hour, binary. The dead letter sink is resolved elsewhere. Durations that cannot be read count as left out: the schema refused
 * them before. [Knative Trigger spec.delivery]
 */
export function effectivePolicy(trigger?: DeliverySpec, broker?: DeliverySpec): DeliveryPolicy {
  const spec = trigger ?? broker;
  return {
    retry: spec ? (spec.retry ?? 0) : RETRY_WITHOUT_SPEC,
    timeoutMs: milliseconds(spec?.timeout) || TIMEOUT_MS,
    backoff: spec?.backoffPolicy ?? 'exponential',
    delayMs: milliseconds(spec?.backoffDelay) ?? DELAY_MS,
    retryAfterMaxMs: milliseconds(spec?.retryAfterMax) ?? HOUR_MS,
    format: spec?.format ?? 'binary',
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}
