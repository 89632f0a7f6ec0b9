import { expect, test } from 'vitest';
import type { Change, Row } from '../../channels/log/log.ts';
import type { Effect } from '../../channels/log/turn.ts';
import type { Break } from './process.ts';
import { Simulation } from './simulation.ts';

/** The simulation must notice each of these within so many lives. */
const LIVES = 150;

function changes(change: (each: Change) => Change | undefined): Break {
  return {
    effect: (effect: Effect): Effect =>
      effect.kind === 'write'
        ? { ...effect, changes: effect.changes.map(change).filter((each) => each !== undefined) }
        : effect,
  };
}

function rows(change: (row: Row) => Row): Break {
  return changes((each) => (each.kind === 'row' ? { ...each, row: change(each.row) } : each));
}

const MUTANTS: readonly (readonly [string, Break, RegExp])[] = [
  [
    'writes the watermark one too high',
    changes((each) =>
      each.kind === 'position' && each.subscription === '*' ? { ...each, next: (each.next ?? 0) + 1 } : each,
    ),
    /a crash loses it|never settled|not settled/,
  ],
  [
    'writes a position of its own one too high',
    changes((each) =>
      each.kind === 'position' && each.subscription !== '*' && each.next !== undefined
        ? { ...each, next: each.next + 1 }
        : each,
    ),
    /a crash loses it|never settled/,
  ],
  ['writes no rows', changes((each) => (each.kind === 'row' ? undefined : each)), /a crash loses it/],
  [
    'writes no dead letters',
    changes((each) => (each.kind === 'dead' ? undefined : each)),
    /a crash loses it|not settled|never settled/,
  ],
  [
    'trims without keeping what rows need',
    changes((each) => (each.kind === 'keep' ? undefined : each)),
    /bytes are trimmed/,
  ],
  [
    'trims one entry too many',
    changes((each) => (each.kind === 'trim' ? { ...each, before: each.before + 1 } : each)),
    /bytes are trimmed|called lost|another entry|a crash loses it/,
  ],
  ['forgets attempts in its rows', rows(({ progress: _progress, ...row }) => row), /forgot \d+ attempts/],
  ['forgets due times in its rows', rows(({ dueMs: _dueMs, ...row }) => row), /ms early/],
  ['forgets keys in its rows', rows(({ key: _key, ...row }) => row), /out of its turn/],
  [
    'takes a release for done',
    {
      input: (input) =>
        input.kind === 'verdict' && input.verdict.kind === 'release' ? { ...input, verdict: { kind: 'done' } } : input,
    },
    /a crash loses it|never settled/,
  ],
  [
    'halves every wait',
    {
      input: (input) =>
        input.kind === 'verdict' && input.verdict.kind === 'wait'
          ? { ...input, verdict: { ...input.verdict, delayMs: input.verdict.delayMs / 2 - 1 } }
          : input,
    },
    /ms early/,
  ],
  [
    'passes over the last entry of a read',
    {
      input: (input) =>
        input.kind === 'slice' && input.slice.entries.length > 3
          ? { ...input, slice: { ...input.slice, first: input.slice.first + 1 } }
          : input,
    },
    /another entry|called lost|never settled|a crash loses it/,
  ],
];

test.each(MUTANTS)('an engine that %s is found out', (_name, broken, message) => {
  expect(() => {
    for (let seed = 1; seed <= LIVES; seed += 1) new Simulation(seed, broken).run(400);
  }).toThrow(message);
});
