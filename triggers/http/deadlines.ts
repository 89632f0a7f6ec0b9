import type { Clock } from '../../events/clock.ts';

/** Something that must be over after `timeoutMs`. */
export interface Timed {
  readonly timeoutMs: number;
  /** Set by `start`, wall clock. */
  deadlineMs: number;
  /** Called once when the deadline passes before `stop`. */
  expire(): void;
}

interface Lane {
  /** In the order they were started, which for one duration is the order in which they expire. */
  readonly running: Set<Timed>;
  cancel?: (() => void) | undefined;
}

/**
 * Timeouts for many things with few durations: one timer per duration, aimed at its oldest, instead of one per request. Starting and stopping cost a Set operation.
 * A wall clock that jumps back delays an expiry, one that jumps forward hastens it.
 */
export class Deadlines implements Disposable {
  readonly #clock: Clock;
  readonly #lanes = new Map<number, Lane>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(timed: Timed, nowMs: number): void {
    timed.deadlineMs = nowMs + timed.timeoutMs;
    let lane = this.#lanes.get(timed.timeoutMs);
    if (!lane) this.#lanes.set(timed.timeoutMs, (lane = { running: new Set() }));
    lane.running.add(timed);
    // A timer that finds its lane's oldest gone is aimed again, so stopping never touches it.
    if (!lane.cancel) this.#aim(lane, timed.timeoutMs, timed.timeoutMs);
  }

  stop(timed: Timed): void {
    this.#lanes.get(timed.timeoutMs)?.running.delete(timed);
  }

  #aim(lane: Lane, timeoutMs: number, delayMs: number): void {
    lane.cancel = this.#clock.after(delayMs, () => {
      lane.cancel = undefined;
      const nowMs = this.#clock.now();
      for (const timed of lane.running) {
        if (timed.deadlineMs > nowMs) {
          // What expired may have started another and so aimed the timer already.
          if (!lane.cancel) this.#aim(lane, timeoutMs, timed.deadlineMs - nowMs);
          return;
        }
        lane.running.delete(timed);
        timed.expire();
      }
      this.#lanes.delete(timeoutMs);
    });
  }

  [Symbol.dispose](): void {
    for (const lane of this.#lanes.values()) lane.cancel?.();
    this.#lanes.clear();
  }
}
