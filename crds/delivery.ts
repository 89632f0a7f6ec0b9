import { z } from 'zod';
import { destination, type Destination } from './destination.ts';
import { duration, positiveDuration } from './durations.ts';

/** The largest number of retries: an int32. */
export const RETRY_MAX: number = 2 ** 31 - 1;

/** How delivery is tried, as it is written; what counts in the end is `effectivePolicy`. [Knative DeliverySpec] */
export interface DeliverySpec {
  readonly deadLetterSink?: Destination;
  /** Tries after the first. */
  readonly retry?: number;
  /** Of one attempt; ISO 8601, more than 0. */
  readonly timeout?: string;
  readonly backoffPolicy?: 'linear' | 'exponential';
  /** ISO 8601. */
  readonly backoffDelay?: string;
  /** The longest `Retry-After` that is honoured; ISO 8601; `PT0S`: none is. */
  readonly retryAfterMax?: string;
  /** Content mode towards the subscriber: `json` is structured, `binary` is binary. */
  readonly format?: 'json' | 'binary';
}

/** A DeliverySpec, checked. */
export const deliverySpec: z.ZodType<DeliverySpec> = z.strictObject({
  deadLetterSink: destination.exactOptional(),
  retry: z.int().min(0).max(RETRY_MAX).exactOptional(),
  timeout: positiveDuration.exactOptional(),
  backoffPolicy: z.enum(['linear', 'exponential']).exactOptional(),
  backoffDelay: duration.exactOptional(),
  retryAfterMax: duration.exactOptional(),
  format: z.enum(['json', 'binary']).exactOptional(),
});
