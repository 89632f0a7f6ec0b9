import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RefusedError } from '../../events/errors.ts';
import { gate } from '../sources/source-world.ts';
import { unlessServer, type SourceCase } from './source-case.ts';
import { CANARY, type SourceTrial } from './source-trial.ts';

/** What goes wrong around a source. */
export const failureCases: readonly SourceCase[] = [
  {
    name: 'after a failure it is run again, later each time, and says what is wrong until then',
    column: 'backoff',
    without: ({ position, server }) =>
      position === 'kept' || server ? undefined : 'it keeps no position and has no server that could fail',
    run: (trial) => (trial.subject.position === 'kept' ? diskFails(trial) : serverGone(trial)),
  },
  {
    name: 'it survives its server being killed and restarted: nothing is lost',
    column: 'server killed',
    without: unlessServer,
    async run(trial) {
      const world = trial.world();
      const { passed, open: letThrough } = gate();
      trial.open(world);
      await trial.happen(world, 2);
      await trial.emitted(world, 2);
      world.sink = () => passed;
      await trial.happen(world, 3);
      await trial.offered(world, 3);
      await trial.subject.server?.kill();
      letThrough();
      await trial.pass(world, 3000);
      await trial.subject.server?.start();
      await trial.happen(world, 2);
      await trial.emitted(world, 7);
    },
  },
  {
    name: 'after kill -9 of its process it goes on: nothing is lost',
    column: 'kill -9',
    without: unlessServer,
    run: (trial) =>
      inFolder(async (folder) => {
        const world = trial.world();
        const first = await trial.life(folder);
        const happening = trial.happen(world, 60);
        await first.until('ten events in the first life', () => first.accepted.length >= 10);
        await first.kill();
        await happening;
        const second = await trial.life(folder);
        await trial.happen(world, 5);
        const all = (): Set<string> => new Set([...first.accepted, ...second.accepted]);
        await second.until('every event in one of the lives', () => all().size >= 65);
        assert.equal(all().size, 65, 'there are more ids than things');
        assert(first.accepted.length < 65, 'the first life ended before it was killed');
      }),
  },
  {
    name: 'once it is stopped its process ends by itself, and only the log was written to',
    column: 'exit',
    without: unlessServer,
    run: (trial) =>
      inFolder(async (folder) => {
        const world = trial.world();
        const life = await trial.life(folder);
        await trial.happen(world, 3);
        await life.until('three events', () => new Set(life.accepted).size >= 3);
        assert.equal(await life.stop(), 0, 'something that it left open keeps its process alive');
        assert.deepEqual(life.strange, []);
      }),
  },
  {
    name: 'a wrong spec is refused with its path',
    column: 'spec',
    async run(trial) {
      const { wrong, instance } = trial.subject;
      const refusal = await Promise.resolve()
        .then(() => trial.open(trial.world(), { ...instance, spec: wrong.spec }))
        .then(() => assert.fail('it was opened'))
        .catch((error: unknown) => error);
      assert(refusal instanceof RefusedError, String(refusal));
      assert.deepEqual({ code: refusal.code, path: refusal.path }, { code: 'resource-invalid', path: wrong.path });
      assert(refusal.message.startsWith(`${wrong.path}: `), refusal.message);
    },
  },
  {
    name: 'no secret reaches a log line, the status or an error',
    column: 'secrets',
    async run(trial) {
      const world = trial.world();
      world.sink = async () => {
        throw new Error(`cannot log in with ${CANARY} or ${JSON.stringify({ CANARY })}`);
      };
      const source = trial.open(world);
      await trial.happen(world, 1);
      await trial.until(world, 'the failure', () => source.status().lastError !== undefined);
      assert.match(JSON.stringify([world.lines, source.status()]), /cannot log in/);
      await trial.stop(world, source);
    },
  },
];

/** A position that cannot be kept ends the run, as any failure of the source's own does. */
async function diskFails(trial: SourceTrial): Promise<void> {
  const world = trial.world();
  const { condition } = trial.subject.kind;
  world.disk = async () => {
    throw new Error('the disk is gone');
  };
  const source = trial.open(world);
  const waits = (): unknown[] =>
    world.lines.filter(({ name }) => name === 'source.failed').map(({ fields }) => fields['delayMs']);
  const expected = trial.real ? [1000, 2000] : [1000, 2000, 4000, 8000];
  await trial.happen(world, 1);
  await trial.until(world, 'failures', () => waits().length >= expected.length);
  assert.deepEqual(waits().slice(0, expected.length), expected);
  const { lastError, conditions } = source.status();
  assert.equal(lastError?.message, 'the disk is gone');
  assert.deepEqual(conditions[condition], { ok: false, reason: 'SourceFailed', message: 'the disk is gone' });
  world.disk = async () => undefined;
  await trial.until(world, 'a good run', () => source.status().restarts === waits().length);
  await trial.happen(world, 1);
  await trial.until(world, 'an event', () => world.emitted.length > 0);
  // What a kind reaches beside its own condition it reaches anew.
  const all = (): readonly boolean[] => Object.values(source.status().conditions).map(({ ok }) => ok);
  await trial.until(world, 'true conditions', () => all().every((ok) => ok));
  assert.deepEqual(source.status().conditions[condition], { ok: true });
  await trial.stop(world, source);
}

/** Whoever recovers the connection, the source or its client: people are told while it is gone. */
async function serverGone(trial: SourceTrial): Promise<void> {
  const world = trial.world();
  const { condition } = trial.subject.kind;
  const source = trial.open(world);
  const ok = (): boolean | undefined => source.status().conditions[condition]?.ok;
  await trial.happen(world, 1);
  await trial.emitted(world, 1);
  await trial.subject.server?.kill();
  await trial.until(world, 'a condition that says what is wrong', () => ok() === false);
  assert.notEqual(source.status().lastError?.message ?? '', '', 'the status says no last error');
  await trial.subject.server?.start();
  await trial.until(world, 'a condition that is true again', () => ok() === true);
  await trial.happen(world, 1);
  await trial.emitted(world, 2);
  await trial.stop(world, source);
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-source-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
