import type { StoredRow } from './log.ts';
import type { Item, State, Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** A row's item, not yet placed. */
export function rowItem(sub: Sub, row: StoredRow, nowMs: number): Item {
  return {
    position: row.position,
    generation: row.generation,
    key: sub.lines ? row.key : undefined,
    sinceMs: nowMs,
    charged: 0,
    phase: 'waiting',
    entry: undefined,
    progress: row.progress,
    dueMs: row.dueMs ?? 0,
    kept: row.kept === true,
    dead: undefined,
    row: 'durable',
  };
}

/** To be delivered as soon as there is room. */
export function makeReady(sub: Sub, item: Item): void {
  item.phase = 'ready';
  sub.ready.push(item);
}

/** Lets an item wait for its due time: in memory, or on disk alone if it is due later than what memory is complete up to. */
export function schedule(state: State, sub: Sub, item: Item): void {
  item.phase = 'waiting';
  if (item.dueMs > sub.horizonMs && item.row === 'durable' && !sub.querying) {
    sub.rowed.delete(item.position);
    return;
  }
  const { due } = sub;
  let low = 0;
  let high = due.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((due[middle]?.dueMs ?? 0) <= item.dueMs) low = middle + 1;
    else high = middle;
  }
  due.splice(low, 0, item);
  state.waiting.add(sub);
  state.nextDueMs = Math.min(state.nextDueMs, item.dueMs);
  shrink(state, sub);
}

/** An unordered subscription keeps only its next waiting rows in memory: the others are on disk, and known by `horizonMs`. */
function shrink(state: State, sub: Sub): void {
  if (sub.lines || sub.querying) return;
  const { due } = sub;
  while (due.length > state.settings.dueRows && due.at(-1)?.row === 'durable') {
    const last = due.pop();
    if (last) sub.rowed.delete(last.position);
    sub.horizonMs = due.at(-1)?.dueMs ?? -1;
  }
}

/** Makes ready what has fallen due; answers which subscriptions have something new. */
export function fallDue(turn: Turn): Sub[] {
  const { state, nowMs } = turn;
  if (nowMs < state.nextDueMs) return [];
  state.nextDueMs = Infinity;
  const woken: Sub[] = [];
  for (const sub of state.waiting) {
    let count = 0;
    while (count < sub.due.length && (sub.due[count]?.dueMs ?? Infinity) <= nowMs) count += 1;
    for (const item of sub.due.splice(0, count)) makeReady(sub, item);
    if (count > 0) woken.push(sub);
    const next = sub.due[0];
    if (next) state.nextDueMs = Math.min(state.nextDueMs, next.dueMs);
    else state.waiting.delete(sub);
  }
  return woken;
}

/** Asks for more waiting rows when those in memory run out and there are others. */
export function refill(turn: Turn, sub: Sub): void {
  const { dueRows } = turn.state.settings;
  if (
    sub.horizonMs === Infinity ||
    sub.querying ||
    sub.loading ||
    sub.ended ||
    sub.due.length + sub.ready.length > dueRows / 4
  )
    return;
  sub.querying = true;
  turn.effects.push({
    kind: 'rows',
    sub,
    query: { by: 'due', subscription: sub.name, untilMs: Number.MAX_SAFE_INTEGER },
    limit: dueRows + sub.rowed.size + sub.removing.size + sub.fresh.size,
  });
}

/** The waiting rows asked for have come. What is in memory already, or settled meanwhile, is left out. */
export function refilled(
  turn: Turn,
  sub: Sub,
  answer: { readonly rows: readonly StoredRow[]; readonly limit: number },
): void {
  const { state, nowMs } = turn;
  const { rows, limit } = answer;
  sub.horizonMs = rows.length < limit ? Infinity : (rows.at(-1)?.dueMs ?? 0);
  for (const row of rows) {
    if (inMemory(sub, row)) continue;
    const item = rowItem(sub, row, nowMs);
    sub.rowed.set(item.position, item);
    schedule(state, sub, item);
  }
  queried(sub);
  shrink(state, sub);
}

/** Whether a row that was answered is one we know better: in memory, or settled while it was read. */
export function inMemory(sub: Sub, row: StoredRow): boolean {
  return sub.rowed.has(row.position) || sub.fresh.has(row.position) || sub.removing.has(row.position);
}

/** A query ended: removals that were only remembered for its sake are forgotten. */
export function queried(sub: Sub): void {
  sub.querying = false;
  for (const [position, written] of sub.removing) if (written === 'written') sub.removing.delete(position);
}
