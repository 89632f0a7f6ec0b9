import { pump } from './deliver.ts';
import { inMemory, makeReady, queried, refill, refilled, rowItem, schedule } from './due.ts';
import { enterLine } from './lines.ts';
import type { RowQuery, StoredRow } from './log.ts';
import { resume } from './scans.ts';
import { cursorOf, type Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** Rows read at once when a subscription starts. */
const PAGE_ROWS = 1000;

/**
 * Reads, before a subscription evaluates, the rows it must know: at and after its position, which are not evaluated again; of an ordered one all, because they are its lines.
 */
export function load(turn: Turn, sub: Sub): void {
  sub.loading = true;
  sub.horizonMs = sub.lines ? Infinity : -1;
  page(turn, sub, sub.lines ? 0 : cursorOf(sub));
}

function page(turn: Turn, sub: Sub, from: number): void {
  sub.querying = true;
  turn.effects.push({ kind: 'rows', sub, query: { by: 'position', subscription: sub.name, from }, limit: PAGE_ROWS });
}

/** Rows have come, for a start or because memory ran out of waiting ones. */
export function rowsCame(
  turn: Turn,
  sub: Sub,
  answer: { readonly query: RowQuery; readonly rows: readonly StoredRow[]; readonly limit: number },
): void {
  if (sub.ended) return;
  const { query, rows, limit } = answer;
  if (query.by === 'due') {
    refilled(turn, sub, { rows, limit });
    return pump(turn, sub);
  }
  const from = cursorOf(sub);
  for (const row of rows) {
    if (row.position >= from) sub.skip.add(row.position);
    if (sub.lines) line(turn, sub, row);
  }
  const last = rows.at(-1);
  if (last && rows.length === limit) return page(turn, sub, last.position + 1);
  queried(sub);
  sub.loading = false;
  refill(turn, sub);
  resume(turn, sub);
  return pump(turn, sub);
}

/** A row of an ordered subscription: the first of its key waits or goes; later ones are known by their line, and in memory only if the row says more than that. */
function line(turn: Turn, sub: Sub, row: StoredRow): void {
  if (inMemory(sub, row)) return;
  const first = enterLine(sub, row.position, row.key);
  if (!first && !row.progress && !row.kept) return;
  const item = rowItem(sub, row, turn.nowMs);
  sub.rowed.set(item.position, item);
  if (!first) item.phase = 'blocked';
  else if (item.dueMs > turn.nowMs) schedule(turn.state, sub, item);
  else makeReady(sub, item);
}
