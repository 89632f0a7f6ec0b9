import { ANSWER_BYTES_KEPT, ATTEMPTS_KEPT, type Attempt, type Progress } from '../events/verdict.ts';

/** What a channel must be able to keep of a delivery, as JSON. */
export const PROGRESS_BYTES_MAX = 2048;

// What goes around the attempts in JSON, and a reason.
const FRAME_BYTES = 256;
const REASON_CHARS_MAX = 100;

/** Where a delivery stands that has not been tried yet. */
export const UNTRIED: Progress = { stage: 'subscriber', attempts: 0, history: [] };

/**
 * The attempts that are kept after one more: the last 20, with the answer bytes of one, within 2 KiB of JSON; a long answer pushes out the oldest attempts first. The answer kept
 * is the subscriber's last, as the dead letter sink is told what it said: attempts on the sink neither replace it nor push it out. Pure.
 */
export function remembered(history: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  const answered = attempt.stage === 'subscriber' ? undefined : lastOfSubscriber(history);
  const kept: Attempt[] = history.map((old) => (old === answered ? old : withoutAnswer(old)));
  kept.push(attempt.stage === 'subscriber' ? attempt : withoutAnswer(attempt));
  let bytes = FRAME_BYTES + kept.reduce((sum, one) => sum + jsonBytes(one), 0);
  while (kept.length > ATTEMPTS_KEPT || (bytes > PROGRESS_BYTES_MAX && kept.length > 1)) {
    const [gone] = kept.splice(kept[0] === answered ? 1 : 0, 1);
    if (gone) bytes -= jsonBytes(gone);
  }
  return kept;
}

/** The last attempt on the subscriber: what a dead letter is told about. */
export function lastOfSubscriber(history: readonly Attempt[]): Attempt | undefined {
  return history.findLast((attempt) => attempt.stage === 'subscriber');
}

/** Why a delivery is where it is, short enough to be kept. */
export function kept(reason: string): string {
  return reason.slice(0, REASON_CHARS_MAX);
}

/** The first bytes of an answer, as an attempt carries them; undefined if there are none. */
export function answerKept(body: Uint8Array): string | undefined {
  return body.byteLength === 0 ? undefined : Buffer.from(body.subarray(0, ANSWER_BYTES_KEPT)).toString('base64');
}

function withoutAnswer(attempt: Attempt): Attempt {
  if (attempt.answer === undefined) return attempt;
  const { answer: _, ...rest } = attempt;
  return rest;
}

function jsonBytes(attempt: Attempt): number {
  return Buffer.byteLength(JSON.stringify(attempt)) + 1;
}
