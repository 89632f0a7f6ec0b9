import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attempt, Progress, Verdict } from '../../events/verdict.ts';
import type { Failure } from '../../triggers/outcome.ts';
import { effectivePolicy } from '../../triggers/policy.ts';
import { PROGRESS_BYTES_MAX, UNTRIED } from '../../triggers/progress.ts';
import { verdict, type Standing } from '../../triggers/verdict.ts';

const policy = effectivePolicy({ retry: 2 });
const attempt: Attempt = { stage: 'subscriber', atMs: 1, tookMs: 2, status: 503 };
const busy: Failure = { kind: 'retryable', reason: '503' };
const rejected: Failure = { kind: 'rejected', reason: '422' };

function judged(outcome: Failure, standing: Partial<Standing> = {}): Verdict {
  return verdict(outcome, { policy, progress: UNTRIED, attempt, sink: false, random: () => 0, ...standing });
}

describe('at the subscriber', () => {
  test('a retryable failure waits the backoff and counts the attempt', () => {
    expect(judged(busy)).toEqual({
      kind: 'wait',
      delayMs: 200,
      progress: { stage: 'subscriber', attempts: 1, history: [attempt] },
    });
  });

  test('retries exclude the first attempt', () => {
    const kinds = [0, 1, 2].map((attempts) => judged(busy, { progress: { ...UNTRIED, attempts } }).kind);
    expect(kinds).toEqual(['wait', 'wait', 'dead-letter']);
  });

  test('exhausted without a sink: dead letter, with why', () => {
    expect(judged(busy, { progress: { ...UNTRIED, attempts: 2 } })).toMatchObject({
      kind: 'dead-letter',
      progress: { attempts: 3, reason: 'retries exhausted: 503' },
    });
  });

  test('exhausted with a sink: handed on at once, attempts counted anew', () => {
    const handed = judged(busy, { progress: { ...UNTRIED, attempts: 2 }, sink: true });
    expect(handed).toEqual({
      kind: 'wait',
      delayMs: 0,
      progress: { stage: 'dead-letter-sink', attempts: 0, history: [attempt], reason: 'retries exhausted: 503' },
    });
  });

  test('rejected: no retry is spent', () => {
    expect(judged(rejected)).toMatchObject({ kind: 'dead-letter', progress: { attempts: 1, reason: 'rejected: 422' } });
    expect(judged(rejected, { sink: true })).toMatchObject({
      kind: 'wait',
      delayMs: 0,
      progress: { stage: 'dead-letter-sink' },
    });
  });
});

describe('at the dead letter sink', () => {
  const progress: Progress = { stage: 'dead-letter-sink', attempts: 0, history: [attempt], reason: 'rejected: 422' };
  const failed: Attempt = { stage: 'dead-letter-sink', atMs: 5, tookMs: 1, error: 'ECONNREFUSED' };

  test('the same policy counts again, and the first reason stays', () => {
    expect(judged(busy, { progress, attempt: failed, sink: true })).toMatchObject({
      kind: 'wait',
      delayMs: 200,
      progress: { stage: 'dead-letter-sink', attempts: 1, reason: 'rejected: 422', history: [attempt, failed] },
    });
  });

  test('exhausted or rejected there: dead letter, with both reasons', () => {
    expect(judged(busy, { progress: { ...progress, attempts: 2 }, attempt: failed, sink: true })).toMatchObject({
      kind: 'dead-letter',
      progress: { reason: 'rejected: 422; dead letter sink retries exhausted: 503' },
    });
    expect(judged(rejected, { progress, attempt: failed, sink: true }).kind).toBe('dead-letter');
  });
});

