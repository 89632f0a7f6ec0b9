import { z } from 'zod';

/** Unknown is neither: it is not known yet. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** One thing that is or is not so. An absent severity is Error: it counts for Ready. [Knative error signalling, C58 to C61] */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly severity?: 'Warning' | 'Info';
  /** CamelCase; there is one when status is False. */
  readonly reason?: string;
  /** One line for people. */
  readonly message?: string;
  /** RFC 3339: when `status` last became what it is. */
  readonly lastTransitionTime?: string;
}

/** An address of an object. [Knative Addressable] */
export interface Address {
  readonly name?: string;
  readonly url: string;
  readonly CACerts?: string;
  readonly audience?: string;
}

/** What every status has; the other fields are the kind's own (`address`, `subscriberUri`, `sinkUri`). */
export interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The condition that sums the others up. */
export const READY = 'Ready';

const condition: z.ZodType<Condition> = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  severity: z.enum(['Warning', 'Info']).exactOptional(),
  reason: z.string().exactOptional(),
  message: z.string().exactOptional(),
  lastTransitionTime: z.string().exactOptional(),
});

/** A status as a store keeps it: tolerant of fields that are not ours. */
export const status: z.ZodType<Status> = z.looseObject({
  observedGeneration: z.int().exactOptional(),
  conditions: z.array(condition).exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
});

/** The condition of that type, if there is one. */
export function conditionOf(status: Status | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}
