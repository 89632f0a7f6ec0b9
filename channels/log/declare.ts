import assert from 'node:assert';
import type { Subscription } from '../channel.ts';
import { pump } from './deliver.ts';
import { makeReady, rowItem } from './due.ts';
import { enterLine } from './lines.ts';
import { load } from './load.ts';
import type { Position, RecoveredSubscription, StoredSubscription } from './log.ts';
import { park, refile, resume } from './scans.ts';
import { drop, unload } from './settle.ts';
import { lowest, type State, type Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** A subscription this partition did not know: it stands at its position until its predicate and a consumer come. */
export function learned(turn: Turn, stored: StoredSubscription, recovered: RecoveredSubscription): void {
  const { state } = turn;
  if (state.subs.has(stored.name)) return;
  // What this process trimmed since the start position was stored is past its retention, not lost.
  const from = Math.max(recovered.position ?? state.watermark, state.trimmed);
  if (state.trim) state.trim.before = Math.min(state.trim.before, from);
  add(state, newSub(stored, recovered, from));
}

function add(state: State, sub: Sub): void {
  state.subs.set(sub.name, sub);
  state.away.add(sub, sub.stored.wants);
  if (sub.own !== sub.from) state.touched.add(sub);
  if (state.gatherUntilMs !== undefined) state.gathering.add(sub);
}

function newSub(stored: StoredSubscription, recovered: RecoveredSubscription, from: Position): Sub {
  return {
    name: stored.name,
    stored,
    matches: undefined,
    inFlight: 0,
    consumers: 0,
    ended: false,
    scan: undefined,
    from,
    own: recovered.position,
    fresh: new Map(),
    rowed: new Map(),
    ready: [],
    due: [],
    horizonMs: Infinity,
    lines: stored.order === 'none' ? undefined : new Map(),
    skip: new Map(),
    removing: new Map(),
    rows: recovered.rows,
    loading: false,
    querying: false,
    queued: 0,
    heldBytes: 0,
    largestBytes: 0,
    flying: 0,
    crowdedSinceMs: 0,
    dead: { ...recovered.dead },
  };
}

/** This process was given the predicate, or a new generation of it: that counts for what is not yet evaluated. Another order needs `quiet`. */
export function attached(turn: Turn, subscription: Subscription): void {
  const { state } = turn;
  const known = state.subs.get(subscription.name);
  if (!known) return;
  const first = known.matches === undefined;
  const { matches, inFlight, ...stored } = subscription;
  const sub = sameOrder(known, stored) ? known : replace(turn, known, stored);
  sub.stored = stored;
  sub.matches = matches;
  sub.inFlight = inFlight;
  refile(state, sub);
  if (first || sub !== known) gather(turn, sub);
  if ((first || sub !== known) && sub.rows > 0) load(turn, sub);
  else resume(turn, sub);
  pump(turn, sub);
}

/** Whether two subscriptions order their events alike. */
export function sameOrder(sub: Sub, stored: StoredSubscription): boolean {
  return JSON.stringify(sub.stored.order) === JSON.stringify(stored.order);
}

/** Whether a subscription can take another order: nothing of it is in flight or on its way to disk. */
export function quiet(state: State, name: string): boolean {
  const sub = state.subs.get(name);
  if (!sub) return true;
  return (
    sub.flying === 0 &&
    !sub.querying &&
    ![...state.pending, ...(state.writing ?? [])].some((pending) => pending.sub === sub)
  );
}

/** Another order: it begins again from what is durable, as after a crash. What has been evaluated keeps the key it had. */
function replace(turn: Turn, old: Sub, stored: StoredSubscription): Sub {
  const { state } = turn;
  assert(quiet(state, old.name), `${old.name} changes its order while something is in flight`);
  const position = lowest(old);
  end(turn, old);
  const sub = newSub(stored, { name: old.name, position, rows: old.rows, dead: old.dead }, position);
  sub.own = old.own;
  sub.consumers = old.consumers;
  add(state, sub);
  return sub;
}

/** While subscriptions are coming in after a start, the log is not read yet: they shall read it together. */
function gather({ state, nowMs }: Turn, sub: Sub): void {
  if (state.gatherUntilMs === undefined) return;
  if (sub.matches && sub.consumers > 0) state.gathering.delete(sub);
  else state.gathering.add(sub);
  state.gatherUntilMs = state.gathering.size === 0 ? nowMs : nowMs + state.settings.gatherMs;
}

/** How many consume it now; without any it stands still. */
export function consumers(turn: Turn, name: string, count: number): void {
  const { state } = turn;
  const sub = state.subs.get(name);
  if (!sub) return;
  const first = sub.consumers === 0;
  sub.consumers = count;
  if (count === 0) {
    park(turn, sub);
    return unload(state, sub);
  }
  if (first) gather(turn, sub);
  resume(turn, sub);
  pump(turn, sub);
}

/** Drops all of it; what still comes back for it is ignored. */
export function forgotten(turn: Turn, name: string): void {
  const { state } = turn;
  const sub = state.subs.get(name);
  if (!sub) return;
  end(turn, sub);
  state.subs.delete(name);
}

function end(turn: Turn, sub: Sub): void {
  const { state } = turn;
  sub.consumers = 0;
  park(turn, sub);
  sub.ended = true;
  for (const item of [...sub.fresh.values(), ...sub.rowed.values()])
    if (item.phase !== 'flying') drop(state, sub, item);
  for (const set of [
    state.parked,
    state.crowded,
    state.busy,
    state.touched,
    state.waiting,
    state.skipping,
    state.gathering,
  ])
    set.delete(sub);
  state.away.delete(sub);
}

/** Dead letters are rows again. */
export function redriven(
  turn: Turn,
  name: string,
  rows: readonly { readonly position: Position; readonly key?: string }[],
): void {
  const sub = turn.state.subs.get(name);
  if (!sub) return;
  for (const row of rows) {
    if (pending(sub, row.position)) continue;
    sub.rows += 1;
    const stored = { ...row, subscription: name, generation: sub.stored.generation, kept: true } as const;
    const item = rowItem(sub, stored, turn.nowMs);
    sub.rowed.set(item.position, item);
    if (enterLine(sub, item.position, item.key)) makeReady(sub, item);
    else item.phase = 'blocked';
  }
  pump(turn, sub);
}

/** Whether an event is both dead and pending, as one is that a crash made evaluate again: the row is now that of what is pending, which goes with it. */
function pending(sub: Sub, position: Position): boolean {
  const item = sub.fresh.get(position);
  if (!item) return sub.rowed.has(position);
  if (item.row === 'none' && item.phase !== 'settling') {
    item.row = 'durable';
    sub.rows += 1;
    sub.fresh.delete(position);
    sub.rowed.set(position, item);
  }
  return true;
}

/** Dead letters are gone: a held subscription may go on. */
export function discarded(turn: Turn, name: string, gone: { readonly count: number; readonly bytes: number }): void {
  const sub = turn.state.subs.get(name);
  if (!sub) return;
  sub.dead.count = Math.max(0, sub.dead.count - gone.count);
  sub.dead.bytes = Math.max(0, sub.dead.bytes - gone.bytes);
  resume(turn, sub);
  pump(turn, sub);
}
