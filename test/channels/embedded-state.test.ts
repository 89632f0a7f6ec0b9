import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StateFile } from '../../channels/embedded/state.ts';
import type { EmbeddedLogs } from '../../channels/embedded/embedded-logs.ts';
import type { Change, Row } from '../../channels/log/log.ts';
import type { Progress } from '../../events/verdict.ts';
import { entry, owned, subscription } from './embedded-entries.ts';
import { Bench, temporaryFolder } from './embedded-world.ts';

const PROGRESS: Progress = {
  stage: 'subscriber',
  attempts: 2,
  history: [{ stage: 'subscriber', atMs: 5, tookMs: 1, status: 500 }],
};

function row(position: number, parts: Partial<Row> = {}): Change {
  return { kind: 'row', row: { subscription: 'default/a', position, generation: 1, ...parts } };
}

function dead(position: number, subscription = 'default/a'): Change {
  const letter = {
    id: String(position),
    subscription,
    entry: entry(`dead-${position}`, { data: new Uint8Array(100) }),
    progress: PROGRESS,
    deadAtMs: position,
  };
  return { kind: 'dead', position, letter };
}

function write(logs: EmbeddedLogs, ...changes: readonly Change[]): Promise<void> {
  return owned(logs, (log) => log.write(changes));
}

describe('rows', () => {
  test('come back as they were written, by due time and by position, also after a restart', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    await write(
      logs,
      row(4, { dueMs: 3000.5, progress: PROGRESS, generation: 7, key: 'k' }),
      row(2, { dueMs: 2000 }),
      row(9),
      row(3, { subscription: 'default/b', dueMs: 1 }),
      row(5, { dueMs: 2000 }),
      row(6, { dueMs: 9000 }),
    );
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    await owned(again.logs, async (log) => {
      const due = await log.rows({ by: 'due', subscription: 'default/a', untilMs: 5000 }, 10);
      expect(due.map(({ position }) => position)).toEqual([9, 2, 5, 4]);
      expect(due[0]).toStrictEqual({ subscription: 'default/a', position: 9, generation: 1 });
      expect(due[3]).toStrictEqual({
        subscription: 'default/a',
        position: 4,
        generation: 7,
        key: 'k',
        dueMs: 3000.5,
        progress: PROGRESS,
      });
      const later = await log.rows(
        { by: 'due', subscription: 'default/a', untilMs: Number.MAX_SAFE_INTEGER, after: { dueMs: 2000, position: 2 } },
        2,
      );
      expect(later.map(({ position }) => position)).toEqual([5, 4]);
      const placed = await log.rows({ by: 'position', subscription: 'default/a', from: 3, before: 9 }, 10);
      expect(placed.map(({ position }) => position)).toEqual([4, 5, 6]);
      const all = await log.rows({ by: 'position', subscription: '*', from: 0 }, 3);
      expect(all.map(({ position, subscription }) => [position, subscription])).toEqual([
        [2, 'default/a'],
        [3, 'default/b'],
        [4, 'default/a'],
      ]);
    });
  });

  test('are counted without being read: 100,000 of them', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    await owned(logs, async (log) => {
      const writes = Array.from({ length: 100 }, (_, i) =>
        log.write(
          Array.from({ length: 1000 }, (_, j) => row(i * 1000 + j, { dueMs: 1e12 - i * 1000 - j, progress: PROGRESS })),
        ),
      );
      await Promise.all(writes);
      await log.write([
        row(5, { dueMs: 1 }),
        { kind: 'remove', subscription: 'default/a', position: 7 },
        { kind: 'remove', subscription: 'default/a', position: 7 },
      ]);
    });
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    await owned(again.logs, async (log) => {
      expect(await log.recover()).toMatchObject({ subscriptions: [{ name: 'default/a', rows: 99_999 }] });
      const due = await log.rows({ by: 'due', subscription: 'default/a', untilMs: 1e12 }, 1000);
      expect([due.length, due[0]?.position, due[1]?.position]).toEqual([1000, 5, 99_999]);
      await log.write([{ kind: 'remove', subscription: 'default/a' }]);
      expect((await log.recover()).subscriptions.find(({ rows }) => rows > 0)).toBeUndefined();
    });
  });
});

describe('a write', () => {
  test('is all or none, and those that come together are carried out in their order', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await owned(logs, async (log) => {
      const writes = Array.from({ length: 200 }, (_, i) =>
        log.write([
          { kind: 'position', subscription: '*', next: i },
          row(1, { generation: i }),
          ...(i === 150 ? [{ kind: 'remove', subscription: 'default/a', position: 1 } as const] : []),
        ]),
      );
      // One that cannot be stored spoils nothing but itself.
      const bad = log.write([row(77), row(78, { generation: 0.5 })]);
      const after = log.write([row(2)]);
      await expect(bad).rejects.toThrow(/cannot store REAL/);
      await Promise.all([...writes, after]);
      const rows = await log.rows({ by: 'position', subscription: '*', from: 0 }, 10);
      expect(rows.map(({ position, generation }) => [position, generation])).toEqual([
        [1, 199],
        [2, 1],
      ]);
    });
    expect(bench.fatal).toEqual([]);
  });

  test("moves positions: its own, then the watermark's", async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    await logs.append([entry('1'), entry('2'), entry('3')]);
    await logs.declare(subscription('default/a', { start: 'earliest' }));
    await logs.declare(subscription('default/b'));
    await write(
      logs,
      { kind: 'position', subscription: '*', next: 2 },
      { kind: 'position', subscription: 'default/a' },
      { kind: 'position', subscription: 'default/b', next: 1 },
    );
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    expect(await owned(again.logs, (log) => log.recover())).toStrictEqual({
      start: 0,
      end: 3,
      watermark: 2,
      subscriptions: [
        { name: 'default/a', rows: 0, dead: { count: 0, bytes: 0 } },
        { name: 'default/b', position: 1, rows: 0, dead: { count: 0, bytes: 0 } },
      ],
    });
  });
});

