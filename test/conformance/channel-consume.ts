import assert from 'node:assert/strict';
import { deadLetters, inspectable } from '../../channels/abilities.ts';
import type { ChannelCase } from './channel-case.ts';
import { progressed, wait } from './channel-progress.ts';
import { done, release, type Seen } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

const numbered = (trial: Trial, from: number, to: number): ReturnType<Trial['entry']>[] =>
  Array.from({ length: to - from + 1 }, (_, i) => trial.entry(String(from + i)));

async function consumersShare(trial: Trial): Promise<void> {
  await trial.declare('one');
  const a = trial.record('one');
  const b = trial.record('one');
  await trial.append(...numbered(trial, 1, 100));
  await trial.until('all come', () => a.seen.length + b.seen.length >= 100);
  await trial.quiet();
  assert.deepEqual(
    [...a.ids, ...b.ids].sort((x, y) => Number(x) - Number(y)),
    numbered(trial, 1, 100).map(({ event }) => event.attributes.get('id')),
  );
  await trial.stop(a);
  const before = a.seen.length;
  await trial.append(...numbered(trial, 101, 120));
  await trial.until('who is left gets all', () => b.seen.length + before === 120);
  assert.equal(a.seen.length, before, 'who has ended gets none');
}

async function doneForgets(trial: Trial): Promise<void> {
  await trial.declare('one');
  const first = trial.record('one');
  await trial.append(...numbered(trial, 1, 20));
  await trial.until('all come', () => first.different === 20);
  await trial.quiet();
  await trial.stop(first);
  const second = trial.record('one');
  await trial.world.advance(10 * trial.world.unitMs);
  await trial.quiet();
  assert.equal(first.seen.length, 20);
  assert.deepEqual(second.ids, []);
  const able = inspectable(trial.channel);
  if (able) {
    const states = await trial.call(able.subscriptions());
    assert.equal(states.find(({ name }) => name === 'one')?.backlog, 0);
  }
  if (!(await trial.restart('reopen'))) return;
  const third = trial.record('one');
  await trial.world.advance(10 * trial.world.unitMs);
  await trial.quiet();
  assert.deepEqual(third.ids, [], 'nor after a restart in good order');
}

async function againUncounted(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  await trial.declare('one');
  const failed = progressed(3);
  const one = trial.record('one', ({ id, nth }) => {
    if (id !== 'odd') return done;
    if (nth === 1) throw new Error('a bug in the handler');
    if (nth === 3 || nth === 5) return release;
    return nth === 4 ? wait(unitMs, failed) : 'hold';
  });
  await trial.append(trial.entry('odd'), trial.entry('even'));
  await trial.until('it comes again after the handler threw', () => one.times('odd') === 2);
  one.open[0]?.fail(new Error('a bug after an await'));
  await trial.until('it comes again after a rejection and a release', () => one.times('odd') === 4);
  await trial.pass('it comes again after its wait and another release', () => one.times('odd') === 6);
  await trial.quiet();
  // The consumer dies: it ends while it has the delivery, and gives it back.
  one.stop();
  one.answerAll(release);
  await trial.until('the consumer ends', () => one.ended);
  const two = trial.record('one', () => 'hold');
  await trial.until('it comes again after its consumer ended', () => two.times('odd') === 1);
  const odd = [...one.seen, ...two.seen].filter(({ id }) => id === 'odd');
  const uncounted = [undefined, undefined, undefined, undefined, failed, failed, failed];
  assert.deepEqual(
    odd.map(({ delivery }) => delivery.progress),
    uncounted,
  );
  assert.equal(one.times('even'), 1, 'the others are not touched');
  if (!(await trial.restart('crash'))) return;
  const three = trial.record('one');
  await trial.until('it comes again after the process died', () => three.times('odd') >= 1);
  assert.deepEqual(three.seen.find(({ id }) => id === 'odd')?.delivery.progress, failed);
}

async function atMostInFlight(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  await trial.declare('one', { inFlight: 3 });
  let most = 0;
  const hold = (): 'hold' => {
    most = Math.max(most, open().length);
    return 'hold';
  };
  const a = trial.record('one', hold);
  const b = trial.record('one', hold);
  const open = (): readonly Seen[] => [...a.open, ...b.open];
  await trial.append(...numbered(trial, 1, 20));
  for (const answer of [done, wait(unitMs), release, done]) {
    await trial.until('as many as may be are in flight', () => open().length === 3);
    await trial.quiet();
    open()[0]?.answer(answer);
  }
  await trial.pass('all are done', () => {
    for (const seen of open()) seen.answer(done);
    return new Set([...a.ids, ...b.ids]).size === 20 && a.seen.length + b.seen.length >= 22;
  });
  assert.equal(most, 3, 'the largest number that was in flight at once');
}

