import type { Change } from './log.ts';
import { lowest, type Item, type Pending, type State, type Sub } from './state.ts';
import type { Turn } from './turn.ts';

/** Whether anything is to be written, now or later. */
export function dirty(state: State): boolean {
  return state.urgent || state.moved || state.pending.length > 0 || state.busy.size > 0 || state.touched.size > 0;
}

/** Writes what is due: at once what must survive, the rest at most every `writeEveryMs`; one write at a time. */
export function flush(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.writing || !dirty(state)) return;
  if (!state.urgent && (state.gatherUntilMs !== undefined || nowMs < state.lastWriteMs + state.settings.writeEveryMs))
    return;
  slow(turn);
  const pending = state.pending.filter(({ sub }) => !sub.ended);
  state.pending = [];
  const changes: Change[] = [...state.keeps.splice(0), ...pending.map((each) => changeOf(each, nowMs))];
  positions(state, changes);
  state.urgent = false;
  state.lastWriteMs = nowMs;
  if (changes.length === 0) return;
  state.writing = pending;
  turn.effects.push({ kind: 'write', changes });
}

/** What has been unsettled for long gets a row, so that the position can pass it. */
function slow(turn: Turn): void {
  const { state, nowMs } = turn;
  for (const sub of state.busy) {
    if (sub.fresh.size === 0 || sub.ended) state.busy.delete(sub);
    for (const item of sub.fresh.values()) {
      if (item.sinceMs > nowMs - state.settings.slowMs) break;
      if (item.row !== 'none' || item.phase === 'settling') continue;
      sub.rows += 1;
      state.pending.push({ sub, item, change: 'slow' });
    }
  }
}

function changeOf({ sub, item, change }: Pending, nowMs: number): Change {
  if (change === 'remove') {
    return { kind: 'remove', subscription: sub.name, position: item.position };
  }
  if (item.row === 'none') item.row = 'writing';
  if (change !== 'dead') return { kind: 'row', row: rowOf(sub, item) };
  const { entry, progress, position } = item;
  if (!entry || !progress) throw new Error(`dead letter ${sub.name}/${position} without its event`);
  const letter = { id: String(position), subscription: sub.name, entry: item.dead ?? entry, progress, deadAtMs: nowMs };
  return { kind: 'dead', position, letter };
}

function rowOf(sub: Sub, item: Item): Extract<Change, { kind: 'row' }>['row'] {
  return {
    subscription: sub.name,
    position: item.position,
    generation: item.generation,
    ...(item.key !== undefined && { key: item.key }),
    ...(item.phase === 'settling' && { dueMs: item.dueMs }),
    ...(item.progress && { progress: item.progress }),
    ...(item.kept && { kept: true }),
  };
}

/**
 * The positions that hold once this write is durable. Who is not live gets its own first, so that the watermark need not wait for it; a live one gives its own up once the
 * watermark is not above it. So the watermark never goes back.
 */
function positions(state: State, changes: Change[]): void {
  const { live, touched } = state;
  let watermark = live.cursor;
  for (const sub of touched) {
    if (sub.ended || sub.scan === live) continue;
    setOwn(sub, lowest(sub), changes);
    touched.delete(sub);
  }
  for (const sub of state.busy)
    if (sub.scan === live && sub.own === undefined) watermark = Math.min(watermark, lowest(sub));
  for (const sub of touched) {
    const position = lowest(sub);
    const level = position >= watermark;
    if (!sub.ended && sub.own !== undefined) setOwn(sub, level ? undefined : position, changes);
    // One that is live but not level yet is looked at again with the next write.
    if (sub.ended || level || sub.own === undefined) touched.delete(sub);
  }
  if (watermark > state.watermark) {
    state.watermark = watermark;
    changes.push({ kind: 'position', subscription: '*', next: watermark });
  }
  state.moved = false;
}

function setOwn(sub: Sub, next: number | undefined, changes: Change[]): void {
  if (sub.own === next) return;
  sub.own = next;
  changes.push({ kind: 'position', subscription: sub.name, ...(next !== undefined && { next }) });
}
