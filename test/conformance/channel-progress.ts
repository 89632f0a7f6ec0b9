import type { Attempt, Progress, Stage, Verdict } from '../../events/verdict.ts';

/** Progress with as many failed attempts in its history, of every shape an attempt has. */
export function progressed(attempts: number, stage: Stage = 'subscriber'): Progress {
  const history = Array.from({ length: Math.min(attempts, 20) }, (_, i): Attempt => {
    const made = { stage, atMs: 1_767_225_600_000 + i, tookMs: i };
    return i % 2 === 0 ? { ...made, status: 503 } : { ...made, error: 'ECONNREFUSED "\u00e9"' };
  });
  const last = history.at(-1);
  const kept = last ? [...history.slice(0, -1), { ...last, answer: 'bm90IG5vdw==' }] : history;
  return { stage, attempts, history: kept, reason: `answered 503 ${attempts} times` };
}

/** Again after `delayMs`, one attempt having failed unless `progress` says more. */
export function wait(delayMs: number, progress: Progress = progressed(1)): Verdict {
  return { kind: 'wait', delayMs, progress };
}

/** It can be delivered nowhere. */
export function bury(attempts = 1): Verdict {
  return { kind: 'dead-letter', progress: progressed(attempts) };
}
