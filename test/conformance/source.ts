import { describe, expect, test } from 'vitest';
import { UnavailableError } from '../../events/errors.ts';
import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import { openSource, sourceKey } from '../../sources/open.ts';
import { SourceWorld, gate } from '../sources/source-world.ts';

/** A source that fetches or waits by itself, as the suite drives it. */
export interface SourceSubject {
  readonly kind: SourceKind;
  readonly instance: SourceInstance;
  /** Makes `count` things happen that it should emit, one after the other, each of them given the time it needs. */
  happen(world: SourceWorld, count: number): Promise<void>;
}

/** What every pulling source must keep; `make` is called for each case, and again wherever a case needs a second process. */
export function sourceSuite(make: () => SourceSubject): void {
  const open = (world: SourceWorld, subject: SourceSubject = make()) => ({
    subject,
    source: openSource(subject.instance, world.ports, [subject.kind]),
  });

  describe(`source suite: ${make().kind.kind}`, () => {
    test('what happens is emitted, once, and its condition is true', async () => {
      const world = new SourceWorld();
      const { subject, source } = open(world);
      await subject.happen(world, 3);
      expect(new Set(world.ids).size).toBe(3);
      expect(source.status()).toMatchObject({
        emitted: 3,
        failures: 0,
        conditions: { [subject.kind.condition]: { ok: true } },
      });
      await source[Symbol.asyncDispose]();
    });

    test('it stops within a second of abort, while it waits', async () => {
      const world = new SourceWorld();
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      expect(await stopsWithinASecond(world, source)).toBe(true);
      expect(world.clock.pending).toBe(0);
    });

    test('it stops within a second of abort, while its sink does not answer', async () => {
      const world = new SourceWorld();
      world.sink = () => new Promise(() => undefined);
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      expect(await stopsWithinASecond(world, source)).toBe(true);
      expect(world.lines.map(({ name }) => name)).not.toContain('source.stuck');
      expect(world.clock.pending).toBe(0);
    });

    test('it stops within a second of abort, while its position is not kept', async () => {
      const world = new SourceWorld();
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      world.disk = () => new Promise(() => undefined);
      await subject.happen(world, 1);
      expect(await stopsWithinASecond(world, source)).toBe(true);
      expect(world.lines.map(({ name }) => name)).not.toContain('source.stuck');
    });

    test('an emit that is under way when it is stopped may finish, and is saved', async () => {
      const world = new SourceWorld();
      const { passed, open: letThrough } = gate();
      world.sink = () => passed;
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      const before = world.positions.get(sourceKey(subject.instance));
      const stopped = source[Symbol.asyncDispose]();
      await world.clock.advance(100);
      letThrough();
      await stopped;
      expect(world.emitted).toHaveLength(1);
      expect(world.positions.get(sourceKey(subject.instance))).not.toBe(before);
    });

    test('disposal is idempotent', async () => {
      const world = new SourceWorld();
      const { source } = open(world);
      await source[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      expect(world.emitted).toEqual([]);
    });

    test('it saves its position only after the emit', async () => {
      const world = new SourceWorld();
      const { passed, open: letThrough } = gate();
      world.sink = () => passed;
      const { subject, source } = open(world);
      await world.clock.advance(0);
      const before = world.positions.get(sourceKey(subject.instance));
      await subject.happen(world, 1);
      expect(world.positions.get(sourceKey(subject.instance))).toBe(before);
      letThrough();
      await world.clock.advance(0);
      expect(world.positions.get(sourceKey(subject.instance))).not.toBe(before);
      await source[Symbol.asyncDispose]();
    });

    test('it goes on from its position: nothing comes twice, and what is new comes', async () => {
      const world = new SourceWorld();
      const first = open(world);
      await first.subject.happen(world, 2);
      await first.source[Symbol.asyncDispose]();
      const second = open(world);
      await second.subject.happen(world, 1);
      expect(world.ids).toHaveLength(3);
      expect(new Set(world.ids).size).toBe(3);
      await second.source[Symbol.asyncDispose]();
    });

    test('the same thing has the same id in every process', async () => {
      const [one, two] = [new SourceWorld(), new SourceWorld()];
      for (const world of [one, two]) {
        const { subject, source } = open(world);
        await subject.happen(world, 2);
        await source[Symbol.asyncDispose]();
      }
      expect(one.ids).toHaveLength(2);
      expect(one.ids).toEqual(two.ids);
    });

    test('what its sink cannot take now is offered again until it is taken', async () => {
      const world = new SourceWorld();
      let refusals = 2;
      world.sink = async () => {
        if (refusals-- > 0) throw new UnavailableError('channel-unavailable', 'not now');
      };
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      await world.clock.advance(10_000);
      expect(world.ids).toContain(await firstId(make()));
      await source[Symbol.asyncDispose]();
    });

    test('after a failure it is run again, later each time, and says what is wrong until then', async () => {
      const world = new SourceWorld();
      world.disk = async () => {
        throw new Error('the disk is gone');
      };
      const { subject, source } = open(world);
      await subject.happen(world, 1);
      await world.clock.advance(60_000);
      const delays = world.lines.filter(({ name }) => name === 'source.failed').map(({ fields }) => fields['delayMs']);
      expect(delays.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
      expect(source.status()).toMatchObject({
        lastError: { message: 'the disk is gone' },
        conditions: { [subject.kind.condition]: { ok: false, reason: 'SourceFailed', message: 'the disk is gone' } },
      });
      world.disk = async () => undefined;
      await world.clock.advance(60_000);
      await subject.happen(world, 1);
      expect(world.emitted.length).toBeGreaterThan(0);
      expect(source.status().restarts).toBe(delays.length);
      expect(source.status().conditions).toEqual({ [subject.kind.condition]: { ok: true } });
      await source[Symbol.asyncDispose]();
    });

    test('no secret reaches a log line or the status', async () => {
      const world = new SourceWorld();
      const subject = make();
      const secret = 'hunter2-"quoted"-hunter2';
      world.disk = async () => {
        throw new Error(`cannot log in with ${secret} or ${JSON.stringify({ secret })}`);
      };
      const secrets = new Map([...subject.instance.secrets, ['token/key', secret]]);
      const source = openSource({ ...subject.instance, secrets }, world.ports, [subject.kind]);
      await subject.happen(world, 1);
      const printed = JSON.stringify([world.lines, source.status()]);
      expect(printed).toContain('cannot log in');
      expect(printed).not.toContain('hunter2');
      await source[Symbol.asyncDispose]();
    });
  });
}

async function stopsWithinASecond(world: SourceWorld, source: AsyncDisposable): Promise<boolean> {
  let stopped = false;
  const stopping = source[Symbol.asyncDispose]().then(() => (stopped = true));
  await world.clock.advance(1000);
  if (stopped) await stopping;
  return stopped;
}

async function firstId(subject: SourceSubject): Promise<string | undefined> {
  const world = new SourceWorld();
  await using _source = openSource(subject.instance, world.ports, [subject.kind]);
  await subject.happen(world, 1);
  return world.ids[0];
}
