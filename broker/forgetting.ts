import { pause, type Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';

/** How many are under way at once: others wait, as a sender that never answers takes half a minute. */
const AT_ONCE = 64;
/** How long a shutdown waits for what is under way before it ends it. */
const CLOSE_MS = 3000;

/** What concerns sources and must not hold up a reload: beside everything else, one at a time for each key, in order. One owner of all that runs. */
export class Forgetting {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #last = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #ended = new AbortController();
  #running = 0;

  constructor(ports: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  /** Whether something of that key is under way. */
  has(key: string): boolean {
    return this.#last.has(key);
  }

  /** Runs it once what was added for that key before is over. Its `signal` ends it when the process must; what it rejects with is logged. */
  add(key: string, run: (signal: AbortSignal) => Promise<void> | void): void {
    const before = this.#last.get(key) ?? Promise.resolve();
    const now = before
      .then(() => this.#run(key, run))
      .finally(() => {
        if (this.#last.get(key) === now) this.#last.delete(key);
      });
    this.#last.set(key, now);
  }

  /** Waits for what is under way, a while, then ends it. */
  async close(): Promise<void> {
    const over = new AbortController();
    const done = Promise.all(this.#last.values()).then(() => over.abort());
    await pause(this.#clock, CLOSE_MS, over.signal);
    this.#ended.abort();
    await done;
  }

  async #run(key: string, run: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
    while (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      await run(this.#ended.signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log.error('source.not-forgotten', { source: key, error: message });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
