import type { Entry } from '../../events/entry.ts';
import type { Position, StoredRow } from './log.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** Rows looked at together: their entries are in memory until they are copied. */
const ROWS_AT_ONCE = 16;

/** Asks from time to time what is past its retention. */
export function trimSometimes(turn: Turn): void {
  const { state, nowMs, effects } = turn;
  if (nowMs < state.trimAtMs) return;
  state.trimAtMs = nowMs + state.settings.trimEveryMs;
  if (!state.trim) effects.push({ kind: 'expired' });
}

/** Room is wanted: asked again at once, but at most once a second. */
export function trimSoon({ state, nowMs }: Turn): void {
  const askedMs = state.trimAtMs - state.settings.trimEveryMs;
  state.trimAtMs = Math.min(state.trimAtMs, Math.max(nowMs, askedMs + 1000));
}

/** Below what no position needs, and retention no longer wants, entries may go; those that rows still need are copied first. */
export function expired(turn: Turn, before: Position): void {
  const { state } = turn;
  if (state.trim) return;
  if (state.writing) {
    // Its rows might not be listed yet: asked again as soon as they are.
    state.trimAtMs = turn.nowMs + state.settings.writeEveryMs;
    return;
  }
  const limit = Math.min(before, needed(state));
  if (limit <= state.start) return;
  state.trim = { before: limit, from: state.start, fetching: 0 };
  list(turn);
}

/** The lowest durable position: from it on everything is evaluated again after a crash. */
function needed(state: State): Position {
  let position = state.watermark;
  for (const sub of state.subs.values()) position = Math.min(position, sub.own ?? position);
  return position;
}

function list(turn: Turn): void {
  const { trim } = turn.state;
  if (trim) turn.effects.push({ kind: 'trim-rows', from: trim.from, before: trim.before, limit: ROWS_AT_ONCE });
}

/** Rows below the limit: each entry they need is copied once; after the last of them the log is cut. */
export function trimRows(turn: Turn, rows: readonly StoredRow[]): void {
  const { state, effects } = turn;
  const { trim } = state;
  if (!trim) return;
  const last = rows.at(-1);
  if (!last) return cut(state, Math.min(trim.before, needed(state)));
  // Of the last position the page may hold only some rows: those it does not show may need the entry though the shown ones have copies of their own.
  const cutOff = rows.length === ROWS_AT_ONCE ? last.position : undefined;
  const wanted = new Map(
    rows.filter((row) => !row.kept || row.position === cutOff).map((row) => [row.position, row.subscription]),
  );
  trim.from = last.position + 1;
  trim.fetching = wanted.size;
  if (wanted.size === 0) return list(turn);
  for (const [position, subscription] of wanted) effects.push({ kind: 'trim-fetch', position, subscription });
}

/** The log goes up to here; who is declared from now on begins after it. */
function cut(state: State, before: Position): void {
  state.trim = undefined;
  if (before <= state.start) return;
  state.keeps.push({ kind: 'trim', before });
  state.start = before;
  state.trimmed = before;
  state.urgent = true;
}

/** The entry of such a row: kept. */
export function trimFetched(turn: Turn, position: Position, entry: Entry | undefined): void {
  const { state } = turn;
  if (!state.trim) return;
  if (entry) state.keeps.push({ kind: 'keep', position, entry });
  state.trim.fetching -= 1;
  if (state.trim.fetching > 0) return;
  state.urgent = true;
  list(turn);
}
