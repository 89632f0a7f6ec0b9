import type { Entry } from '../../events/entry.ts';
import { pump, take } from './deliver.ts';
import { entryBytes } from './entry-bytes.ts';
import { placeRow } from './lines.ts';
import type { Position, Slice } from './log.ts';
import { full, park, rotate } from './scans.ts';
import type { Scan, Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** Evaluates what a scan has read, for all its subscriptions; each entry once for each. */
export function evaluate(turn: Turn, scan: Scan, slice: Slice): void {
  const { state } = turn;
  const before = scan.subs.size;
  scan.reading = false;
  state.end = Math.max(state.end, slice.end);
  const { first } = slice;
  if (first > scan.cursor) {
    const from = Math.min(first, ...[...scan.subs].map((sub) => Math.max(scan.cursor, sub.from)));
    if (from < first) turn.effects.push({ kind: 'lost', count: first - from, from });
    scan.cursor = first;
  }
  const woken = new Set<Sub>();
  const found = new Set<Sub>();
  let unrouted = 0;
  for (let i = scan.cursor - slice.first; i < slice.entries.length; i += 1) {
    const entry = slice.entries[i];
    if (!entry) break;
    const position = slice.first + i;
    const skipping = state.skipping.size > 0 ? skipRows(turn, { scan, position, woken }) : undefined;
    const wanted = route(turn, { scan, position, woken, found, skipping }, entry);
    if (!wanted && scan === state.live && !wantedElsewhere(turn, entry)) unrouted += 1;
    scan.cursor = position + 1;
    if (scan !== state.live && scan.subs.size === 0) break;
  }
  if (unrouted > 0) turn.effects.push({ kind: 'unrouted', count: unrouted });
  rotate(state, scan, scan.subs.size < before);
  if (scan === state.live) state.moved = true;
  else for (const sub of scan.subs) state.touched.add(sub);
  for (const sub of woken) pump(turn, sub);
}

interface Place {
  readonly scan: Scan;
  readonly position: Position;
  readonly woken: Set<Sub>;
  readonly found: Set<Sub>;
  /** Those that have a row for this entry already. */
  readonly skipping: ReadonlySet<Sub> | undefined;
}

/** Whoever has a row for this entry is not asked again; of an ordered one the row now enters its line. */
function skipRows(
  turn: Turn,
  at: { readonly scan: Scan; readonly position: Position; readonly woken: Set<Sub> },
): ReadonlySet<Sub> {
  const skipped = new Set<Sub>();
  for (const sub of turn.state.skipping) {
    if (sub.scan !== at.scan) continue;
    for (const [position, row] of sub.skip) {
      // Ascending, as they were read.
      if (position > at.position) break;
      sub.skip.delete(position);
      skipped.add(sub);
      if (sub.lines) placeRow(turn, sub, row);
      at.woken.add(sub);
    }
    if (sub.skip.size === 0) turn.state.skipping.delete(sub);
  }
  return skipped;
}

/** One entry for the subscriptions of a scan; true if any wants it. One that has no room goes on with this very entry. */
function route(turn: Turn, at: Place, entry: Entry): boolean {
  const { scan, position, woken, found, skipping } = at;
  found.clear();
  scan.index.candidates(entry.event, found);
  let wanted = false;
  for (const sub of found) {
    if (position < sub.from || !sub.matches?.(entry.event)) continue;
    wanted = true;
    if (skipping?.has(sub)) continue;
    if (full(turn.state, sub, entryBytes(entry))) park(turn, sub);
    else {
      take(turn, sub, { position, entry });
      woken.add(sub);
    }
  }
  return wanted;
}

/** Whether a subscription that is not live may want it, so that it is not called unrouted. */
function wantedElsewhere(turn: Turn, entry: Entry): boolean {
  const found = new Set<Sub>();
  turn.state.away.candidates(entry.event, found);
  for (const sub of found) if (!sub.matches || sub.matches(entry.event)) return true;
  return false;
}
