import { describe, expect, test } from 'vitest';
import { PING_KEY, ping, stop } from './open-ping.ts';
import { SourceWorld } from '../source-world.ts';

describe('what is missed is counted, not fired', () => {
  test('ticks while nothing ran', async () => {
    const world = new SourceWorld();
    const first = ping(world);
    await world.clock.advance(60_000);
    await stop(first);
    await world.clock.advance(5 * 60_000 + 30_000);
    const second = ping(world);
    await world.clock.advance(30_000);
    expect(world.ids).toEqual(['2026-01-01T00:01:00Z', '2026-01-01T00:07:00Z']);
    expect(second.status()).toMatchObject({ skipped: 5, emitted: 1 });
    expect(world.lines.find(({ name }) => name === 'source.missed')?.fields).toMatchObject({ count: 5 });
    expect(world.series.get('weir_source_skipped_total{"namespace":"default","kind":"PingSource","name":"it"}')).toBe(
      5,
    );
    await stop(second);
  });

  test('a tick before the first one ever fired, once the source was started', async () => {
    const world = new SourceWorld('2026-01-01T23:00:00Z');
    const first = ping(world, { schedule: '@daily' });
    await world.clock.advance(1000);
    await stop(first);
    await world.clock.advance(2 * 3_600_000);
    await using second = ping(world, { schedule: '@daily' });
    await world.clock.advance(0);
    expect(second.status().skipped).toBe(1);
  });

  test('no tick is counted twice by two restarts', async () => {
    const world = new SourceWorld();
    await stop(ping(world));
    const first = ping(world);
    await world.clock.advance(1000);
    await stop(first);
    await world.clock.advance(120_000);
    for (const skipped of [2, 0]) {
      const again = ping(world);
      await world.clock.advance(1000);
      expect(again.status().skipped).toBe(skipped);
      await stop(again);
    }
  });

  test('ticks of another schedule were not missed', async () => {
    const world = new SourceWorld();
    const first = ping(world, { schedule: '@hourly' });
    await world.clock.advance(1000);
    await stop(first);
    await world.clock.advance(600_000);
    await using second = ping(world, { schedule: '* * * * * *' });
    await world.clock.advance(0);
    expect(second.status().skipped).toBe(0);
  });

  test('a tick whose turn comes much too late, because the machine slept', async () => {
    const world = new SourceWorld();
    await using source = ping(world, { schedule: '@hourly' });
    await world.clock.advance(30 * 60_000);
    sleepFor(world, 45 * 60_000);
    await world.clock.advance(60_000);
    expect(world.ids).toEqual([]);
    expect(source.status().skipped).toBe(1);
    await world.clock.advance(3_600_000);
    expect(world.ids).toEqual(['2026-01-01T02:00:00Z']);
  });

  test('counting stops at a thousand, and says that there were more', async () => {
    const world = new SourceWorld('2026-01-02T00:00:00Z');
    world.positions.set(PING_KEY, '2026-01-01T00:00:00Z UTC * * * * * *');
    await using source = ping(world, { schedule: '* * * * * *' });
    await world.clock.advance(0);
    expect(source.status().skipped).toBe(1000);
    expect(world.lines.find(({ name }) => name === 'source.missed')?.fields).toMatchObject({ count: 1000, more: true });
  });
});

describe('nothing fires twice', () => {
  test('a tick that was emitted and not saved is counted as missed by the next process', async () => {
    const world = new SourceWorld();
    const first = ping(world);
    await world.clock.advance(30_000);
    const saved = world.positions.get(PING_KEY) ?? '';
    await world.clock.advance(30_000);
    await stop(first);
    world.positions.set(PING_KEY, saved);
    await using second = ping(world);
    await world.clock.advance(1000);
    expect(world.ids).toEqual(['2026-01-01T00:01:00Z']);
    expect(second.status().skipped).toBe(1);
  });

  test('a stop in the middle of an emit that is never answered ends within the second, and the tick counts as missed', async () => {
    const world = new SourceWorld();
    world.sink = () => new Promise(() => undefined);
    const first = ping(world);
    await world.clock.advance(60_000);
    const stopped = stop(first);
    await world.clock.advance(1000);
    await stopped;
    world.sink = async () => undefined;
    await using second = ping(world);
    await world.clock.advance(60_000);
    expect(world.ids).toEqual(['2026-01-01T00:02:00Z']);
    expect(second.status().skipped).toBe(1);
  });
});

/** The wall clock moves on, and no timer with it. */
function sleepFor(world: SourceWorld, ms: number): void {
  const now = world.clock.now.bind(world.clock);
  world.clock.now = () => now() + ms;
}
