import type { Clock } from '../../events/clock.ts';

/** How long changes are gathered before they are written, ms. */
export const GATHER_MS = 200;

/** Writes what changes often: one write at a time, the changes of a while in one. Disposal writes what is left. */
export class Writing implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #write: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #problem: unknown;

  constructor(clock: Clock, write: () => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Why the last write failed; undefined: it did not. What it was to write is in the next one. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Resolves when what there is now was written, or could not be: then `problem` says why. */
  now(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#queued ??= this.#running = this.#running.then(() => this.#run());
    return this.#queued;
  }

  /** Has it written within `GATHER_MS`. */
  soon(): void {
    this.#cancel ??= this.#clock.after(GATHER_MS, () => void this.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#cancel) await this.now();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#queued = undefined;
    try {
      await this.#write();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error;
    }
  }
}