async function abortEndsConsume(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  await trial.declare('one', { inFlight: 2 });
  const one = trial.record('one', () => 'hold');
  await trial.append(...numbered(trial, 1, 3));
  await trial.until('two are in flight', () => one.open.length === 2);
  one.stop();
  await trial.quiet();
  assert.equal(one.ended, false, 'consume has not returned while two are in flight');
  assert.equal(one.seen.length, 2, 'nothing is handed out after the abort');
  const [first, second] = one.open;
  const failed = progressed(2);
  first?.answer(done);
  second?.answer(wait(unitMs, failed));
  await trial.until('consume returns', () => one.ended);
  const two = trial.record('one');
  await trial.until('what was not handed out comes', () => two.times('3') === 1);
  await trial.pass('what is left comes to the next consumer', () => two.different === 2);
  await trial.quiet();
  assert.deepEqual(two.ids, ['3', second?.id]);
  assert.deepEqual(two.seen[1]?.delivery.progress, failed, 'the verdict after the abort was kept');
  const early = trial.channel.consume('one', async () => done, AbortSignal.abort());
  await trial.call(early);
}

async function disposeWaits(trial: Trial): Promise<void> {
  const { channel } = trial;
  const { unitMs } = trial.world;
  await trial.declare('one', { inFlight: 2 });
  const one = trial.record('one', () => 'hold');
  await trial.append(...numbered(trial, 1, 3));
  await trial.until('two are in flight', () => one.open.length === 2);
  let disposed = 0;
  const dispose = (): Promise<number> => Promise.resolve(channel[Symbol.asyncDispose]()).then(() => (disposed += 1));
  const both = Promise.all([dispose(), dispose()]);
  both.catch(() => undefined);
  await trial.grace();
  assert.equal(disposed, 0, 'disposal waits for what is in flight');
  assert.equal(one.seen.length, 2, 'nothing is handed out any more');
  const [first, second] = one.open;
  const failed = progressed(2);
  first?.answer(done);
  second?.answer(wait(unitMs, failed));
  await trial.call(Promise.all([both, dispose()]));
  await trial.until('consume returns', () => one.ended);
  const signal = new AbortController().signal;
  const subscription = {
    name: 'two',
    generation: 1,
    wants: 'everything',
    filter: '',
    start: 'latest',
    order: 'none',
    inFlight: 1,
  } as const;
  await trial.refuses(channel.append([trial.entry('4')]), 'channel-closed');
  await trial.refuses(channel.declare({ ...subscription, matches: () => true }), 'channel-closed');
  await trial.refuses(
    channel.consume('one', async () => done, signal),
    'channel-closed',
  );
  await trial.refuses(channel.forget('one'), 'channel-closed');
  const letters = deadLetters(channel);
  if (letters) {
    await trial.refuses(letters.list('one', { limit: 1 }), 'channel-closed');
    await trial.refuses(letters.redrive('one', ['1']), 'channel-closed');
    await trial.refuses(letters.discard('one', ['1']), 'channel-closed');
  }
  if (!(await trial.restart('reopen'))) return;
  const two = trial.record('one');
  await trial.until('what was not handed out comes', () => two.times('3') === 1);
  await trial.pass('what is left comes after the restart', () => two.different === 2);
  await trial.quiet();
  assert.deepEqual(two.ids, ['3', second?.id], 'what settled during disposal is kept');
  assert.deepEqual(two.seen[1]?.delivery.progress, failed);
}

/** What `consume`, its verdicts and disposal promise. */
export const consumeCases: readonly ChannelCase[] = [
  { name: 'consumers of one subscription share', run: consumersShare },
  { name: 'done forgets', run: doneForgets },
  {
    name: 'a handler that throws, a release, a consumer that dies: again, and no attempt is counted',
    run: againUncounted,
  },
  { name: 'at most inFlight unsettled', run: atMostInFlight },
  { name: 'abort ends consume and what is in flight still settles', run: abortEndsConsume },
  { name: 'dispose waits, is idempotent, later calls fail with their code', run: disposeWaits },
];
