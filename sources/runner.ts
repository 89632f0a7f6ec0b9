import { type Clock, pause } from '../events/clock.ts';
import { UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import type { Positions } from '../events/positions.ts';
import type { Random } from '../events/random.ts';
import { restartDelay } from './restart-delay.ts';
import type { SourceContext } from './source.ts';
import type { Fact, SourceTally } from './status.ts';

/** After abort: how long what is under way may take to finish, then how long the source is waited for in all. */
const FINISH_MS = 800;
const STOP_MS = 1000;
/** A run that lasted this long was a good one: the next failure waits from the beginning again. */
const GOOD_RUN_MS = 60_000;

/** A run that has shown nothing for this long is one with nothing to show: longer than any kind waits for an answer. */
const UNSHOWN_MS = 30_000;

/** What is run, for whom, and through what. */
export interface RunnerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly positions: Positions;
  readonly tally: SourceTally;
  /** `<namespace>/<kind>/<name>`: names the position and the log lines. */
  readonly key: string;
  readonly emit: (events: readonly CloudEvent[]) => Promise<void>;
  /** Told when a run has shown that it runs (an event, a position, a fact, or half a minute), and when it begins to wait. */
  readonly running: (fact: Fact) => void;
  /** Told what a run reached; it is over with the next `running` that is not ok. */
  readonly reached: (conditions: readonly string[]) => void;
}

/**
 * Runs a source until `signal` is aborted: from the last saved position, again after each failure (exponential wait with jitter), whatever it rejects with. Never rejects. Resolves within
 * a second of abort; an emit or save that is under way may finish first, and a source that does not stop is left behind and logged.
 */
export async function runSource(
  source: (context: SourceContext) => Promise<void>,
  ports: RunnerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, tally, log, key } = ports;
  for (let failures = 0; !signal.aborted;) {
    const beganMs = clock.now();
    try {
      await runOnce(source, ports, signal);
      if (signal.aborted) return;
      throw new Error('it ended though nobody asked it to');
    } catch (error) {
      if (signal.aborted) return;
      failures = clock.now() - beganMs >= GOOD_RUN_MS ? 1 : failures + 1;
      const delayMs = Math.max(
        restartDelay(failures, ports.random),
        error instanceof UnavailableError ? (error.retryAfterMs ?? 0) : 0,
      );
      const { code, message } = tally.failed(error);
      log.warn('source.failed', { source: key, code, error: message, delayMs });
      ports.running({ ok: false, reason: 'SourceFailed', message });
      await pause(clock, delayMs, signal);
      if (!signal.aborted) tally.restarted();
    }
  }
}

async function runOnce(
  source: (context: SourceContext) => Promise<void>,
  ports: RunnerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, positions, tally, key } = ports;
  const saved = await positions.get(key);
  if (signal.aborted) return;
  const finish = new Deadline(clock, FINISH_MS, signal);
  const stop = new Deadline(clock, STOP_MS, signal);
  const sign = new FirstSign(ports);
  try {
    const run = source({
      signal,
      position: saved === undefined || saved === '' ? undefined : saved,
      tell(facts) {
        tally.told(facts);
        sign.given();
        if (facts.reached) ports.reached(facts.reached);
      },
      async emit(events) {
        if (signal.aborted) throw stopping();
        const all = isEvents(events) ? events : [events];
        if ((await finish.race(ports.emit(all))) === TOO_LATE) throw stopping();
        tally.emitted(all);
        sign.given();
      },
      async save(position) {
        if ((await finish.race(positions.save(key, position))) === TOO_LATE) throw stopping();
        sign.given();
      },
    });
    if ((await stop.race(run)) === TOO_LATE) ports.log.error('source.stuck', { source: key, waitedMs: STOP_MS });
  } finally {
    finish.cancel();
    stop.cancel();
    sign.cancel();
  }
}

/** Tells that a run runs: when it has given a sign, or else whatever has no server would be Ready at the beginning of each attempt. */
class FirstSign {
  readonly #running: RunnerPorts['running'];
  readonly #over: () => void;
  #told = false;

  constructor({ clock, running }: RunnerPorts) {
    this.#running = running;
    this.#over = clock.after(UNSHOWN_MS, () => this.given());
  }

  given(): void {
    if (this.#told) return;
    this.cancel();
    this.#running({ ok: true });
  }

  /** The run is over: what was under way in it is no sign of the next. */
  cancel(): void {
    this.#told = true;
    this.#over();
  }
}

function isEvents(events: CloudEvent | readonly CloudEvent[]): events is readonly CloudEvent[] {
  return Array.isArray(events);
}

function stopping(): UnavailableError {
  return new UnavailableError(
    'shutting-down',
    'the source is being stopped; it goes on from its last position when it is started again',
  );
}

const TOO_LATE = Symbol('too late');

/** A moment that comes `delayMs` after `signal` is aborted, and not at all before. */
class Deadline {
  readonly #over = new AbortController();
  /** Those that wait for less than this. Not a promise raced against: it would remember every race until the source ends, which may be never. */
  readonly #waiting = new Set<() => void>();
  #passed = false;

  constructor(clock: Clock, delayMs: number, signal: AbortSignal) {
    const begin = (): void => void pause(clock, delayMs, this.#over.signal).then(() => this.#pass());
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true, signal: this.#over.signal });
  }

  /** What `work` settles with, or `TOO_LATE`. What it does later is nobody's business any more, failing included. */
  race<T>(work: Promise<T>): Promise<T | typeof TOO_LATE> {
    return new Promise((resolve, reject) => {
      const late = (): void => resolve(TOO_LATE);
      this.#waiting.add(late);
      const over = (): void => void this.#waiting.delete(late);
      work.finally(over).then(resolve, reject);
      if (this.#passed) late();
    });
  }

  cancel(): void {
    this.#over.abort();
  }

  #pass(): void {
    this.#passed = true;
    for (const late of this.#waiting) late();
    this.#waiting.clear();
  }
}
