/** Counts changes, and lets any number of readers wait for the next one they have not seen. */
export class Versions {
  #current = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  get current(): number {
    return this.#current;
  }

  /** One more change. */
  next(): void {
    this.#current++;
    this.#wake();
  }

  /** There will be no more. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The current version once it is beyond `seen`; undefined when `signal` is aborted or there will be no more. */
  async after(seen: number, signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted && !this.#ended) {
      if (this.#current > seen) return this.#current;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return undefined;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
