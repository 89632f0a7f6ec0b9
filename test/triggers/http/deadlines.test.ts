import { expect, test } from 'vitest';
import { Deadlines, type Timed } from '../../../triggers/http/deadlines.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Bench {
  readonly clock: FakeClock;
  readonly deadlines: Deadlines;
  readonly expired: string[];
  readonly start: (name: string, timeoutMs: number) => Timed;
}

function bench(): Bench {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const expired: string[] = [];
  const start = (name: string, timeoutMs: number): Timed => {
    const timed: Timed = { timeoutMs, deadlineMs: 0, expire: () => void expired.push(name) };
    deadlines.start(timed, clock.now());
    return timed;
  };
  return { clock, deadlines, expired, start };
}

test('each expires at its own time, those of one duration with one timer', async () => {
  const { clock, expired, start } = bench();
  start('a', 1000);
  await clock.advance(600);
  start('b', 1000);
  start('c', 300);
  expect(clock.pending).toBe(2);
  await clock.advance(399);
  expect(expired).toEqual(['c']);
  await clock.advance(1);
  expect(expired).toEqual(['c', 'a']);
  await clock.advance(599);
  expect(expired).toEqual(['c', 'a']);
  await clock.advance(1);
  expect(expired).toEqual(['c', 'a', 'b']);
  expect(clock.pending).toBe(0);
});

test('what was stopped does not expire, and the timer is aimed at what is left', async () => {
  const { clock, deadlines, expired, start } = bench();
  const first = start('a', 1000);
  await clock.advance(500);
  start('b', 1000);
  deadlines.stop(first);
  await clock.advance(999);
  expect(expired).toEqual([]);
  await clock.advance(1);
  expect(expired).toEqual(['b']);
});

test('one that starts another as it expires gets its successor a full turn', async () => {
  const { clock, deadlines, expired, start } = bench();
  const again: Timed = {
    timeoutMs: 100,
    deadlineMs: 0,
    expire: () => {
      expired.push('again');
      start('successor', 100);
    },
  };
  deadlines.start(again, clock.now());
  await clock.advance(150);
  expect(expired).toEqual(['again']);
  await clock.advance(50);
  expect(expired).toEqual(['again', 'successor']);
  expect(clock.pending).toBe(0);
});

test('after disposal nothing expires and no timer is left', async () => {
  const { clock, deadlines, expired, start } = bench();
  start('a', 100);
  deadlines[Symbol.dispose]();
  expect(clock.pending).toBe(0);
  await clock.advance(1000);
  expect(expired).toEqual([]);
});
