/** What one trigger holds and waits for. Small: there is one per trigger. */
export interface Share {
  held: number;
  /** Deliveries that wait for their turn; each is called once, `false` when the process gives up. */
  readonly waiting: ((granted: boolean) => void)[];
}

/** A share that holds nothing. */
export function newShare(): Share {
  return { held: 0, waiting: [] };
}

/**
 * The process-wide limit of requests to subscribers. Until half of it is in use whoever comes is served; from then on each trigger that holds or waits has an equal share, and
 * who waits is served in turn, one trigger after the other. So a slow trigger cannot take the sockets of the rest.
 */
export class Sockets {
  readonly #limit: number;
  #held = 0;
  /** Shares that hold or wait. */
  #active = 0;
  #stopped = false;
  /** Shares in which somebody waits, in the order of their turns. */
  readonly #queue = new Set<Share>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** Undefined when granted at once, else a promise of whether it was. What is granted must be given back with `leave`. */
  enter(share: Share): Promise<boolean> | undefined {
    if (share.held === 0 && share.waiting.length === 0) this.#active++;
    if (share.waiting.length === 0 && this.#fits(share)) {
      share.held++;
      this.#held++;
      return undefined;
    }
    if (this.#stopped) {
      this.#rest(share);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      share.waiting.push(resolve);
      this.#queue.add(share);
    });
  }

  leave(share: Share): void {
    share.held--;
    this.#held--;
    this.#rest(share);
    if (this.#queue.size > 0) this.#serve();
  }

  /** Gives up: whoever waits, and whoever would have to from now on, is not granted. */
  stop(): void {
    this.#stopped = true;
    for (const share of this.#queue) {
      for (const answer of share.waiting.splice(0)) answer(false);
      this.#rest(share);
    }
    this.#queue.clear();
  }

  #fits(share: Share): boolean {
    if (this.#held >= this.#limit) return false;
    return this.#held < this.#limit / 2 || share.held < Math.max(1, Math.floor(this.#limit / this.#active));
  }

  #rest(share: Share): void {
    if (share.held === 0 && share.waiting.length === 0) this.#active--;
  }

  #serve(): void {
    for (const share of this.#queue) {
      if (this.#held >= this.#limit) return;
      if (!this.#fits(share)) continue;
      const answer = share.waiting.shift();
      // To the end of the queue: the next one's turn comes first.
      this.#queue.delete(share);
      if (share.waiting.length > 0) this.#queue.add(share);
      share.held++;
      this.#held++;
      answer?.(true);
    }
  }
}
