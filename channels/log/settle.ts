import type { Verdict } from '../../events/verdict.ts';
import { schedule } from './due.ts';
import { entryBytes } from './entry-bytes.ts';
import { leaveLine } from './lines.ts';
import type { Item, Pending, State, Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** Counts so many bytes of memory for an item from now on, for its subscription and for the process. */
export function charge(state: State, of: { readonly sub: Sub; readonly item: Item }, bytes: number): void {
  const { sub, item } = of;
  const more = bytes - item.charged;
  item.charged = bytes;
  sub.heldBytes += more;
  sub.largestBytes = Math.max(sub.largestBytes, bytes);
  state.budget.used += more;
}

/** Gives the bytes of an item back; it keeps its place. */
export function drop(state: State, sub: Sub, item: Item): void {
  charge(state, { sub, item }, 0);
  item.entry = undefined;
}

/** Nobody consumes it: what waits in memory is read again when somebody does, so that it takes nobody else's share meanwhile. */
export function unload(state: State, sub: Sub): void {
  for (const items of [sub.fresh, sub.rowed])
    for (const item of items.values())
      if (item.phase === 'ready' || item.phase === 'blocked' || item.phase === 'waiting') drop(state, sub, item);
  sub.queued = 0;
}

/** What a handler decided. What must survive is written at once, and holds its place in flight until then; `done` may wait, a crash before it is written repeats it. */
export function judged(turn: Turn, at: { readonly sub: Sub; readonly item: Item }, verdict: Verdict): void {
  const { sub, item } = at;
  const { state, nowMs } = turn;
  if (item.phase !== 'flying') return;
  if (sub.ended) return drop(state, sub, item);
  switch (verdict.kind) {
    case 'done':
      sub.flying -= 1;
      return settled(turn, sub, item);
    case 'release':
      sub.flying -= 1;
      item.dueMs = nowMs + state.settings.releaseMs;
      if (item.row === 'durable' || sub.consumers === 0) drop(state, sub, item);
      else if (item.entry) sub.queued += 1;
      return schedule(state, sub, item);
    case 'wait':
      drop(state, sub, item);
      item.progress = verdict.progress;
      item.dueMs = nowMs + Math.max(0, verdict.delayMs);
      return write(turn, { sub, item, change: 'wait' });
    case 'dead-letter':
      item.progress = verdict.progress;
      item.dead = verdict.entry;
      return write(turn, { sub, item, change: 'dead' });
    default:
      return verdict satisfies never;
  }
}

function write(turn: Turn, pending: Pending): void {
  const { state } = turn;
  pending.item.phase = 'settling';
  if (pending.change === 'wait' && pending.item.row === 'none') pending.sub.rows += 1;
  if (pending.change === 'dead') {
    if (pending.item.row !== 'none') pending.sub.rows -= 1;
    // Counted at once, so that nothing more is handed out over the budget.
    pending.sub.dead.count += 1;
    pending.sub.dead.bytes += letterBytes(pending.item);
  }
  state.pending.push(pending);
  state.urgent = true;
}

/** An item is done with: forgotten, with its row if it has one. */
export function settled(turn: Turn, sub: Sub, item: Item): void {
  const { state } = turn;
  drop(state, sub, item);
  item.phase = 'gone';
  if (item.row === 'none') sub.fresh.delete(item.position);
  else {
    unrow(sub, item);
    state.pending.push({ sub, item, change: 'remove' });
  }
  state.touched.add(sub);
  leaveLine(turn, sub, item);
}

/** Takes an item with a row out of memory; until its removal is written, a query may still answer it. */
function unrow(sub: Sub, item: Item): void {
  sub.fresh.delete(item.position);
  sub.rowed.delete(item.position);
  sub.rows -= 1;
  sub.removing.set(item.position, 'unwritten');
}

/** The write under way is durable: what waited for it goes on. */
export function written(turn: Turn): void {
  const { state } = turn;
  const done = state.writing ?? [];
  state.writing = undefined;
  for (const pending of done) if (!pending.sub.ended) land(turn, pending);
}

function land(turn: Turn, { sub, item, change }: Pending): void {
  const { state } = turn;
  switch (change) {
    case 'slow':
      return rowStored(state, sub, item);
    case 'wait':
      sub.flying -= 1;
      rowStored(state, sub, item);
      return schedule(state, sub, item);
    case 'dead':
      sub.flying -= 1;
      drop(state, sub, item);
      item.phase = 'gone';
      sub.fresh.delete(item.position);
      sub.rowed.delete(item.position);
      if (sub.querying) sub.removing.set(item.position, 'written');
      state.touched.add(sub);
      return leaveLine(turn, sub, item);
    case 'remove':
      if (sub.querying) sub.removing.set(item.position, 'written');
      else sub.removing.delete(item.position);
      return undefined;
    default:
      return change satisfies never;
  }
}

/** A row is durable: the position may pass it. Blocked ones leave memory, their line knows them. */
function rowStored(state: State, sub: Sub, item: Item): void {
  if (item.phase === 'gone') return;
  item.row = 'durable';
  sub.fresh.delete(item.position);
  state.touched.add(sub);
  if (item.phase === 'blocked') {
    if (item.entry) sub.queued -= 1;
    drop(state, sub, item);
    return;
  }
  sub.rowed.set(item.position, item);
}

function letterBytes(item: Item): number {
  const rests = item.dead ?? item.entry;
  return rests ? entryBytes(rests) : 0;
}
