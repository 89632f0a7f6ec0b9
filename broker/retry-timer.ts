import type { Clock } from '../events/clock.ts';

const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;

/** When what could not be done is tried again: after a second, then after twice as long each time, at most half a minute. One wait at a time. */
export class RetryTimer {
  readonly #clock: Clock;
  readonly #again: () => void;
  #failures = 0;
  #stop: () => void = () => undefined;

  constructor(clock: Clock, again: () => void) {
    this.#clock = clock;
    this.#again = again;
  }

  /** It was done: nothing is waited for, and the next failure is the first. */
  done(): void {
    this.cancel();
    this.#failures = 0;
  }

  /** It failed: `again` is called later, once. */
  failed(): void {
    this.cancel();
    this.#failures += 1;
    this.#stop = this.#clock.after(Math.min(RETRY_MS * 2 ** (this.#failures - 1), RETRY_MS_MAX), this.#again);
  }

  /** Nothing is tried again until it fails again. */
  cancel(): void {
    this.#stop();
  }
}
