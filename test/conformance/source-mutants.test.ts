import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { runSourceCase, type SourceCase } from './source-case.ts';
import { FLAWS, type Flaw, shelfSubject } from './source-shelf.ts';
import { sourceCases } from './source.ts';

/** A source with one flaw, and the case that must say so. */
interface Mutant {
  readonly flaw: Flaw;
  readonly column: string;
  readonly clock?: 'real';
  readonly position: 'kept' | 'server';
}

const MUTANTS: readonly Mutant[] = [
  { flaw: 'emits twice', column: 'once', position: 'server' },
  { flaw: 'gives up on a busy sink', column: 'busy sink', position: 'server' },
  { flaw: 'drops what it cannot read', column: 'dead letter', position: 'server' },
  { flaw: 'ignores abort', column: 'stop', position: 'server' },
  { flaw: 'waits for its sink for ever', column: 'stop-sink', position: 'server' },
  { flaw: 'waits for the disk for ever', column: 'stop-save', position: 'kept' },
  { flaw: 'forgets what it finished', column: 'finish', position: 'server' },
  { flaw: 'settles before it emits', column: 'save', position: 'kept' },
  { flaw: 'settles before it emits', column: 'again', position: 'server' },
  { flaw: 'settles before it emits', column: 'kill -9', position: 'server', clock: 'real' },
  { flaw: 'loses its position', column: 'resume', position: 'kept' },
  { flaw: 'begins with the newest', column: 'away', position: 'server' },
  { flaw: 'makes ids at random', column: 'id', position: 'server' },
  { flaw: 'makes ids at random', column: 'id', position: 'server', clock: 'real' },
  { flaw: 'keeps quiet about a failure', column: 'backoff', position: 'kept' },
  { flaw: 'stays away when its server is gone', column: 'backoff', position: 'server' },
  { flaw: 'stays away when its server is gone', column: 'server killed', position: 'kept' },
  { flaw: 'leaves a socket open', column: 'exit', position: 'server', clock: 'real' },
  { flaw: 'prints a secret', column: 'secrets', position: 'server' },
];
/** Held by the code that all sources share, or by the schema of the kind: no loop can break them. */
const SHARED = ['dispose', 'spec'];

function under(column: string): SourceCase {
  return sourceCases.find((one) => one.column === column) ?? assert.fail(`there is no case ${column}`);
}

describe('a source that', () => {
  for (const { flaw, column, position, clock = 'fake' } of MUTANTS)
    test(`${flaw} fails: ${under(column).name} (${position}, ${clock} clock)`, { timeout: 120_000 }, async () => {
      const failure = await runSourceCase(under(column), () => shelfSubject({ flaw, position, clock })).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(Error);
    });
});

describe('a source without a flaw passes', () => {
  for (const clock of ['fake', 'real'] as const)
    for (const position of ['kept', 'server'] as const)
      test(`every case (${position}, ${clock} clock)`, { timeout: 120_000 }, async () => {
        const apart = clock === 'fake' ? ['kill -9', 'exit'] : [];
        const cases = sourceCases.filter(({ column }) => !apart.includes(column));
        await Promise.all(cases.map((one) => runSourceCase(one, () => shelfSubject({ position, clock }))));
      });
});

test('every case catches a flaw, and every flaw is caught', () => {
  const caught = new Set([...MUTANTS.map(({ column }) => column), ...SHARED]);
  expect(sourceCases.map(({ column }) => column).filter((column) => !caught.has(column))).toEqual([]);
  expect(FLAWS.filter((flaw) => !MUTANTS.some((mutant) => mutant.flaw === flaw))).toEqual([]);
});
