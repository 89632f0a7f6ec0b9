import { Cron } from 'croner';
import { RefusedError, quoted } from '../../events/errors.ts';

/** When a PingSource ticks: instants in ms since the epoch. Pure: it owns no timer. */
export interface CronSchedule {
  /** The first tick after `afterMs`, never at it; undefined: there is none (30 February). */
  next(afterMs: number): number | undefined;
}

/**
 * Reads a schedule: 5 fields, a leading 6th for seconds, or `@hourly` and its like; in `timezone` (IANA), UTC without one. A fixed time that a spring gap skips ticks when the clock has jumped, one
 * that autumn repeats ticks once; a schedule with a wildcard or step in its time of day ticks by what the clock shows, in both passes. Throws `resource-invalid`. [Knative PingSource spec.schedule]
 */
export function cronSchedule(schedule: string, timezone: string = 'UTC'): CronSchedule {
  let cron: Cron;
  try {
    // `5/20` means from 5 on, as in Knative's cron: croner calls that sloppy.
    cron = new Cron(schedule, { timezone, mode: '5-or-6-parts', sloppyRanges: true, paused: true });
    cron.nextRun(new Date(0));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : '';
    const text = `spec.schedule: ${quoted(schedule)} in time zone ${quoted(timezone)} cannot be read (${why}); use five fields, six with seconds first, or @hourly`;
    throw new RefusedError('resource-invalid', text, { path: 'spec.schedule', cause });
  }
  if (cron.getOnce()) {
    throw new RefusedError(
      'resource-invalid',
      `spec.schedule: ${quoted(schedule)} is a date; use five fields, six with seconds first, or @hourly`,
      { path: 'spec.schedule' },
    );
  }
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

/** How many ticks lie after `afterMs` and not after `untilMs`, counted up to `limit`. */
export function ticksBetween(
  schedule: CronSchedule,
  span: { readonly afterMs: number; readonly untilMs: number },
  limit: number,
): number {
  let count = 0;
  for (
    let at = schedule.next(span.afterMs);
    at !== undefined && at <= span.untilMs && count < limit;
    at = schedule.next(at)
  )
    count += 1;
  return count;
}
