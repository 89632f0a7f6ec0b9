import assert from 'node:assert/strict';
import { attribute } from '../../events/event.ts';
import type { ChannelCase } from './channel-case.ts';
import { progressed, wait } from './channel-progress.ts';
import { done, type Recorder, type Seen } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

/** How many units each event waits, twice. */
const WAITS: Readonly<Record<string, number>> = { none: 0, short: 1, shortToo: 1, longer: 3, long: 10, last: 30 };

/** When an answered wait may come again, at the earliest. */
function dueMs(trial: Trial, seen: Seen): number {
  return (seen.answeredAtMs ?? 0) + (WAITS[seen.id] ?? 0) * trial.world.unitMs;
}

function noneEarly(trial: Trial, recorders: readonly Recorder[]): void {
  const all = recorders.flatMap(({ seen }) => seen);
  for (const id of Object.keys(WAITS)) {
    const times = all.filter((seen) => seen.id === id);
    for (const [i, seen] of times.slice(1).entries()) {
      const before = times[i];
      if (before)
        assert.ok(seen.atMs >= dueMs(trial, before), `${id} comes ${dueMs(trial, before) - seen.atMs} ms early`);
    }
  }
}

/** Moves the clock to 1 ms before each due time, looks, and then onto it. */
async function throughDueTimes(trial: Trial, recorder: Recorder, nth: number): Promise<void> {
  const waiting = recorder.seen.filter((seen) => seen.nth === nth).sort((a, b) => dueMs(trial, a) - dueMs(trial, b));
  for (const seen of waiting) {
    const leftMs = dueMs(trial, seen) - trial.world.now();
    if (leftMs > 1) await trial.world.advance(leftMs - 1);
    noneEarly(trial, [recorder]);
    if (leftMs > 0) await trial.world.advance(1);
    await trial.until(`${seen.id} comes when it is due`, () => recorder.times(seen.id) > nth);
    noneEarly(trial, [recorder]);
  }
}

async function waitsAreKept(trial: Trial): Promise<void> {
  const ids = Object.keys(WAITS);
  await trial.declare('one');
  const one = trial.record('one', ({ id, nth }) =>
    nth <= 3 ? wait((WAITS[id] ?? 0) * trial.world.unitMs, progressed(nth)) : done,
  );
  await trial.append(...ids.map((id) => trial.entry(id)));
  await trial.until('all come', () => one.different === ids.length);
  await throughDueTimes(trial, one, 1);
  await throughDueTimes(trial, one, 2);
  await trial.until('all wait for the third time', () => ids.every((id) => one.times(id) >= 3));
  // The third wait ends while nobody consumes.
  await trial.quiet();
  await trial.stop(one);
  await trial.world.advance(40 * trial.world.unitMs);
  const two = trial.record('one');
  const seenByBoth = (id: string): number => one.times(id) + two.times(id);
  await trial.until('what became due without a consumer comes', () => ids.every((id) => seenByBoth(id) === 4));
  await trial.world.advance(40 * trial.world.unitMs);
  await trial.quiet();
  assert.deepEqual(
    ids.map(seenByBoth),
    ids.map(() => 4),
    'done ends it',
  );
  noneEarly(trial, [one, two]);
  const counted = [...one.seen, ...two.seen].filter(({ id }) => id === 'long').map(({ delivery }) => delivery.progress);
  assert.deepEqual(counted, [undefined, progressed(1), progressed(2), progressed(3)]);
}

async function waitsSurvive(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  const kept = [progressed(25, 'dead-letter-sink'), progressed(3), progressed(26, 'dead-letter-sink')];
  await trial.declare('one', { inFlight: 1 });
  let waitingSinceMs = 0;
  for (const [round, how] of (['reopen', 'crash', 'reopen'] as const).entries()) {
    const marker = `after-${round}`;
    const one = trial.record('one', ({ id }) => {
      if (id === 'waits') return wait(10 * unitMs, kept[round]);
      // What a crash left of an earlier round must not take the one place there is.
      return id === marker ? 'hold' : done;
    });
    if (round === 0) await trial.append(trial.entry('waits'));
    await trial.until('it is handed over', () => one.times('waits') === 1);
    await trial.append(trial.entry(marker));
    // One in flight at most: that another comes says that the wait is settled, and so durable.
    await trial.until('another is handed over', () => one.times(marker) === 1);
    waitingSinceMs = one.seen.find(({ id }) => id === 'waits')?.answeredAtMs ?? 0;
    if (how === 'reopen') {
      one.answerAll(done);
      await trial.quiet();
    }
    if (!(await trial.restart(how))) return;
    const two = trial.record('one', ({ id }) => (id === 'waits' ? 'hold' : done));
    await trial.world.advance(waitingSinceMs + 10 * unitMs - 1 - trial.world.now());
    await trial.world.advance(1);
    await trial.until('it comes when it is due', () => two.times('waits') === 1);
    const [seen] = two.open;
    assert.ok(seen && seen.atMs >= waitingSinceMs + 10 * unitMs, 'its due time survived');
    assert.deepEqual(seen.delivery.progress, kept[round], 'its progress and stage survived');
    two.stop();
    two.answerAll({ kind: 'release' });
    await trial.until('the consumer ends', () => two.ended);
  }
}

async function killLosesNothing(trial: Trial): Promise<void> {
  const appended: string[] = [];
  const finished = new Set<string>();
  await trial.declare('one', { inFlight: 8 });
  await trial.declare('idle');
  for (let round = 1; round <= 6; round += 1) {
    // Some are done, some in flight, some never handed over when the process dies.
    const one = trial.record('one', ({ id }) => {
      if (Number(id) % 3 === round % 3) return 'hold';
      finished.add(id);
      return done;
    });
    for (let batch = 0; batch < round; batch += 1) {
      const ids = Array.from({ length: 5 }, (_, i) => String(appended.length + i + 1));
      appended.push(...ids);
      await trial.append(...ids.map((id) => trial.entry(id)));
      for (let turns = 0; turns < batch; turns += 1) await trial.world.turn();
    }
    assert.ok(one.open.every(({ delivery }) => delivery.progress === undefined));
    if (!(await trial.restart('crash'))) return;
  }
  const one = trial.record('one', ({ id }) => (finished.add(id), done));
  const idle = trial.record('idle');
  await trial.until('every appended event was done by who was killed', () => finished.size === appended.length);
  await trial.until('every appended event comes to who never consumed', () => idle.different === appended.length);
  await trial.quiet();
  const known = new Set(appended);
  const all = [...one.seen, ...idle.seen].map(({ delivery }) => attribute(delivery.entry.event, 'id') ?? '');
  assert.ok(
    all.every((id) => known.has(id)),
    'nothing comes that was not appended',
  );
}

/** Waits, and what outlives a process. */
export const timeCases: readonly ChannelCase[] = [
  { name: 'wait(d) comes not before d and is never lost', run: waitsAreKept },
  { name: 'progress, due time and stage survive a restart', run: waitsSurvive },
  { name: 'kill between append and settle loses nothing', run: killLosesNothing },
];
