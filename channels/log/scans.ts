import { cursorOf, held, newScan, type Scan, type State, type Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** A subscription this close behind a scan's reading joins it rather than reading for itself. */
const NEAR_ENTRIES = 1024;
/** Scans that read at once beside the live one; the others wait for their turn. */
const SCANS_READING_MAX = 8;
/** The most entries one read asks for when little of what is read is wanted. */
const WANT_MAX = 4096;

/** Whether it could evaluate if it had room: its predicate is here, somebody consumes, its rows are known and few enough. */
export function willing(state: State, sub: Sub): boolean {
  return (
    sub.matches !== undefined &&
    sub.consumers > 0 &&
    !sub.loading &&
    !sub.ended &&
    !held(state, sub) &&
    sub.rows < state.settings.rowsMax
  );
}

/** Whether its queue is at most half full, and memory is left; the first entry always fits. */
function roomy(state: State, sub: Sub): boolean {
  const { queueEntries, queueBytes } = state.settings;
  if (sub.queued + sub.flying === 0) return true;
  return sub.queued <= queueEntries / 2 && sub.heldBytes <= queueBytes / 2 && state.budget.used < state.budget.max;
}

/** Whether one more entry would be too much. */
export function full(state: State, sub: Sub, bytes: number): boolean {
  const { queueEntries, queueBytes, rowsMax } = state.settings;
  if (sub.rows >= rowsMax) return true;
  if (sub.queued + sub.flying === 0) return false;
  return (
    sub.queued >= queueEntries || sub.heldBytes + bytes > queueBytes || state.budget.used + bytes > state.budget.max
  );
}

/** Takes a subscription out of its scan: it stands still and goes on from `from` when it has room. */
export function park(turn: Turn, sub: Sub): void {
  const { state, nowMs } = turn;
  sub.from = cursorOf(sub);
  if (sub.scan) leave(state, sub, sub.scan);
  if (willing(state, sub)) {
    state.parked.add(sub);
    state.recheckMs = Math.min(state.recheckMs, nowMs + state.settings.writeEveryMs);
  } else state.parked.delete(sub);
}

function leave(state: State, sub: Sub, scan: Scan): void {
  scan.subs.delete(sub);
  scan.index.delete(sub);
  if (scan !== state.live && scan.subs.size === 0) state.scans.delete(scan);
  sub.scan = undefined;
  state.away.add(sub, sub.stored.wants);
  state.crowded.delete(sub);
  state.touched.add(sub);
}

/** Lets a subscription evaluate again if it stands still and may: with the live scan, with one nearby, or with one of its own. */
export function resume(turn: Turn, sub: Sub): void {
  const { state } = turn;
  if (sub.scan || !willing(state, sub)) return;
  if (!roomy(state, sub)) return park(turn, sub);
  state.parked.delete(sub);
  enter(state, sub, sub.from >= state.live.cursor ? state.live : nearby(state, sub));
}

function nearby(state: State, sub: Sub): Scan {
  for (const scan of state.scans) if (scan.cursor <= sub.from && sub.from - scan.cursor <= NEAR_ENTRIES) return scan;
  const scan = newScan(sub.from, state.settings);
  state.scans.add(scan);
  return scan;
}

function enter(state: State, sub: Sub, scan: Scan): void {
  scan.subs.add(sub);
  scan.index.add(sub, sub.stored.wants);
  sub.scan = scan;
  state.touched.add(sub);
  if (scan === state.live) state.away.delete(sub);
}

/** After a changed interest: files it anew where it stands. */
export function refile(state: State, sub: Sub): void {
  if (sub.scan) sub.scan.index.add(sub, sub.stored.wants);
  if (sub.scan !== state.live) state.away.add(sub, sub.stored.wants);
}

/** Asks for what every scan reads next; one that has come up to the live scan becomes part of it. */
export function readOn(turn: Turn): void {
  const { state } = turn;
  if (state.gatherUntilMs !== undefined) return;
  ask(turn, state.live, state.settings.readEntries);
  let reading = 0;
  for (const scan of state.scans) {
    if (scan.reading) reading += 1;
    else if (scan.cursor >= state.live.cursor) merge(state, scan, state.live);
    else if (reading < SCANS_READING_MAX) {
      ask(turn, scan, Math.min(scan.want, state.live.cursor - scan.cursor));
      reading += 1;
    }
  }
}

function merge(state: State, scan: Scan, into: Scan): void {
  for (const sub of scan.subs) {
    sub.from = cursorOf(sub);
    scan.index.delete(sub);
    enter(state, sub, into);
  }
  scan.subs.clear();
  state.scans.delete(scan);
}

function ask(turn: Turn, scan: Scan, entries: number): void {
  if (scan.reading) return;
  scan.reading = true;
  const max = { entries, bytes: turn.state.settings.readBytes };
  turn.effects.push({ kind: 'read', scan, from: scan.cursor, max });
}

/** Takes turns: a scan that has read goes to the back. It asks for more while little is wanted, for less once somebody's queue was full. */
export function rotate(state: State, scan: Scan, overflowed: boolean): void {
  scan.want = overflowed ? Math.max(64, scan.want >> 1) : Math.min(WANT_MAX, scan.want * 2);
  if (state.scans.delete(scan) && scan.subs.size > 0) state.scans.add(scan);
}
