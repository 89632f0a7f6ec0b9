/** A number in [0, 1). Comes in by argument, so that one seed replays a run. */
export type Random = () => number;

/** The process's own randomness: the one home of `Math.random`. For jitter, never for secrets or ids. */
export const systemRandom: Random = () => Math.random();
