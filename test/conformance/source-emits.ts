import assert from 'node:assert/strict';
import { UnavailableError } from '../../events/errors.ts';
import { attribute } from '../../events/event.ts';
import { DEAD_LETTER_TYPE } from '../../sources/dead-letter.ts';
import type { SourceCase } from './source-case.ts';

/** What comes out of a source, and what is said of it. */
export const emitCases: readonly SourceCase[] = [
  {
    name: 'what happens is emitted once, counted and shown in the status',
    column: 'once',
    async run(trial) {
      const world = trial.world();
      const source = trial.open(world);
      await trial.happen(world, 3);
      await trial.until(world, 'three events counted', () => source.status().emitted >= 3);
      const { emitted, failures, deadLetters, lastEventAtMs, conditions } = source.status();
      await trial.stop(world, source);
      assert.equal(new Set(world.ids).size, 3, `ids: ${world.ids.join(', ')}`);
      assert.deepEqual({ emitted, failures, deadLetters }, { emitted: 3, failures: 0, deadLetters: 0 });
      assert.equal(typeof lastEventAtMs, 'number');
      assert.deepEqual(conditions[trial.subject.kind.condition], { ok: true });
      assert.equal(world.emitted.length, 3, 'something came twice');
    },
  },
  {
    name: 'what its sink cannot take now is offered again until it is taken',
    column: 'busy sink',
    async run(trial) {
      const world = trial.world();
      let refusals = trial.real ? 1 : 2;
      world.sink = async () => {
        if (refusals-- > 0) throw new UnavailableError('channel-unavailable', 'not now');
      };
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.emitted(world, 1);
      await trial.stop(world, source);
      assert.equal(
        attribute(world.emitted[0] ?? assert.fail(), 'id'),
        attribute(world.offered[0] ?? assert.fail(), 'id'),
      );
    },
  },
  {
    name: 'what cannot become an event becomes a dead letter, and what is behind it comes',
    column: 'dead letter',
    without: ({ unreadable }) => (unreadable ? undefined : 'everything that comes can become an event'),
    async run(trial) {
      const world = trial.world();
      const source = trial.open(world);
      await trial.subject.unreadable?.(world);
      await trial.happen(world, 1);
      await trial.until(world, 'the dead letter and what is behind it', () => source.status().emitted >= 2);
      await trial.stop(world, source);
      const types = world.emitted.map((event) => attribute(event, 'type'));
      assert.equal(types.filter((type) => type === DEAD_LETTER_TYPE).length, 1, `types: ${types.join(', ')}`);
      assert.equal(source.status().deadLetters, 1);
      assert.equal(new Set(world.ids).size, 2);
    },
  },
];
