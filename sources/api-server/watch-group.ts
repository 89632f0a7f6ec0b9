/** Things that run side by side until one of them fails or `signal` is aborted. Disposal stops all and waits for them. */
export class WatchGroup implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  readonly #end = Promise.withResolvers<void>();

  constructor(signal: AbortSignal) {
    const end = (): void => this.#end.resolve();
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true, signal: this.#over.signal });
    // Who waits is told by `ended`; that nobody does so yet is no accident.
    this.#end.promise.catch(() => undefined);
  }

  /** Resolves when the signal is aborted, rejects with the first failure. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** How many run, or have ended and were not stopped. */
  get size(): number {
    return this.#running.size;
  }

  /** Runs something under a name that does not run yet. */
  start(name: string, run: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running.has(name) || this.#over.signal.aborted) return;
    const stop = new AbortController();
    const done = run(AbortSignal.any([stop.signal, this.#over.signal])).catch((error: unknown) => {
      if (!stop.signal.aborted && !this.#over.signal.aborted) this.#end.reject(error);
    });
    this.#running.set(name, { stop, done });
  }

  /** Stops one; resolves when it has ended. */
  async stop(name: string): Promise<void> {
    const one = this.#running.get(name);
    this.#running.delete(name);
    one?.stop.abort();
    await one?.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }
}
