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
  return {
    async turn(signal) {
      const now = clock.now();
      const atMs = Math.max(now, freeMs);
      freeMs = atMs + apartMs;
      if (atMs > now) await pause(clock, atMs - now, signal);
    },
  };
}
