import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { UnavailableError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { SourceKind } from '../../sources/kind.ts';
import { type OpenSource, openSource } from '../../sources/open.ts';
import type { SourceContext } from '../../sources/source.ts';
import { NOTHING_SAID, SourceWorld, instance } from './source-world.ts';

const EVENT: CloudEvent = {
  attributes: new Map([
    ['specversion', '1.0'],
    ['id', '1'],
    ['source', '/s'],
    ['type', 't'],
  ]),
};
const KEY = 'default/testsource/it';

function open(world: SourceWorld, run: (context: SourceContext) => Promise<void>): OpenSource {
  const kind: SourceKind = { kind: 'TestSource', condition: 'Running', about: NOTHING_SAID, start: () => run };
  return openSource(instance('TestSource', {}), world.ports, [kind]);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function delays(world: SourceWorld): unknown[] {
  return world.lines.filter(({ name }) => name === 'source.failed').map(({ fields }) => fields['delayMs']);
}

test('waits grow to five minutes and no further, and their jitter is at most a tenth', async () => {
  const world = new SourceWorld();
  const source = open(world, () => Promise.reject(new Error('no')));
  await world.clock.advance(40 * 60_000);
  expect(delays(world).slice(0, 11)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
  ]);
  await source[Symbol.asyncDispose]();
});

test('after a run of a minute the next wait is the first again', async () => {
  const world = new SourceWorld();
  let runs = 0;
  const source = open(world, async ({ signal }) => {
    runs += 1;
    if (runs === 3)
      await Promise.race([untilAborted(signal), new Promise<void>((resolve) => world.clock.after(60_000, resolve))]);
    throw new Error('no');
  });
  await world.clock.advance(70_000);
  expect(delays(world).slice(0, 3)).toEqual([1000, 2000, 1000]);
  await source[Symbol.asyncDispose]();
});

test('a wait that the failure names is kept', async () => {
  const world = new SourceWorld();
  const source = open(world, () => Promise.reject(new UnavailableError('overloaded', 'no', { retryAfterMs: 90_000 })));
  await world.clock.advance(0);
  expect(delays(world)).toEqual([90_000]);
  await source[Symbol.asyncDispose]();
});

test('a source that ends by itself has failed, and is run again', async () => {
  const world = new SourceWorld();
  const source = open(world, async () => undefined);
  await world.clock.advance(1000);
  expect(source.status()).toMatchObject({
    failures: 2,
    restarts: 1,
    lastError: { message: 'it ended though nobody asked it to' },
  });
  await source[Symbol.asyncDispose]();
});

const SIGNS: readonly (readonly [string, (context: SourceContext) => unknown])[] = [
  ['an event', ({ emit }) => emit(EVENT)],
  ['a position', ({ save }) => save('1')],
  ['a fact', ({ tell }) => tell({ lag: 1 })],
  ['no fact in particular', ({ tell }) => tell({})],
];

test.each(SIGNS)(
  'a run after a failure counts as running when it gives a sign, and not before: %s',
  async (_, give) => {
    const world = new SourceWorld();
    let sign = (): unknown => undefined;
    const source = open(world, async (context) => {
      sign = (): unknown => give(context);
      await Promise.race([untilAborted(context.signal), new Promise<void>((end) => world.clock.after(10_000, end))]);
      throw new Error('no answer within 10 s');
    });
    await world.clock.advance(11_000);
    expect(source.status()).toMatchObject({ restarts: 1, conditions: { Running: { ok: false } } });
    await sign();
    expect(source.status().conditions['Running']).toEqual({ ok: true });
    await source[Symbol.asyncDispose]();
  },
);

test('a run after a failure that shows nothing counts as running after half a minute', async () => {
  const world = new SourceWorld();
  let runs = 0;
  const source = open(world, async ({ signal }) => {
    runs += 1;
    if (runs === 1) throw new Error('no');
    await untilAborted(signal);
  });
  await world.clock.advance(30_999);
  expect(source.status().conditions['Running']?.ok).toBe(false);
  await world.clock.advance(1);
  expect(source.status().conditions['Running']?.ok).toBe(true);
  await source[Symbol.asyncDispose]();
});

test('each run begins at the position that was saved last', async () => {
  const world = new SourceWorld();
  const seen: (string | undefined)[] = [];
  const source = open(world, async (context) => {
    seen.push(context.position);
    await context.save(String(Number(context.position ?? 0) + 1));
    throw new Error('no');
  });
  await world.clock.advance(3000);
  expect(seen).toEqual([undefined, '1', '2']);
  await source[Symbol.asyncDispose]();
});

test('positions that cannot be read are a failure like others', async () => {
  const world = new SourceWorld();
  const kind: SourceKind = {
    kind: 'TestSource',
    about: NOTHING_SAID,
    condition: 'Running',
    start:
      () =>
      async ({ signal }) =>
        untilAborted(signal),
  };
  let broken = true;
  const positions = {
    ...world.ports.positions,
    get: async () => {
      if (broken) throw new Error('no disk');
      return undefined;
    },
  };
  const source = openSource(instance('TestSource', {}), { ...world.ports, positions }, [kind]);
  await world.clock.advance(0);
  expect(source.status().conditions['Running']).toMatchObject({ ok: false, message: 'no disk' });
  broken = false;
  await world.clock.advance(31_000);
  expect(source.status().conditions['Running']).toEqual({ ok: true });
  await source[Symbol.asyncDispose]();
});

test('a source that does not stop is left behind after a second, and logged', async () => {
  const world = new SourceWorld();
  const source = open(world, () => new Promise(() => undefined));
  await world.clock.advance(0);
  let stopped = false;
  const stopping = Promise.resolve(source[Symbol.asyncDispose]()).then(() => (stopped = true));
  await world.clock.advance(999);
  expect(stopped).toBe(false);
  await world.clock.advance(1);
  await stopping;
  expect(world.warnings).toEqual(['source.stuck']);
});

test('what it emits after it was stopped is refused, and does not reach the sink', async () => {
  const world = new SourceWorld();
  let refused: unknown;
  const source = open(world, async (context) => {
    await untilAborted(context.signal);
    await context.emit(EVENT).catch((error: unknown) => (refused = error));
  });
  await world.clock.advance(0);
  await source[Symbol.asyncDispose]();
  expect(refused).toMatchObject({ code: 'shutting-down' });
  expect(world.emitted).toEqual([]);
});

test('what it saves while it stops is kept', async () => {
  const world = new SourceWorld();
  const source = open(world, async (context) => {
    await untilAborted(context.signal);
    await context.save('the end');
  });
  await world.clock.advance(0);
  await source[Symbol.asyncDispose]();
  expect(world.positions.get(KEY)).toBe('the end');
});

test('stopping in the middle of a wait ends it', async () => {
  const world = new SourceWorld();
  const source = open(world, () => Promise.reject(new Error('no')));
  await world.clock.advance(500);
  await source[Symbol.asyncDispose]();
  expect(source.status().restarts).toBe(0);
  expect(world.clock.pending).toBe(0);
});

test('stopped before it began, it never begins', async () => {
  const world = new SourceWorld();
  let runs = 0;
  const source = open(world, async ({ signal }) => {
    runs += 1;
    await untilAborted(signal);
  });
  await source[Symbol.asyncDispose]();
  await world.clock.advance(1000);
  expect(runs).toBe(0);
});

test('changes are told, once each, and not before the source is in the hands of who opened it', async () => {
  const world = new SourceWorld();
  const source = open(world, async ({ signal, tell }) => {
    tell({});
    tell({});
    await untilAborted(signal);
  });
  expect(world.changes).toBe(0);
  expect(source.status().conditions).toEqual({});
  await world.clock.advance(0);
  expect(world.changes).toBe(1);
  await source[Symbol.asyncDispose]();
  expect(world.changes).toBe(1);
});

test('a run is not known to run before it gives a sign, or half a minute passed', async () => {
  const world = new SourceWorld();
  const source = open(world, async ({ signal }) => untilAborted(signal));
  await world.clock.advance(29_999);
  expect(source.status().conditions).toEqual({});
  await world.clock.advance(1);
  expect(source.status().conditions).toEqual({ Running: { ok: true } });
  await source[Symbol.asyncDispose]();
});

test('counts are metrics too, labelled by namespace, kind and name', async () => {
  const world = new SourceWorld();
  const source = open(world, async (context) => {
    await context.emit(EVENT);
    context.tell({ skipped: 3 });
    await untilAborted(context.signal);
  });
  await world.clock.advance(0);
  const labels = '{"namespace":"default","kind":"TestSource","name":"it"}';
  expect(Object.fromEntries(world.series)).toEqual({
    [`weir_source_emitted_total${labels}`]: 1,
    [`weir_source_skipped_total${labels}`]: 3,
  });
  await source[Symbol.asyncDispose]();
});

test('what was emitted is not remembered while the source runs', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const world = new SourceWorld();
  const stored: WeakRef<object>[] = [];
  const emitted = Promise.withResolvers<void>();
  const kind: SourceKind = {
    kind: 'TestSource',
    about: NOTHING_SAID,
    condition: 'Running',
    start: () => async (context) => {
      for (let i = 0; i < 10; i += 1) await context.emit(EVENT);
      emitted.resolve();
      await untilAborted(context.signal);
    },
  };
  const watched = (): object => {
    const answer = {};
    stored.push(new WeakRef(answer));
    return answer;
  };
  // Whoever remembers an emit remembers what it resolved with.
  const emit = async (): Promise<void> => {
    const answer: unknown = watched();
    return answer as undefined;
  };
  const source = openSource(instance('TestSource', {}), { ...world.ports, emit }, [kind]);
  await emitted.promise;
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(stored.filter((one) => one.deref() !== undefined)).toEqual([]);
  await source[Symbol.asyncDispose]();
});
