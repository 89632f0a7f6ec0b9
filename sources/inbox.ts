/** A batch is cut where it passes this many bytes: what is emitted is held in memory once more. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** What a server delivered and nobody took yet, in order. Bounded by whoever lets the server deliver. */
export class Inbox<T> {
  readonly #bytesOf: (item: T) => number;
  #waiting: T[] = [];
  #arrived: (() => void) | undefined;

  constructor(bytesOf: (item: T) => number) {
    this.#bytesOf = bytesOf;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(item: T): void {
    this.#waiting.push(item);
    this.#arrived?.();
  }

  /** All that is there, as soon as there is something; nothing once `over` is aborted. Asked once at a time. */
  async take(over: AbortSignal): Promise<readonly T[]> {
    if (this.#waiting.length === 0 && !over.aborted)
      await new Promise<void>((resolve) => {
        const end = (): void => {
          over.removeEventListener('abort', end);
          this.#arrived = undefined;
          resolve();
        };
        this.#arrived = end;
        over.addEventListener('abort', end, { once: true });
      });
    return over.aborted ? [] : this.#cut();
  }

  #cut(): readonly T[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((item) => (bytes += this.#bytesOf(item)) > BATCH_BYTES_MAX);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }
}
