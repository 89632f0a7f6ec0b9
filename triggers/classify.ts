import type { Answer } from './http.ts';
import type { Outcome } from './outcome.ts';
import { DELIVERED, replyOutcome } from './reply.ts';
import { retryAfterMs } from './retry-after.ts';

/** Client errors that may pass: the subscriber is not there yet, slow, in conflict, too early, or busy. */
const RETRYABLE: ReadonlySet<number> = new Set([404, 408, 409, 425, 429]);

/**
 * What an answer means for a delivery. Retryable: network errors, timeouts, 404, 408, 409, 425, 429, 500 and above. Rejected at once: every other 4xx, 3xx (redirects are never
 * followed), 1xx. `replies`: whether an event in the answer is a reply, or nobody's concern. Pure; `nowMs` only counts for a `Retry-After` that is a date. [Knative data plane, status codes; retry codes]
 */
export function classify(
  answer: Exclude<Answer, { kind: 'aborted' }>,
  about: { readonly nowMs: number; readonly replies: boolean },
): Outcome {
  if (answer.kind === 'error') return { kind: 'retryable', reason: answer.error };
  const { status } = answer;
  if (status >= 200 && status < 300) return about.replies ? replyOutcome(answer) : DELIVERED;
  const reason = String(status);
  if (status < 500 && !RETRYABLE.has(status)) return { kind: 'rejected', reason };
  const waitMs = retryAfterMs(status, header(answer.headers, 'retry-after'), about.nowMs);
  return waitMs === undefined ? { kind: 'retryable', reason } : { kind: 'retryable', reason, retryAfterMs: waitMs };
}

function header(flat: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < flat.length; i += 2) if (flat[i]?.toLowerCase() === name) return flat[i + 1];
  return undefined;
}