describe('a kept copy', () => {
  const KEPT = entry('kept', { data: Buffer.from('bytes') });

  test('is answered with one row, and goes with the last row that needs it', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await write(
      logs,
      { kind: 'keep', position: 4, entry: KEPT },
      row(4),
      row(4, { subscription: 'default/b' }),
      row(5),
    );
    await owned(logs, async (log) => {
      const one = (name: string): Promise<unknown> =>
        log.rows({ by: 'position', subscription: name, from: 4, before: 5 }, 1).then((rows) => rows[0]?.entry);
      expect(await one('default/a')).toEqual({
        ...KEPT,
        event: { ...KEPT.event, data: new Uint8Array(KEPT.event.data ?? []) },
      });
      expect((await log.rows({ by: 'position', subscription: '*', from: 0 }, 9)).some((each) => 'entry' in each)).toBe(
        false,
      );
      await log.write([
        { kind: 'trim', before: 5 },
        { kind: 'remove', subscription: 'default/a', position: 4 },
      ]);
      expect(await one('default/b')).toBeDefined();
      const bytes = await logs.usedBytes();
      await log.write([{ kind: 'remove', subscription: 'default/b', position: 4 }]);
      expect(bytes - (await logs.usedBytes())).toBeGreaterThan(100);
      // Nothing refers to it any more, so a row there does not find it again.
      await log.write([row(4)]);
      expect(await one('default/a')).toBeUndefined();
    });
  });

  test("of a redriven dead letter is that subscription's own", async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    const own = entry('own');
    await write(
      logs,
      { kind: 'keep', position: 4, entry: KEPT },
      row(4),
      { kind: 'keep', position: 4, entry: own, subscription: 'default/b' },
      row(4, { subscription: 'default/b', kept: true }),
    );
    await owned(logs, async (log) => {
      const one = async (name: string): Promise<unknown> => {
        const [found] = await log.rows({ by: 'position', subscription: name, from: 4, before: 5 }, 1);
        return [found?.kept, found?.entry?.event.attributes.get('id')];
      };
      expect(await one('default/a')).toEqual([undefined, 'kept']);
      expect(await one('default/b')).toEqual([true, 'own']);
      await log.write([
        { kind: 'remove', subscription: 'default/a', position: 4 },
        { kind: 'trim', before: 100 },
      ]);
      expect(await one('default/b')).toEqual([true, 'own']);
    });
  });
});

describe('dead letters', () => {
  test('are listed oldest first, page by page, survive a restart and `remove`, and are discarded by id', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    await write(logs, row(11), dead(11), dead(3), dead(20), dead(3, 'default/b'), {
      kind: 'remove',
      subscription: 'default/a',
    });
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    const list = async (after?: string): Promise<unknown[]> =>
      (await again.logs.letters('default/a', { limit: 2, ...(after !== undefined && { after }) })).map(
        ({ position, letter }) => [position, letter.id],
      );
    expect(await list()).toEqual([
      [11, '11'],
      [3, '3'],
    ]);
    expect(await list('3')).toEqual([[20, '20']]);
    expect(await again.logs.letters('default/none', { limit: 2 })).toEqual([]);
    const [letter] = await again.logs.lettersOf('default/a', ['20', 'none']);
    expect(letter).toStrictEqual({
      position: 20,
      letter: {
        id: '20',
        subscription: 'default/a',
        entry: entry('dead-20', { data: new Uint8Array(100) }),
        progress: PROGRESS,
        deadAtMs: 20,
      },
    });
    const counts = async (): Promise<unknown> =>
      (await owned(again.logs, (log) => log.recover())).subscriptions.map(({ name, rows, dead }) => [
        name,
        rows,
        dead.count,
        dead.bytes > 0,
      ]);
    expect(await counts()).toEqual([
      ['default/a', 0, 3, true],
      ['default/b', 0, 1, true],
    ]);
    await write(
      again.logs,
      { kind: 'discard', subscription: 'default/a', ids: ['11', '20', 'none'] },
      dead(3, 'default/b'),
    );
    expect(await list()).toEqual([[3, '3']]);
    expect(await counts()).toEqual([
      ['default/a', 0, 1, true],
      ['default/b', 0, 1, true],
    ]);
    await write(again.logs, { kind: 'discard', subscription: 'default/a', ids: ['3'] });
    expect(await counts()).toEqual([
      ['default/a', 0, 0, false],
      ['default/b', 0, 1, true],
    ]);
  });
});

test('a state thread that dies is fatal, and nothing is answered any more', async () => {
  const fatal = Promise.withResolvers<Error>();
  const state = await StateFile.open(join(await temporaryFolder(), 'state.sqlite'), fatal.resolve);
  // What it cannot have been sent: a bug.
  const bad = state.run(undefined as never);
  await expect(bad).rejects.toThrow(/map/);
  expect(await fatal.promise).toMatchObject({ code: 'disk-failed' });
  await expect(state.run([['brokersRemoving']])).rejects.toMatchObject({ code: 'channel-unavailable' });
});
