import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { attribute } from '../../events/event.ts';
import type { Handle, Subscription } from '../../channels/channel.ts';
import { deadLetters } from '../../channels/abilities.ts';
import type { ChannelCase } from './channel-case.ts';
import { bury, wait } from './channel-progress.ts';
import { done } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

async function fullStoreRefuses(trial: Trial): Promise<void> {
  const { world } = trial;
  const able = deadLetters(trial.channel) !== undefined;
  await trial.declare('one');
  const one = trial.record('one', ({ nth }) => (nth === 1 ? 'hold' : done));
  await trial.append(trial.entry('done'), trial.entry('waits'), trial.entry('dies'));
  await trial.until('three are in flight', () => one.open.length === 3);
  await world.fill();
  await trial.refuses(trial.channel.append([trial.entry('refused', { data: new Uint8Array(2000) })]), 'channel-full');
  const batch = Array.from({ length: 20 }, (_, i) => trial.entry(`refused-${i}`, { data: new Uint8Array(200) }));
  await trial.refuses(trial.channel.append(batch), 'channel-full');
  // Settling still works.
  for (const seen of one.open) {
    if (seen.id === 'waits') seen.answer(wait(world.unitMs));
    else seen.answer(seen.id === 'dies' && able ? bury() : done);
  }
  await trial.grace();
  await world.advance(world.unitMs);
  await trial.until('what waits comes while it is full', () => one.times('waits') === 2);
  if (able) await trial.until('what died is listed', async () => (await trial.deadOf('one')).length === 1);
  await world.free();
  await trial.append(trial.entry('accepted'), ...Array.from({ length: 5 }, (_, i) => trial.entry(`accepted-${i}`)));
  await trial.until('what is accepted again is in flight', () => one.open.length === 6);
  one.answerAll(done);
  await trial.quiet();
  assert.equal(one.different, 9, 'nothing that was refused comes');
  assert.equal(one.seen.length, 10);
  if (!(await trial.restart('reopen'))) return;
  const two = trial.record('one');
  await trial.append(trial.entry('last'));
  await trial.until('it still works after a restart', () => two.times('last') === 1);
  await trial.quiet();
  assert.deepEqual(two.ids, ['last']);
}

async function fiftySubscriptions(trial: Trial): Promise<void> {
  const names = Array.from({ length: 50 }, (_, i) => `s-${i}`);
  // Every other one wants a tenth.
  const wanted = (i: number): Partial<Subscription> => (i % 2 === 0 ? {} : { wants: [{ tenth: [String(i % 10)] }] });
  for (const [i, name] of names.entries()) await trial.declare(name, wanted(i));
  const recorders = names.map((name) => trial.record(name));
  const expected = (i: number): number => (i % 2 === 0 ? 1000 : 100);
  for (let from = 0; from < 1000; from += 100) {
    const entries = Array.from({ length: 100 }, (_, i) =>
      trial.entry(String(from + i), { attributes: { tenth: i % 10 } }),
    );
    await trial.append(...entries);
  }
  for (const [i, recorder] of recorders.entries()) {
    await trial.until(`${names[i]} has all of its own`, () => recorder.different >= expected(i));
  }
  await trial.quiet();
  for (const [i, recorder] of recorders.entries()) {
    assert.deepEqual([recorder.different, recorder.seen.length], [expected(i), expected(i)], `what ${names[i]} gets`);
  }
}

async function slowDoesNotSlowFast(trial: Trial): Promise<void> {
  const count = 3000;
  let patience = true;
  await trial.declare('slow', { inFlight: 4 });
  await trial.declare('fast');
  const slow = trial.record('slow', () => (patience ? 'hold' : done));
  const fast = trial.record('fast');
  for (let from = 0; from < count; from += 100) {
    await trial.append(...Array.from({ length: 100 }, (_, i) => trial.entry(String(from + i))));
  }
  await trial.until('the fast one has all', () => fast.different === count);
  await trial.quiet();
  assert.equal(slow.seen.length, 4, 'the slow one has got what it may have in flight, and no more');
  assert.equal(fast.seen.length, count);
  patience = false;
  slow.answerAll(done);
  await trial.until('the slow one has all in the end', () => slow.different === count);
  await trial.quiet();
  assert.equal(slow.seen.length, count);
}

const PENDING = 100_000;

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  // Twice: what the first finds garbage may have held memory outside the heap.
  for (let i = 0; i < 2; i += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function memoryStaysBounded(trial: Trial): Promise<void> {
  const { world } = trial;
  const times = new Uint8Array(PENDING);
  let calls = 0;
  let finished = 0;
  // Every event waits once. Counts only: a recorder would itself keep all of them.
  const handle: Handle = async ({ entry }) => {
    const number = Number(attribute(entry.event, 'id'));
    times[number] = (times[number] ?? 0) + 1;
    calls += 1;
    if (times[number] === 1) return wait(100 * world.unitMs);
    finished += 1;
    return done;
  };
  await trial.declare('one', { inFlight: 1000 });
  await trial.quiet();
  const before = heapBytes();
  const grown = (): number => heapBytes() - before;
  const assertBounded = (when: string): void => {
    const bytes = grown();
    assert.ok(
      bytes <= world.pendingBytesMax,
      `${when} the heap has grown by ${bytes}, the bound is ${world.pendingBytesMax}`,
    );
  };
  for (let from = 0; from < PENDING; from += 1000) {
    const entries = Array.from({ length: 1000 }, (_, i) =>
      trial.entry(String(from + i), { data: Buffer.alloc(1024, i) }),
    );
    await trial.append(...entries);
  }
  await trial.quiet();
  assertBounded('with 100,000 events nobody consumes');
  const stop = new AbortController();
  const ended = trial.channel.consume('one', handle, stop.signal);
  await trial.until('every event was handed over', () => calls >= PENDING);
  await trial.quiet();
  assertBounded('with 100,000 events that wait');
  await trial.pass('every event is done', () => finished >= PENDING, 200);
  stop.abort();
  await trial.call(ended);
  assert.ok(
    times.every((count) => count === 2),
    'each comes, waits, comes again, and no more',
  );
}

/** What is limited, and what the limits do not touch. */
export const limitCases: readonly ChannelCase[] = [
  {
    name: 'a full store refuses and recovers when space returns',
    limits: { bytesMax: 2 ** 20 },
    run: fullStoreRefuses,
  },
  { name: '50 subscriptions x 1,000 events', run: fiftySubscriptions },
  { name: 'a slow subscription does not slow a fast one', run: slowDoesNotSlowFast },
  { name: 'memory stays bounded with 100,000 pending', run: memoryStaysBounded },
];
