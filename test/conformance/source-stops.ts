import assert from 'node:assert/strict';
import { gate } from '../sources/source-world.ts';
import { unlessKept, type SourceCase } from './source-case.ts';

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** How a source stops. */
export const stopCases: readonly SourceCase[] = [
  {
    name: 'it stops within a second of abort while it waits',
    column: 'stop',
    async run(trial) {
      const world = trial.world();
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.emitted(world, 1);
      await trial.stop(world, source);
    },
  },
  {
    name: 'it stops within a second of abort while its sink does not answer',
    column: 'stop-sink',
    async run(trial) {
      const world = trial.world();
      world.sink = never;
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.offered(world, 1);
      await trial.stop(world, source);
    },
  },
  {
    name: 'it stops within a second of abort while its position is not kept',
    column: 'stop-save',
    without: unlessKept,
    async run(trial) {
      const world = trial.world();
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.until(world, 'the first event counted', () => source.status().emitted === 1);
      world.disk = never;
      const before = world.saves;
      await trial.happen(world, 1);
      await trial.until(world, 'a position to keep', () => world.saves > before);
      await trial.stop(world, source);
    },
  },
  {
    name: 'an emit under way when it is stopped may finish, and does not come again',
    column: 'finish',
    async run(trial) {
      const world = trial.world();
      const { passed, open: letThrough } = gate();
      world.sink = () => passed;
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.offered(world, 1);
      const stopped = trial.stop(world, source);
      letThrough();
      await stopped;
      assert.equal(world.emitted.length, 1);
      trial.open(world);
      await trial.happen(world, 1);
      await trial.emitted(world, 2);
      assert.equal(world.emitted.length, 2, `the same thing came twice: ${world.ids.join(', ')}`);
    },
  },
  {
    name: 'disposal is idempotent',
    column: 'dispose',
    async run(trial) {
      const world = trial.world();
      const source = trial.open(world);
      await Promise.all([trial.stop(world, source), trial.stop(world, source)]);
      await trial.stop(world, source);
      assert.deepEqual(world.emitted, []);
    },
  },
];
