import { attribute } from '../../events/event.ts';
import type { Entry } from '../../events/entry.ts';
import { inMemory, makeReady, rowItem, schedule } from './due.ts';
import type { Position, StoredRow } from './log.ts';
import type { Item, Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** The key an entry is ordered by; undefined: it is not. */
export function keyOf(sub: Sub, entry: Entry): string | undefined {
  const { order } = sub.stored;
  return order === 'none' ? undefined : attribute(entry.event, order.by);
}

/** Puts a position in the line of its key; true if it may go at once: it is alone there, or has no key. */
export function enterLine(sub: Sub, position: Position, key: string | undefined): boolean {
  if (key === undefined || !sub.lines) return true;
  const line = sub.lines.get(key);
  if (!line) {
    sub.lines.set(key, [position]);
    return true;
  }
  let at = line.length;
  while (at > 0 && (line[at - 1] ?? 0) > position) at -= 1;
  if (line[at - 1] !== position) line.splice(at, 0, position);
  return false;
}

/** A stored row of an ordered subscription: the first of its key waits or goes; later ones are known by their line, and in memory only if the row says more than that. */
export function placeRow(turn: Turn, sub: Sub, row: StoredRow): void {
  if (inMemory(sub, row)) return;
  const first = enterLine(sub, row.position, row.key);
  if (!first && !row.progress && !row.kept) return;
  const item = rowItem(sub, row, turn.nowMs);
  sub.rowed.set(item.position, item);
  if (!first) item.phase = 'blocked';
  else if (item.dueMs > turn.nowMs) schedule(turn.state, sub, item);
  else makeReady(sub, item);
}

/** Takes a settled position out of its line, and lets the next one go: from memory, or as a row that was only on disk. */
export function leaveLine(turn: Turn, sub: Sub, item: Item): void {
  const { key } = item;
  const line = key === undefined ? undefined : sub.lines?.get(key);
  if (key === undefined || !line) return;
  line.splice(line.indexOf(item.position), 1);
  const [next] = line;
  if (next === undefined) {
    sub.lines?.delete(key);
    return;
  }
  const known = sub.fresh.get(next) ?? sub.rowed.get(next);
  if (!known) {
    const row: Item = {
      ...item,
      position: next,
      phase: 'waiting',
      charged: 0,
      entry: undefined,
      progress: undefined,
      dueMs: 0,
      kept: false,
      dead: undefined,
      row: 'durable',
    };
    sub.rowed.set(next, row);
    makeReady(sub, row);
  } else if (known.phase === 'blocked') {
    if (known.dueMs > turn.nowMs) schedule(turn.state, sub, known);
    else makeReady(sub, known);
  }
}
