import type { Clock } from '../../events/clock.ts';

/** What a broker has in the state file, measured at most every `everyMs`: adding it up for each append would cost more than the append. */
export class Usage {
  readonly #x: { readonly clock: Clock; readonly everyMs: number; readonly measure: () => Promise<number> };
  #bytes = 0;
  #atMs = -Infinity;
  #measuring = false;

  constructor(x: { readonly clock: Clock; readonly everyMs: number; readonly measure: () => Promise<number> }) {
    this.#x = x;
  }

  /** Bytes when it was last measured. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Measures now. */
  async refresh(): Promise<void> {
    this.#measuring = true;
    this.#atMs = this.#x.clock.now();
    try {
      this.#bytes = await this.#x.measure();
    } finally {
      this.#measuring = false;
    }
  }

  /** Measures if the last time is long ago; the answer comes later. */
  refreshSometimes(): void {
    const now = this.#x.clock.now();
    if (this.#measuring || (now >= this.#atMs && now - this.#atMs < this.#x.everyMs)) return;
    // What cannot be measured is as it was; a state file that fails says so itself.
    this.refresh().catch(() => undefined);
  }
}
