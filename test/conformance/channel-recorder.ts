import { attribute } from '../../events/event.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Channel, Delivery } from '../../channels/channel.ts';

/** One call of a handler. */
export interface Seen {
  /** The event's id. */
  readonly id: string;
  readonly delivery: Delivery;
  readonly atMs: number;
  /** 1 when this recorder sees the event for the first time. */
  readonly nth: number;
  /** When it was answered. */
  answeredAtMs: number | undefined;
  answer(verdict: Verdict): void;
  fail(error: Error): void;
}

/** What to answer, or nothing yet: then the case answers it later. It may throw. */
export type Decide = (seen: Seen) => Verdict | 'hold';

export const done: Verdict = { kind: 'done' };
export const release: Verdict = { kind: 'release' };

/** A consumer that writes down every delivery. */
export class Recorder {
  readonly seen: Seen[] = [];
  readonly #open = new Set<Seen>();
  readonly #times = new Map<string, number>();
  readonly #now: () => number;
  readonly #decide: Decide;
  readonly #stop = new AbortController();
  #most = 0;
  #ended = false;
  #killed = false;
  #failure: unknown;

  constructor(now: () => number, decide: Decide) {
    this.#now = now;
    this.#decide = decide;
  }

  /** Consumes until it is stopped. */
  start(channel: Channel, name: string): void {
    channel
      .consume(name, (delivery) => this.#handle(delivery), this.#stop.signal)
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#ended = true;
      });
  }

  /** Ids in the order they came, repetitions included. */
  get ids(): readonly string[] {
    return this.seen.map(({ id }) => id);
  }

  /** Handed over and not answered. */
  get open(): readonly Seen[] {
    return [...this.#open];
  }

  /** The largest number that was open at once. */
  get most(): number {
    return this.#most;
  }

  /** `consume` has returned; if it has rejected, this throws what with. */
  get ended(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#ended;
  }

  /** How often an event came. */
  times(id: string): number {
    return this.#times.get(id) ?? 0;
  }

  /** How many different events came. */
  get different(): number {
    return this.#times.size;
  }

  /** Aborts the consumer; what is open stays so. */
  stop(): void {
    this.#stop.abort();
  }

  /** Its process is dead: what a channel that was dropped still hands over is not seen. */
  kill(): void {
    this.#killed = true;
    this.stop();
  }

  answerAll(verdict: Verdict): void {
    for (const seen of this.#open) seen.answer(verdict);
  }

  #handle(delivery: Delivery): Promise<Verdict> {
    if (this.#killed) return Promise.resolve(release);
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const id = attribute(delivery.entry.event, 'id') ?? '';
    const nth = this.times(id) + 1;
    this.#times.set(id, nth);
    const close = (): void => {
      this.#open.delete(seen);
      seen.answeredAtMs = this.#now();
    };
    const seen: Seen = {
      id,
      delivery,
      nth,
      atMs: this.#now(),
      answeredAtMs: undefined,
      answer: (verdict) => {
        close();
        resolve(verdict);
      },
      fail: (error) => {
        close();
        reject(error);
      },
    };
    this.seen.push(seen);
    this.#open.add(seen);
    this.#most = Math.max(this.#most, this.#open.size);
    try {
      const verdict = this.#decide(seen);
      if (verdict !== 'hold') seen.answer(verdict);
    } catch (error) {
      close();
      throw error;
    }
    return promise;
  }
}
