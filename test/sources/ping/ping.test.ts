import { attribute } from '../../../events/event.ts';
import { describe, expect, test } from 'vitest';
import { RefusedError, UnavailableError } from '../../../events/errors.ts';
import { PING_KEY, ping, stop } from './open-ping.ts';
import { SourceWorld, gate } from '../source-world.ts';

describe('the event of a tick [Knative PingSource]', () => {
  test('says which source, which type, and when it was scheduled', async () => {
    const world = new SourceWorld('2026-01-01T08:59:30.250Z');
    await using _source = ping(world, { schedule: '0 9 * * *' });
    await world.clock.advance(30_000);
    expect(Object.fromEntries(world.emitted[0]?.attributes ?? [])).toEqual({
      specversion: '1.0',
      id: '2026-01-01T09:00:00Z',
      source: '/apis/v1/namespaces/default/pingsources/it',
      type: 'dev.knative.sources.ping',
      time: '2026-01-01T09:00:00Z',
    });
    expect(world.emitted[0]?.data).toBeUndefined();
  });

  test('carries data as the bytes of its text, and says their type', async () => {
    const world = new SourceWorld();
    await using _source = ping(world, { data: '{ "grüß":  1 }', contentType: 'application/json' });
    await world.clock.advance(60_000);
    expect(new TextDecoder().decode(world.emitted[0]?.data)).toBe('{ "grüß":  1 }');
    expect(world.emitted[0]?.attributes.get('datacontenttype')).toBe('application/json');
  });

  test('carries dataBase64 decoded', async () => {
    const world = new SourceWorld();
    await using _source = ping(world, { dataBase64: 'AP8Q' });
    await world.clock.advance(60_000);
    expect([...(world.emitted[0]?.data ?? [])]).toEqual([0, 255, 16]);
    expect(world.emitted[0]?.attributes.has('datacontenttype')).toBe(false);
  });

  test('has the extensions of ceOverrides', async () => {
    const world = new SourceWorld();
    await using _source = ping(world, {}, { team: 'red' });
    await world.clock.advance(60_000);
    expect(world.emitted[0]?.attributes.get('team')).toBe('red');
  });
});

test('what no event can carry is refused when it is opened, not at the first tick', () => {
  expect(() => ping(new SourceWorld(), { data: 'x', contentType: 'text/plain; charset' })).toThrow(RefusedError);
});

describe('when it ticks', () => {
  test('every second, with a seconds field', async () => {
    const world = new SourceWorld();
    await using _source = ping(world, { schedule: '* * * * * *' });
    await world.clock.advance(3000);
    expect(world.ids).toEqual(['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z', '2026-01-01T00:00:03Z']);
  });

  test('in its time zone', async () => {
    const world = new SourceWorld('2026-07-01T12:00:00Z');
    await using _source = ping(world, { schedule: '0 9 * * *', timezone: 'America/New_York' });
    await world.clock.advance(3_600_000);
    expect(world.ids).toEqual(['2026-07-01T13:00:00Z']);
  });

  test('not at the instant it is started, even if that is a tick', async () => {
    const world = new SourceWorld('2026-01-01T00:00:00Z');
    await using _source = ping(world);
    await world.clock.advance(59_999);
    expect(world.ids).toEqual([]);
  });

  test('never, if no day fits: it says so once and waits to be stopped', async () => {
    const world = new SourceWorld();
    const source = ping(world, { schedule: '0 0 30 2 *' });
    await world.clock.advance(3_600_000);
    expect(world.warnings).toEqual(['source.never']);
    expect(source.status()).toMatchObject({ failures: 0, restarts: 0 });
    await stop(source);
  });

  test('a clock that was set back does not fire a tick again', async () => {
    const world = new SourceWorld('2026-01-01T00:00:30Z');
    const first = ping(world);
    await world.clock.advance(30_000);
    await stop(first);
    const earlier = new SourceWorld('2026-01-01T00:00:30Z');
    earlier.positions.set(PING_KEY, world.positions.get(PING_KEY) ?? '');
    await using _second = ping(earlier);
    await earlier.clock.advance(90_000);
    expect(earlier.ids).toEqual(['2026-01-01T00:02:00Z']);
  });

  test('a position that is days ahead is not believed', async () => {
    const world = new SourceWorld();
    world.positions.set(PING_KEY, '2036-01-01T00:00:00Z UTC * * * * *');
    await using _source = ping(world);
    await world.clock.advance(60_000);
    expect(world.ids).toEqual(['2026-01-01T00:01:00Z']);
  });
});

describe('a sink that does not take it', () => {
  test('is asked again with growing waits, and the tick keeps its id and time', async () => {
    const world = new SourceWorld();
    world.sink = async () => {
      if (world.clock.now() < Date.parse('2026-01-01T00:01:05Z'))
        throw new UnavailableError('channel-unavailable', 'not now');
    };
    await using source = ping(world);
    await world.clock.advance(70_000);
    expect(world.ids).toEqual(['2026-01-01T00:01:00Z']);
    expect(
      world.lines.filter(({ name }) => name === 'source.emit-failed').map(({ fields }) => fields['delayMs']),
    ).toEqual([1000, 2000, 4000]);
    expect(source.status()).toMatchObject({ failures: 0, skipped: 0 });
  });

  test('is not asked before the time it names', async () => {
    const world = new SourceWorld();
    let asked = 0;
    world.sink = async () => {
      asked += 1;
      throw new UnavailableError('overloaded', 'not now', { retryAfterMs: 30_000 });
    };
    const source = ping(world, { schedule: '@hourly' });
    await world.clock.advance(3_600_000 + 29_999);
    expect(asked).toBe(1);
    await world.clock.advance(1);
    expect(asked).toBe(2);
    await stop(source);
  });

  test('for good: a dead letter of the tick takes its place, and the next one is offered', async () => {
    const world = new SourceWorld();
    let first = true;
    world.sink = async () => {
      if (!first) return;
      first = false;
      throw new RefusedError('event-too-large', 'too large');
    };
    await using source = ping(world);
    await world.clock.advance(120_000);
    expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual([
      'dev.weir.source.deadletter',
      'dev.knative.sources.ping',
    ]);
    expect(world.emitted[0]?.attributes.get('deadletterreason')).toBe('event-too-large: too large');
    expect(source.status()).toMatchObject({ emitted: 2, deadLetters: 1, failures: 0, restarts: 0 });
    expect(world.warnings).toEqual(['source.dead-letter']);
  });

  test('for long: what fell due meanwhile is missed, but for the last ten seconds', async () => {
    const world = new SourceWorld();
    const { passed, open } = gate();
    world.sink = () => passed;
    await using source = ping(world, { schedule: '* * * * * *' });
    await world.clock.advance(60_000);
    open();
    await world.clock.advance(0);
    expect(world.ids[0]).toBe('2026-01-01T00:00:01Z');
    expect(world.ids[1]).toBe('2026-01-01T00:00:51Z');
    expect(world.ids.at(-1)).toBe('2026-01-01T00:01:00Z');
    expect(source.status()).toMatchObject({ emitted: 11, skipped: 49 });
  });
});
