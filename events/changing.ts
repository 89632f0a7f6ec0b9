/** A value that changes, and those who follow it: each sees the newest value, then again after each change, never an old one after a newer. */
export class Changing<T> {
  #value: T;
  #version = 0;
  readonly #waiting = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Followers that wait have it before whoever set it goes on. */
  set(value: T): void {
    this.#value = value;
    this.#version += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Ends with `signal`. Not a generator: those answer some turns later, when the value may be an older one than others act upon already. */
  follow(signal: AbortSignal): AsyncIterableIterator<T> {
    let seen = -1;
    const next = (): IteratorResult<T> | undefined => {
      if (signal.aborted) return { done: true, value: undefined };
      if (seen === this.#version) return undefined;
      seen = this.#version;
      return { done: false, value: this.#value };
    };
    return {
      next: () => {
        const now = next();
        return now ? Promise.resolve(now) : this.#changed(signal, next);
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #changed(signal: AbortSignal, next: () => IteratorResult<T> | undefined): Promise<IteratorResult<T>> {
    return new Promise((resolve) => {
      const wake = (): void => {
        const result = next();
        if (!result) return;
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve(result);
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
