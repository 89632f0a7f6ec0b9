import { RefusedError } from '../events/errors.ts';
import { decodeHttp, type Decoded } from '../events/http/decode.ts';
import type { Outcome } from './outcome.ts';

/** What most subscribers answer: nothing. One value for all of them. */
export const DELIVERED: Outcome = { kind: 'delivered' };
const NOT_AN_EVENT: Outcome = { kind: 'delivered', answered: 'not-an-event' };
const EVENT_IN_202: Outcome = { kind: 'delivered', answered: 'event-in-202' };
const TOO_LARGE: Outcome = { kind: 'retryable', reason: 'reply: event-too-large' };
const A_BATCH: Outcome = { kind: 'retryable', reason: 'reply: batch' };

/** A 2xx answer, as the HTTP client gives it: headers only if they announce an event. */
export interface Success {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  readonly bodyBytes: number;
  readonly tooLarge: boolean;
}

/**
 * What a 2xx means. With a CloudEvent it is delivered with a reply, but a 202 never carries one [D12]; without, delivered. A reply that is malformed, larger than 1 MiB, or a
 * batch (a reply is one event, and nobody asked for a batch) is a failed attempt, to be tried again. Pure. [Knative data plane, replies]
 */
export function replyOutcome(answer: Success): Outcome {
  if (answer.headers.length === 0) return answer.bodyBytes === 0 ? DELIVERED : NOT_AN_EVENT;
  if (answer.status === 202) return EVENT_IN_202;
  if (answer.tooLarge) return TOO_LARGE;
  const decoded = decode(answer);
  if (decoded instanceof RefusedError) return { kind: 'retryable', reason: `reply: ${decoded.code}` };
  switch (decoded.kind) {
    case 'event':
      return { kind: 'delivered', reply: decoded.event };
    case 'batch':
      return A_BATCH;
    case 'not-an-event':
      return NOT_AN_EVENT;
    default:
      return decoded satisfies never;
  }
}

function decode(answer: Success): Decoded | RefusedError {
  try {
    return decodeHttp({ rawHeaders: answer.headers, body: answer.body });
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
}
