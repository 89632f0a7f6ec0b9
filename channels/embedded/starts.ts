import { quoted, RefusedError } from '../../events/errors.ts';
import { attribute } from '../../events/event.ts';
import type { Start } from '../../events/start.ts';
import type { Position } from '../log/log.ts';
import type { EntryLog } from './entry-log.ts';

// Entries in memory at once while a start is looked for.
const LOOK = { entries: 1024, bytes: 1024 * 1024 };
const NEVER = new AbortController().signal;

/** The position a subscription that is declared for the first time begins at. Rejects `start-unavailable` if the time is none or the event is not (or no longer) in the log. */
export async function startPosition(log: EntryLog, start: Start): Promise<Position> {
  if (start === 'latest') return log.end;
  if (start === 'earliest') return log.start;
  if ('time' in start) return sinceTime(log, start.time);
  return ofEvent(log, start);
}

/** The first entry accepted at that time or later; the end if there is none yet. */
async function sinceTime(log: EntryLog, time: string): Promise<Position> {
  const timeMs = Date.parse(time);
  if (Number.isNaN(timeMs))
    throw new RefusedError(
      'start-unavailable',
      `start time ${quoted(time)} is no RFC 3339 time; give one as 2026-01-31T10:00:00Z`,
    );
  const { end } = log;
  for (let next = log.firstSince(timeMs); next < end;) {
    const { first, entries } = await log.read(next, LOOK, NEVER);
    const index = entries.findIndex(({ receivedAtMs }) => receivedAtMs >= timeMs);
    if (index >= 0) return first + index;
    next = first + entries.length;
  }
  return end;
}

/** The newest event with that id, and source: first among those in memory, then segment by segment. */
async function ofEvent(log: EntryLog, start: { readonly id: string; readonly source?: string }): Promise<Position> {
  const { end, tailFirst } = log;
  const borders = [...log.segmentFirsts.filter((first) => first < tailFirst), tailFirst];
  for (const [i, from] of [...borders.entries()].reverse()) {
    const found = await lastMatch(log, { from, before: borders[i + 1] ?? end }, start);
    if (found !== undefined) return found;
  }
  const source = start.source === undefined ? '' : ` and source ${quoted(start.source)}`;
  throw new RefusedError(
    'start-unavailable',
    `no event with id ${quoted(start.id)}${source} is in the log; start at latest, earliest or a time`,
  );
}

async function lastMatch(
  log: EntryLog,
  range: { readonly from: Position; readonly before: Position },
  wanted: { readonly id: string; readonly source?: string },
): Promise<Position | undefined> {
  let found: Position | undefined;
  for (let next = range.from; next < range.before;) {
    const { first, entries } = await log.read(next, LOOK, NEVER);
    for (const [i, { event }] of entries.entries()) {
      const same =
        attribute(event, 'id') === wanted.id &&
        (wanted.source === undefined || attribute(event, 'source') === wanted.source);
      if (same && first + i < range.before) found = first + i;
    }
    next = first + entries.length;
  }
  return found;
}
