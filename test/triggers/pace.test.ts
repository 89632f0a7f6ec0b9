import { expect, test } from 'vitest';
import { pace } from '../../triggers/pace.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('so many a minute, evenly apart, in the order they came', async () => {
  const clock = new FakeClock(0);
  const { turn } = pace(60, clock);
  const passed: [number, number][] = [];
  const { signal } = new AbortController();
  for (const n of [1, 2, 3]) void turn(signal).then(() => passed.push([n, clock.now()]));
  await clock.advance(10_000);
  expect(passed).toEqual([
    [1, 0],
    [2, 1000],
    [3, 2000],
  ]);
});

test('what was not used is not made up for by a burst', async () => {
  const clock = new FakeClock(0);
  const { turn } = pace(60, clock);
  const { signal } = new AbortController();
  await turn(signal);
  await clock.advance(60_000);
  await turn(signal);
  let passed = false;
  void turn(signal).then(() => (passed = true));
  await clock.advance(999);
  expect(passed).toBe(false);
  await clock.advance(1);
  expect(passed).toBe(true);
});

test('an abort ends the wait', async () => {
  const clock = new FakeClock(0);
  const { turn } = pace(1, clock);
  const stop = new AbortController();
  await turn(stop.signal);
  const waiting = turn(stop.signal);
  stop.abort();
  await waiting;
  expect(clock.pending).toBe(0);
});

test('a clock that is set back makes nobody wait longer than the rate does', async () => {
  const clock = new FakeClock(3_600_000);
  const { turn } = pace(60, clock);
  const { signal } = new AbortController();
  await turn(signal);
  // An hour, as one whose zone was wrong.
  await clock.advance(-3_600_000);
  const passed: number[] = [];
  for (const n of [1, 2]) void turn(signal).then(() => passed.push(n));
  await clock.advance(2000);
  expect(passed).toEqual([1, 2]);
});
