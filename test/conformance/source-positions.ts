import assert from 'node:assert/strict';
import { sourceKey } from '../../sources/source-key.ts';
import { unlessKept, type SourceCase } from './source-case.ts';
import { offeredIds, type SourceTrial } from './source-trial.ts';

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What a source remembers, and when. */
export const positionCases: readonly SourceCase[] = [
  {
    name: 'it saves its position only after the emit',
    column: 'save',
    without: unlessKept,
    async run(trial) {
      const world = trial.world();
      const key = sourceKey(trial.instance);
      world.sink = never;
      const source = trial.open(world);
      await trial.pass(world, 0);
      const before = world.positions.get(key);
      await trial.happen(world, 1);
      await trial.offered(world, 1);
      // On a real server it may save where it begins only now: then it must begin there again.
      if (!trial.real) assert.equal(world.positions.get(key), before, 'it saved a position beyond what was accepted');
      await trial.stop(world, source);
      if (!trial.real) return;
      world.sink = async () => undefined;
      trial.open(world);
      await trial.emitted(world, 1);
    },
  },
  {
    name: 'what was not accepted when it was stopped comes again',
    column: 'again',
    async run(trial) {
      const world = trial.world();
      world.sink = never;
      const source = trial.open(world);
      await trial.happen(world, 2);
      await trial.offered(world, 1);
      await trial.stop(world, source);
      const offered = offeredIds(world);
      world.sink = async () => undefined;
      trial.open(world);
      await trial.emitted(world, 2);
      for (const id of offered) assert(world.ids.includes(id), `${id} was offered, and comes no more`);
    },
  },
  {
    name: 'it goes on from its position: nothing comes twice, and what is new comes',
    column: 'resume',
    async run(trial) {
      const world = trial.world();
      const first = trial.open(world);
      await trial.happen(world, 2);
      await trial.until(world, 'two events counted', () => first.status().emitted >= 2);
      await trial.stop(world, first);
      const second = trial.open(world);
      await trial.happen(world, 1);
      await trial.emitted(world, 3);
      await trial.stop(world, second);
      assert.equal(world.emitted.length, 3, `something came twice: ${world.ids.join(', ')}`);
    },
  },
  {
    name: 'what happens while it is away comes when it is back',
    column: 'away',
    async run(trial) {
      const world = trial.world();
      const first = trial.open(world);
      await trial.happen(world, 1);
      await trial.until(world, 'an event counted', () => first.status().emitted >= 1);
      await trial.stop(world, first);
      await trial.happen(world, 2);
      const second = trial.open(world);
      await trial.emitted(world, 3);
      await trial.stop(world, second);
      assert.equal(world.emitted.length, 3, `something came twice: ${world.ids.join(', ')}`);
    },
  },
  {
    name: 'the same thing has the same id in every process',
    column: 'id',
    async run(trial) {
      if (!trial.real) return sameOverAgain(trial);
      await sameWhenRedelivered(trial);
      if (trial.subject.afresh) await sameForAnother(trial, trial.subject.afresh.bind(trial.subject));
    },
  },
];

/** The same hours, lived twice. */
async function sameOverAgain(trial: SourceTrial): Promise<void> {
  const ids: unknown[] = [];
  for (const one of [trial, await trial.another()]) {
    const world = one.world();
    const source = one.open(world);
    await one.happen(world, 2);
    await one.emitted(world, 2);
    await one.stop(world, source);
    ids.push(world.ids);
  }
  assert.deepEqual(ids[0], ids[1]);
}

async function sameWhenRedelivered(trial: SourceTrial): Promise<void> {
  const world = trial.world();
  world.sink = never;
  const first = trial.open(world);
  await trial.happen(world, 1);
  await trial.offered(world, 1);
  await trial.stop(world, first);
  world.sink = async () => undefined;
  const second = trial.open(world);
  await trial.emitted(world, 1);
  await trial.stop(world, second);
  assert.equal(offeredIds(world).size, 1, `one thing has several ids: ${[...offeredIds(world)].join(', ')}`);
}

async function sameForAnother(
  trial: SourceTrial,
  afresh: NonNullable<SourceTrial['subject']['afresh']>,
): Promise<void> {
  const [mine, theirs] = [trial.world(), trial.world()];
  const first = trial.open(mine);
  await trial.happen(mine, 2);
  await trial.emitted(mine, 2);
  await trial.stop(mine, first);
  trial.open(theirs, afresh());
  await trial.until(theirs, 'the same ids', () => mine.ids.every((id) => theirs.ids.includes(id)));
}
