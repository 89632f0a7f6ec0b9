import assert from 'node:assert/strict';
import { attribute } from '../../events/event.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { ChannelCase } from './channel-case.ts';
import { progressed, wait } from './channel-progress.ts';
import { done, release, type Decide, type Recorder } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

const BY_KEY = { by: 'partitionkey' } as const;
const KEYS = ['a', 'b', 'c', 'd'];
const PER_KEY = 8;

/** Ids are `<key>-<number>`, appended by turns: a-1 b-1 c-1 d-1 a-2 ... */
function keyed(trial: Trial, from: number, to: number): ReturnType<Trial['entry']>[] {
  const entries: ReturnType<Trial['entry']>[] = [];
  for (let i = from; i <= to; i += 1) for (const key of KEYS) entries.push(trial.entry(`${key}-${i}`, { key }));
  return entries;
}

/** Says what came before an earlier one of its key was finished. */
class KeyOrder {
  readonly finished = new Set<string>();
  readonly wrong: string[] = [];
  readonly #times = new Map<string, number>();

  /** How often an event came, this time included, whoever consumed. */
  count(id: string): number {
    const times = (this.#times.get(id) ?? 0) + 1;
    this.#times.set(id, times);
    return times;
  }

  /** Whether all earlier ones of its key are finished. */
  check(id: string): void {
    const [key, number] = id.split('-');
    for (let i = 1; i < Number(number); i += 1) {
      if (!this.finished.has(`${key}-${i}`)) this.wrong.push(`${id} before ${key}-${i} was finished`);
    }
  }
}

/** What the nth delivery of the ith event of a key is answered: each kind of delay there is, then done. */
function trouble(unitMs: number, i: number, nth: number): Verdict {
  if (nth === 1 && i % 4 === 1) return wait(unitMs);
  if (nth === 1 && i % 4 === 2) return release;
  if (nth === 1 && i % 4 === 3) throw new Error('a bug in the handler');
  if (nth === 2 && i % 8 === 5) return wait(2 * unitMs, progressed(2));
  return done;
}

function inTrouble(trial: Trial, order: KeyOrder): Decide {
  return ({ id }) => {
    order.check(id);
    const verdict = trouble(trial.world.unitMs, Number(id.split('-')[1]), order.count(id));
    if (verdict.kind === 'done') order.finished.add(id);
    return verdict;
  };
}

async function orderAsDeclared(trial: Trial): Promise<void> {
  if (!trial.features.ordered) {
    await trial.refuses(trial.declare('ordered', { order: BY_KEY }), 'order-unsupported');
    return;
  }
  const order = new KeyOrder();
  await trial.declare('ordered', { order: BY_KEY, inFlight: 6 });
  await trial.declare('unordered', { order: 'none' });
  await trial.append(...keyed(trial, 1, 3));
  const first = trial.record('ordered', inTrouble(trial, order));
  const unordered = trial.record('unordered', ({ id, nth }) =>
    nth === 1 && id.endsWith('-1') ? wait(trial.world.unitMs) : done,
  );
  await trial.append(...keyed(trial, 4, PER_KEY - 2));
  await trial.until('who wants no order has all', () => unordered.different === KEYS.length * (PER_KEY - 2));
  await trial.quiet();
  assert.equal(order.finished.size, 0, 'the first of each key waits, and so do those behind it');
  await trial.stop(first);
  if (trial.features.durable) await trial.restart('reopen');
  const second = trial.record('ordered', inTrouble(trial, order));
  await trial.append(...keyed(trial, PER_KEY - 1, PER_KEY));
  await trial.quiet();
  await trial.world.advance(trial.world.unitMs);
  await trial.until('some are finished', () => order.finished.size > 0);
  await trial.stop(second);
  if (trial.features.durable) await trial.restart('crash');
  const third = trial.record('ordered', inTrouble(trial, order));
  await trial.pass('all are finished', () => order.finished.size === KEYS.length * PER_KEY);
  assert.deepEqual(order.wrong, []);
  assert.ok(first.seen.length > 0 && third.seen.length > 0);
}

async function stuckHoldsOnlyItsKey(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  const isStuck = (id: string): boolean => id === 'stuck';
  await trial.declare('unordered', { inFlight: 2 });
  const unordered = trial.record('unordered', ({ id }) => (isStuck(id) ? 'hold' : done));
  await trial.append(trial.entry('stuck'), ...keyed(trial, 1, 10));
  await trial.until('the others pass one that is stuck', () => unordered.different === 1 + 10 * KEYS.length);
  // Waiting takes no place in flight, however many wait.
  await trial.declare('patient', { inFlight: 2, wants: [{ type: ['patient'] }] });
  const patient = trial.record('patient', ({ id, nth }) => (id !== 'last' && nth === 1 ? wait(unitMs) : done));
  const waiting = Array.from({ length: 30 }, (_, i) => trial.entry(`wait-${i}`, { type: 'patient' }));
  await trial.append(...waiting, trial.entry('last', { type: 'patient' }));
  await trial.until('one passes 30 that wait', () => patient.times('last') === 1);
  if (trial.features.ordered) await stuckKey(trial);
  unordered.answerAll(done);
  await trial.pass('what waits comes', () => patient.seen.length === 61);
}

async function stuckKey(trial: Trial): Promise<void> {
  await trial.declare('by-key', {
    order: BY_KEY,
    inFlight: 2,
    matches: (event) => attribute(event, 'type') === 'keyed',
  });
  const byKey: Recorder = trial.record('by-key', ({ id }) => (id === 'a-1' ? 'hold' : done));
  const of = (id: string, key?: string): ReturnType<Trial['entry']> =>
    trial.entry(id, { type: 'keyed', ...(key !== undefined && { key }) });
  await trial.append(...Array.from({ length: 30 }, (_, i) => of(`a-${i + 1}`, 'a')));
  await trial.append(of('b-1', 'b'), of('b-2', 'b'), of('no-key-1'), of('no-key-2'), of('b-3', 'b'));
  await trial.until('other keys and none pass', () => byKey.different === 6);
  await trial.quiet();
  const inOrder = (ids: readonly string[]): readonly string[] => ids.filter((id) => id.startsWith('b-'));
  assert.deepEqual(inOrder(byKey.ids), ['b-1', 'b-2', 'b-3']);
  assert.equal(byKey.different, 6, 'those behind the stuck one of their key do not come');
  byKey.answerAll(done);
  await trial.until('those behind it come once it is done', () => byKey.different === 35);
  const ofA = byKey.ids.filter((id) => id.startsWith('a-'));
  assert.deepEqual(
    ofA,
    Array.from({ length: 30 }, (_, i) => `a-${i + 1}`),
  );
}

/** What order promises, and what it does not cost. */
export const orderCases: readonly ChannelCase[] = [
  { name: 'order as declared', run: orderAsDeclared },
  { name: 'one stuck event does not hold the others (or only its key)', run: stuckHoldsOnlyItsKey },
];
