/** Time comes in by argument, so that a test or a simulation owns the hour. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Runs `run` once, not before `delayMs` have passed; the returned function takes it back. */
  after(delayMs: number, run: () => void): () => void;
}

/** The process's own clock: the one home of `Date.now` and of timers. Delays beyond 24 days are waited for in pieces. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const step = Math.min(Math.max(delayMs, 0), 2 ** 31 - 1);
    const left = delayMs - step;
    let cancel: () => void;
    const timer = setTimeout(() => {
      if (left > 0) cancel = systemClock.after(left, run);
      else run();
    }, step);
    cancel = (): void => clearTimeout(timer);
    return () => cancel();
  },
};

/** Resolves after `delayMs`, or at once when `signal` is aborted; never rejects. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Runs `run` in the next turn of the event loop, once what this turn's I/O brought has been taken in: what belongs together gathers meanwhile. The one home of `setImmediate`. */
export function nextTurn(run: () => void): void {
  setImmediate(run);
}
