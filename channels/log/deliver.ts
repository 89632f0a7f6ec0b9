import type { Entry } from '../../events/entry.ts';
import { refill } from './due.ts';
import { entryBytes } from './entry-bytes.ts';
import { enterLine, keyOf } from './lines.ts';
import type { Position } from './log.ts';
import { charge, settled } from './settle.ts';
import { held, type Item, type Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** Takes in a match: ready at once, or blocked behind an earlier one of its key. */
export function take(turn: Turn, sub: Sub, at: { readonly position: Position; readonly entry: Entry }): void {
  const { state, nowMs } = turn;
  const { position, entry } = at;
  const key = keyOf(sub, entry);
  const bytes = entryBytes(entry);
  const first = enterLine(sub, position, key);
  const item: Item = {
    position,
    generation: sub.stored.generation,
    key,
    sinceMs: nowMs,
    charged: 0,
    phase: first ? 'ready' : 'blocked',
    entry,
    progress: undefined,
    dueMs: 0,
    kept: false,
    dead: undefined,
    row: 'none',
  };
  sub.fresh.set(position, item);
  if (first) sub.ready.push(item);
  sub.queued += 1;
  charge(state, { sub, item }, bytes);
  state.busy.add(sub);
  if (sub.scan === state.live && sub.queued > state.settings.queueEntries / 2 && !state.crowded.has(sub)) {
    sub.crowdedSinceMs = nowMs;
    state.crowded.add(sub);
    state.recheckMs = Math.min(state.recheckMs, nowMs + state.settings.crowdedMs);
  }
}

/** Starts as many deliveries as there is room for, and sees that more are at hand. */
export function pump(turn: Turn, sub: Sub): void {
  const { state, effects } = turn;
  if (sub.consumers === 0 || sub.loading || sub.ended || held(state, sub)) return;
  while (sub.flying < sub.inFlight) {
    const [item] = sub.ready;
    if (!item || !(item.entry || fits(turn, sub))) break;
    sub.ready.shift();
    sub.flying += 1;
    if (item.entry) {
      sub.queued -= 1;
      item.phase = 'flying';
      effects.push({ kind: 'deliver', sub, item });
    } else {
      // How large it is will be known when it has come.
      charge(state, { sub, item }, sub.largestBytes);
      item.phase = 'fetching';
      effects.push({ kind: 'fetch', sub, item });
    }
  }
  if (sub.queued <= state.settings.queueEntries / 4) state.crowded.delete(sub);
  refill(turn, sub);
}

/** Whether memory is left for one more body to be read, as large as the largest so far; one at a time always fits. */
function fits({ state }: Turn, sub: Sub): boolean {
  const { budget, settings } = state;
  if (sub.flying === 0) return true;
  if (sub.largestBytes === 0) return false;
  return sub.heldBytes + sub.largestBytes <= settings.queueBytes && budget.used + sub.largestBytes <= budget.max;
}

/** The bytes of an item have come; without them it is lost, and that is said. */
export function fetched(turn: Turn, at: { readonly sub: Sub; readonly item: Item }, entry: Entry | undefined): void {
  const { sub, item } = at;
  if (sub.ended || item.phase !== 'fetching') return;
  if (entry) {
    item.entry = entry;
    charge(turn.state, at, entryBytes(entry));
    item.phase = 'flying';
    turn.effects.push({ kind: 'deliver', sub, item });
    return;
  }
  sub.flying -= 1;
  turn.effects.push({ kind: 'lost', count: 1, from: item.position });
  settled(turn, sub, item);
}
