import { type Clock, pause } from '../events/clock.ts';

const MINUTE_MS = 60_000;

/** Lets requests pass at most so often. */
export interface Pace {
  /** Resolves when the next may be sent, one after the other in the order they came; at once when `signal` is aborted. */
  turn(signal: AbortSignal): Promise<void>;
}

/**
 * At most `perMinute` requests in a minute, evenly apart: a burst would be what the receiver did not consent to. Who waits is in flight, as at a slow subscriber: their number is bounded by that, and what waits
 * longer than a second is kept by the channel.
 */
export function pace(perMinute: number, clock: Clock): Pace {
  const apartMs = MINUTE_MS / perMinute;
  let freeMs = Number.NEGATIVE_INFINITY;
  let waiting = 0;
  return {
    async turn(signal) {
      const now = clock.now();
      // Never longer than those before it need: a wall clock may be set back.
      const atMs = Math.max(now, Math.min(freeMs, now + (waiting + 1) * apartMs));
      freeMs = atMs + apartMs;
      if (atMs === now) return;
      waiting += 1;
      await pause(clock, atMs - now, signal);
      waiting -= 1;
    },
  };
}
