/** How many events were through at some instant, and the CPU used by then. */
export interface Sample {
  readonly atMs: number;
  readonly count: number;
  readonly cpuS: number;
}

/** What a stretch of samples says. */
export interface Rate {
  readonly perS: number;
  /** Microseconds of CPU for each event. */
  readonly cpuUs: number;
}

/**
 * The rate from the first sample with a quarter of `total` (before, it warms up) to the first with all of it; where that is one sample, from the one before. Throws if `total` was not reached.
 */
export function rateOf(samples: readonly Sample[], total: number): Rate {
  const quarter = samples.findIndex(({ count }) => count >= total / 4);
  const all = samples.findIndex(({ count }) => count >= total);
  const first = samples[quarter === all ? all - 1 : quarter];
  const last = samples[all];
  if (!first || !last) throw new Error(`bench: only ${samples.at(-1)?.count ?? 0} of ${total} events came through`);
  const events = last.count - first.count;
  return {
    perS: (events / (last.atMs - first.atMs)) * 1000,
    cpuUs: ((last.cpuS - first.cpuS) / events) * 1e6,
  };
}
