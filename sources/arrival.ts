import { nextTurn } from '../events/clock.ts';

/** Lets one loop wait for what others bring: `wait` resolves once something came and what came with it too, or when `signal` is aborted. One waits at a time, and looks at its queue before it waits. */
export class Arrival {
  readonly #signal: AbortSignal;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Something came. */
  came(): void {
    this.#wake();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = (): void => undefined;
        this.#signal.removeEventListener('abort', done);
        nextTurn(resolve);
      };
      this.#wake = done;
      this.#signal.addEventListener('abort', done, { once: true });
      if (this.#signal.aborted) done();
    });
  }
}