describe('Retry-After', () => {
  test('the longer of it and the backoff counts', () => {
    expect(judged({ ...busy, retryAfterMs: 5000 })).toMatchObject({ delayMs: 5000 });
    expect(judged({ ...busy, retryAfterMs: 50 })).toMatchObject({ delayMs: 200 });
  });

  test('it counts up to retryAfterMax, and not at all with PT0S', () => {
    const capped = (retryAfterMax: string): Verdict =>
      judged({ ...busy, retryAfterMs: 9000 }, { policy: effectivePolicy({ retry: 1, retryAfterMax }) });
    expect(capped('PT3S')).toMatchObject({ delayMs: 3000 });
    expect(capped('PT0S')).toMatchObject({ delayMs: 200 });
  });
});

const answers = fc.option(
  fc.integer({ min: 1, max: 1024 }).map((bytes) => Buffer.alloc(bytes, 1).toString('base64')),
  { nil: undefined },
);
const failures = fc.record({
  answer: answers,
  status: fc.integer({ min: 100, max: 599 }),
  error: fc.option(fc.string({ maxLength: 40, unit: fc.constantFrom('E', '_', '-') })),
  rejected: fc.boolean(),
});

function live(
  steps: readonly { answer: string | undefined; status: number; error: string | null; rejected: boolean }[],
  retry: number,
): Progress[] {
  const seen: Progress[] = [];
  let progress: Progress = UNTRIED;
  for (const [i, step] of steps.entries()) {
    const about =
      step.error === null
        ? { status: step.status, ...(step.answer !== undefined && { answer: step.answer }) }
        : { error: step.error };
    const made: Attempt = { stage: progress.stage, atMs: 1_767_225_600_000 + i, tookMs: 30_000, ...about };
    const outcome: Failure = step.rejected
      ? { kind: 'rejected', reason: `${step.status}` }
      : { kind: 'retryable', reason: step.error ?? `${step.status}` };
    const result = judged(outcome, { progress, attempt: made, policy: effectivePolicy({ retry }), sink: true });
    if (result.kind !== 'wait' && result.kind !== 'dead-letter')
      throw new Error('a failed attempt is neither done nor released');
    progress = result.progress;
    seen.push(progress);
    if (result.kind === 'dead-letter') break;
  }
  return seen;
}

describe('progress, whatever happens', () => {
  const lives = fc.tuple(fc.array(failures, { minLength: 1, maxLength: 60 }), fc.integer({ min: 0, max: 40 }));

  test('stays within 2 KiB of JSON, 20 attempts and one answer', () => {
    fc.assert(
      fc.property(lives, ([steps, retry]) => {
        for (const progress of live(steps, retry)) {
          expect(Buffer.byteLength(JSON.stringify(progress))).toBeLessThanOrEqual(PROGRESS_BYTES_MAX);
          expect(progress.history.length).toBeLessThanOrEqual(20);
          expect(progress.history.filter((one) => one.answer !== undefined).length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('always ends with the attempt just made, oldest first', () => {
    fc.assert(
      fc.property(lives, ([steps, retry]) => {
        for (const [i, { history }] of live(steps, retry).entries()) {
          expect(history.at(-1)?.atMs).toBe(1_767_225_600_000 + i);
          expect(history.map((one) => one.atMs)).toEqual(history.map((one) => one.atMs).toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test("keeps the subscriber's last attempt, with its answer, however often the sink fails", () => {
    const said = Buffer.alloc(1024, 7).toString('base64');
    const steps = [
      { answer: said, status: 400, error: null, rejected: true },
      ...Array.from({ length: 40 }, () => ({ answer: said, status: 500, error: null, rejected: false })),
    ];
    const last = live(steps, 50).at(-1);
    expect(last?.history[0]).toMatchObject({ stage: 'subscriber', status: 400, answer: said });
    expect(last?.history.slice(1).every((one) => one.stage === 'dead-letter-sink' && one.answer === undefined)).toBe(
      true,
    );
  });

  test('keeps 20 attempts when the answers are short', () => {
    const steps = Array.from({ length: 30 }, () => ({
      answer: Buffer.from('busy, sorry').toString('base64'),
      status: 503,
      error: null,
      rejected: false,
    }));
    expect(live(steps, 40).at(-1)?.history).toHaveLength(20);
  });
});
