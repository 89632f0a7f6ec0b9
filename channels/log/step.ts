import { attached, consumers, discarded, forgotten, learned, redriven } from './declare.ts';
import { fetched, pump } from './deliver.ts';
import { fallDue } from './due.ts';
import { evaluate } from './evaluate.ts';
import { dirty, flush } from './flush.ts';
import { rowsCame } from './load.ts';
import { park, readOn, resume } from './scans.ts';
import { judged, written } from './settle.ts';
import type { State, Sub } from './state.ts';
import { expired, trimFetched, trimRows, trimSometimes, trimSoon } from './trim.ts';
import type { Effect, Input, Turn } from './turn.ts';

/**
 * The engine: what one input does to a partition, and what is to be done about it. No promise, clock or port inside: whoever carries the effects out
 * calls it again with what came of them, and at `wakeAtMs` with a tick.
 *
 * Invariant: below a subscription's position (the watermark if it is live, its own otherwise) every match is settled or has a row, and nothing is evaluated
 * again; from it on everything is, skipping what has a row. So a crash loses nothing and repeats what was settled since positions were last written.
 */
export function step(state: State, input: Input, nowMs: number): Effect[] {
  const turn: Turn = { state, nowMs, effects: [] };
  apply(turn, input);
  for (const sub of fallDue(turn)) pump(turn, sub);
  recheck(turn);
  trimSometimes(turn);
  readOn(turn);
  flush(turn);
  return turn.effects;
}

/** When `step` must be called with a tick at the latest. */
export function wakeAtMs(state: State): number {
  const { writeEveryMs } = state.settings;
  const flushAtMs =
    !state.writing && state.gatherUntilMs === undefined && dirty(state) ? state.lastWriteMs + writeEveryMs : Infinity;
  return Math.min(flushAtMs, state.nextDueMs, state.recheckMs, state.gatherUntilMs ?? Infinity, state.trimAtMs);
}

function apply(turn: Turn, input: Input): void {
  switch (input.kind) {
    case 'learned':
      return learned(turn, input.stored, input.recovered);
    case 'attached':
      return attached(turn, input.subscription);
    case 'consumers':
      return consumers(turn, input.name, input.count);
    case 'forgotten':
      return forgotten(turn, input.name);
    case 'slice':
      return evaluate(turn, input.scan, input.slice);
    case 'fetched':
      fetched(turn, input, input.entry);
      return goOn(turn, input.sub);
    case 'rows':
      return rowsCame(turn, input.sub, input);
    case 'verdict':
      judged(turn, input, input.verdict);
      return goOn(turn, input.sub);
    case 'written':
      return landed(turn);
    case 'redriven':
      return redriven(turn, input.name, input.rows);
    case 'discarded':
      return discarded(turn, input.name, input);
    case 'expired':
      return expired(turn, input.before);
    case 'trim-rows':
      return trimRows(turn, input.rows);
    case 'trim-fetched':
      return trimFetched(turn, input.position, input.entry);
    case 'full':
      return trimSoon(turn);
    case 'flush':
      turn.state.urgent = true;
      return undefined;
    case 'tick':
      return undefined;
    default:
      return input satisfies never;
  }
}

/** What there is room for now that something came back. */
function goOn(turn: Turn, sub: Sub): void {
  if (sub.ended) return;
  resume(turn, sub);
  pump(turn, sub);
}

function landed(turn: Turn): void {
  const subs = new Set((turn.state.writing ?? []).map(({ sub }) => sub));
  written(turn);
  for (const sub of fallDue(turn)) subs.add(sub);
  for (const sub of subs) goOn(turn, sub);
}

/** What nobody else brings on: the end of gathering, queues that stay crowded, those that wait for memory. */
function recheck(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.gatherUntilMs !== undefined && nowMs >= state.gatherUntilMs) {
    state.gatherUntilMs = undefined;
    // Nobody reads along: what nobody has come for is read when they do.
    if (state.live.subs.size === 0) state.live.cursor = Math.max(state.live.cursor, state.end);
  }
  if (nowMs < state.recheckMs) return;
  for (const sub of state.crowded) if (nowMs >= sub.crowdedSinceMs + state.settings.crowdedMs) park(turn, sub);
  for (const sub of state.parked) goOn(turn, sub);
  state.recheckMs = state.parked.size + state.crowded.size > 0 ? nowMs + state.settings.writeEveryMs : Infinity;
}
