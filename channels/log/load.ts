import { pump } from './deliver.ts';
import { queried, refill, refilled } from './due.ts';
import { placeRow } from './lines.ts';
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
    if (row.position >= from) sub.skip.set(row.position, row);
    else if (sub.lines) placeRow(turn, sub, row);
  }
  const last = rows.at(-1);
  if (last && rows.length === limit) return page(turn, sub, last.position + 1);
  queried(sub);
  sub.loading = false;
  if (sub.skip.size > 0) turn.state.skipping.add(sub);
  refill(turn, sub);
  resume(turn, sub);
  return pump(turn, sub);
}
