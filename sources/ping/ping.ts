import type { PingSourceSpec } from '../../crds/ping-source.ts';
import { type Clock, pause } from '../../events/clock.ts';
import type { Log } from '../../events/log.ts';
import type { Random } from '../../events/random.ts';
import { type CronSchedule, cronSchedule, ticksBetween } from './cron-schedule.ts';
import { offer } from '../offer.ts';
import { pingEvent, rfc3339 } from './event.ts';
import type { Source, SourceContext } from '../source.ts';

/** A tick whose turn comes later than this after its time is missed, not fired: who asked for 09:00 does not want it at 11:00, when the laptop was opened. */
const LATE_MS_MAX = 10_000;
/** The wall clock is looked at least this often, since a suspended machine and a clock that is set do not move timers. */
const LOOK_MS = 60_000;
const MISSED_COUNTED_MAX = 1000;
const DAY_MS = 86_400_000;

/** One PingSource, and through what it runs. */
export interface PingConfig {
  readonly namespace: string;
  readonly name: string;
  readonly spec: PingSourceSpec;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Emits an event at each tick of a schedule. Position: the instant up to which every tick is fired or counted as missed, and the schedule it is about (another schedule's past says nothing of this one's).
 * It is saved after the emit, so a crash between the two counts a tick as missed that was fired; never is one fired twice. What was due while nothing ran is counted and logged, not fired.
 * While the sink is unavailable the tick at hand is tried again until it is accepted.
 */
export const pingSource: Source<PingConfig> = async (config, context) => {
  const { clock, spec, log } = config;
  const schedule = cronSchedule(spec.schedule, spec.timezone);
  const label = `${spec.timezone ?? 'UTC'} ${spec.schedule}`;
  let lastMs = begin(config, context, { schedule, label });
  await context.save(`${rfc3339(lastMs)} ${label}`);
  for (;;) {
    const dueMs = schedule.next(lastMs);
    if (dueMs === undefined)
      log.warn('source.never', { source: `${config.namespace}/${config.name}`, schedule: label });
    if (!(await reached(clock, dueMs ?? Number.POSITIVE_INFINITY, context.signal)) || dueMs === undefined) return;
    const lateMs = clock.now() - dueMs;
    if (lateMs > LATE_MS_MAX) {
      const untilMs = clock.now() - LATE_MS_MAX;
      missed(config, context, ticksBetween(schedule, { afterMs: lastMs, untilMs }, MISSED_COUNTED_MAX));
      lastMs = untilMs;
    } else {
      await offer([pingEvent(config, spec, dueMs)], context, { ...config, kind: 'PingSource' });
      lastMs = dueMs;
    }
    await context.save(`${rfc3339(lastMs)} ${label}`);
  }
};

/** Where to go on: nothing at or before it fires. Counts what was missed since the saved position. */
function begin(
  config: PingConfig,
  context: SourceContext,
  { schedule, label }: { readonly schedule: CronSchedule; readonly label: string },
): number {
  const nowMs = config.clock.now();
  const [at = '', ...rest] = (context.position ?? '').split(' ');
  const savedMs = Date.parse(at);
  if (Number.isNaN(savedMs)) return nowMs;
  // The clock was set back: wait until it is where it was, unless it must have been wrong then.
  if (savedMs > nowMs) return savedMs - nowMs > DAY_MS ? nowMs : savedMs;
  if (rest.join(' ') === label)
    missed(config, context, ticksBetween(schedule, { afterMs: savedMs, untilMs: nowMs }, MISSED_COUNTED_MAX));
  return nowMs;
}

function missed(config: PingConfig, context: SourceContext, count: number): void {
  if (count === 0) return;
  context.tell({ skipped: count });
  config.log.warn('source.missed', {
    source: `${config.namespace}/${config.name}`,
    count,
    more: count === MISSED_COUNTED_MAX || undefined,
  });
}

/** Whether `atMs` came before the abort. */
async function reached(clock: Clock, atMs: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && clock.now() < atMs) await pause(clock, Math.min(atMs - clock.now(), LOOK_MS), signal);
  return !signal.aborted;
}
