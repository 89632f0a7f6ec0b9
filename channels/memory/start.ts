import type { Entry } from '../../events/entry.ts';
import { attribute } from '../../events/event.ts';
import type { Start } from '../../events/start.ts';
import { RefusedError, quoted } from '../../events/errors.ts';

/** Index of the first of the `retained` entries (oldest first) that a new subscription sees; a named event is the first it sees. Throws `start-unavailable`. */
export function startIndex(start: Start, retained: readonly Entry[]): number {
  if (start === 'latest') return retained.length;
  if (start === 'earliest') return 0;
  if ('time' in start) {
    const fromMs = Date.parse(start.time);
    if (Number.isNaN(fromMs))
      throw new RefusedError(
        'start-unavailable',
        `start.time: ${quoted(start.time)} is no RFC 3339 time; write it like 2026-01-31T12:00:00Z`,
      );
    const index = retained.findIndex((entry) => entry.receivedAtMs >= fromMs);
    return index < 0 ? retained.length : index;
  }
  const { id, source } = start;
  const index = retained.findIndex(
    ({ event }) => attribute(event, 'id') === id && (source === undefined || attribute(event, 'source') === source),
  );
  if (index < 0)
    throw new RefusedError(
      'start-unavailable',
      `start.id: no retained event has the id ${quoted(id)}; start from a time, or from earliest`,
    );
  return index;
}
