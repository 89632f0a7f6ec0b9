import { describe, expect, test } from 'vitest';
import type { EmbeddedLogs } from '../../channels/embedded/embedded-logs.ts';
import type { Slice } from '../../channels/log/log.ts';
import type { Start } from '../../events/start.ts';
import { settle } from '../support/fake-clock.ts';
import { entry, idsOf, owned, subscription } from './embedded-entries.ts';
import { ALL, Bench, code, idsFrom, NEVER } from './embedded-world.ts';

const HOUR_MS = 3_600_000;

describe('read', () => {
  test('waits for an entry and has it before its append resolves', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await owned(logs, async (log) => {
      const happened: string[] = [];
      const reading = log.read(0, ALL, NEVER).then((slice) => happened.push(`read ${idsOf(slice).join()}`));
      await settle();
      expect(happened).toEqual([]);
      await Promise.all([
        reading,
        logs
          .append([entry('1'), entry('2')])
          .then(() => settle())
          .then(() => happened.push('appended')),
      ]);
      expect(happened).toEqual(['read 1,2', 'appended']);
    });
  });

  test('answers nothing after abort, and nothing before', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await logs.append([entry('1')]);
    await owned(logs, async (log) => {
      const stop = new AbortController();
      const reading = log.read(1, ALL, stop.signal);
      stop.abort();
      expect(await reading).toEqual({ first: 1, entries: [], end: 1 });
      expect((await log.read(0, ALL, stop.signal)).entries).toHaveLength(1);
    });
  });

  test('keeps within its limits, but always answers one entry', async () => {
    // Two entries stay in memory, the others are read from segments: the limits hold in both, and where they meet.
    const bench = await Bench.make({ tailEntries: 2, segmentBytes: 3000 });
    const { logs } = await bench.openLogs();
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    for (const id of ids) await logs.append([entry(id, { data: new Uint8Array(400) })]);
    await owned(logs, async (log) => {
      for (const max of [
        { entries: 1, bytes: 1e9 },
        { entries: 3, bytes: 1e9 },
        { entries: 100, bytes: 1 },
        { entries: 100, bytes: 1500 },
        ALL,
      ]) {
        const seen: unknown[] = [];
        for (let next = 0; next < ids.length;) {
          const slice: Slice = await log.read(next, max, NEVER);
          expect(slice.entries.length).toBeGreaterThan(0);
          expect(slice.entries.length).toBeLessThanOrEqual(max.entries);
          expect(slice.entries.length === 1 || slice.entries.length * 400 <= max.bytes).toBe(true);
          expect([slice.first, slice.end]).toEqual([next, 30]);
          seen.push(...idsOf(slice));
          next += slice.entries.length;
        }
        expect(seen).toEqual(ids);
      }
    });
  });

  test('finds any position, whatever was read before', async () => {
    const bench = await Bench.make({ tailEntries: 1, segmentBytes: 300_000, readBytes: 5000 });
    const { logs } = await bench.openLogs();
    // Some far larger than one read.
    const sizes = Array.from({ length: 600 }, (_, i) => (i % 97 === 0 ? 30_000 : (i * 37) % 900));
    for (const [i, size] of sizes.entries()) await logs.append([entry(String(i), { data: new Uint8Array(size) })]);
    await owned(logs, async (log) => {
      for (let i = 0; i < 600; i += 1) {
        const position = (i * 7919) % 600;
        const { first, entries } = await log.read(position, { entries: 1 + (i % 3), bytes: Infinity }, NEVER);
        expect([first, entries[0]?.event.attributes.get('id'), entries[0]?.event.data?.byteLength]).toEqual([
          position,
          String(position),
          sizes[position],
        ]);
      }
    });
  });

  test('says by its first position that entries are gone', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { logs } = await bench.openLogs();
    for (let i = 0; i < 20; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(200) })]);
    await owned(logs, async (log) => {
      await log.write([{ kind: 'trim', before: 10 }]);
      const { start } = await log.recover();
      expect(start).toBeGreaterThan(5);
      expect(start).toBeLessThanOrEqual(10);
      expect((await log.read(2, ALL, NEVER)).first).toBe(start);
    });
  });

  test('rejects once the log is no longer owned; what waited ends empty', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    const end = new AbortController();
    let reading: Promise<Slice> | undefined;
    let rejected: Promise<unknown> | undefined;
    await logs.own(async (log, lost) => {
      reading = log.read(0, ALL, NEVER);
      end.abort();
      expect(lost.aborted).toBe(true);
      rejected = Promise.allSettled([
        log.recover(),
        log.read(0, ALL, NEVER),
        log.rows({ by: 'position', subscription: '*', from: 0 }, 1),
        log.write([]),
        log.expired(),
      ]);
    }, end.signal);
    expect((await reading)?.entries).toEqual([]);
    expect(await rejected).toEqual(
      Array.from({ length: 5 }, () => ({
        status: 'rejected',
        reason: expect.objectContaining(code('channel-closed')),
      })),
    );
  });
});

describe('retention', () => {
  test('ends by age, in whole segments', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { folder, logs } = await bench.openLogs();
    for (let hour = 0; hour < 30; hour += 1) {
      for (let i = 0; i < 4; i += 1)
        await logs.append([entry(`${hour}-${i}`, { data: new Uint8Array(300), receivedAtMs: bench.clock.now() })]);
      await bench.clock.advance(HOUR_MS);
    }
    const before = await owned(logs, (log) => log.expired());
    const oldest = await owned(logs, (log) => log.read(before, { entries: 1, bytes: 1 }, NEVER));
    const ageMs = bench.clock.now() - (oldest.entries[0]?.receivedAtMs ?? 0);
    expect(ageMs).toBeGreaterThanOrEqual(24 * HOUR_MS);
    expect(ageMs).toBeLessThan(26 * HOUR_MS);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    expect(await owned(again.logs, (log) => log.expired())).toBe(before);
    // The segment that is written to never goes.
    await bench.clock.advance(1000 * HOUR_MS);
    const last = await owned(again.logs, (log) => log.expired());
    expect(last).toBeLessThan(120);
    await owned(again.logs, (log) => log.write([{ kind: 'trim', before: 120 }]));
    expect((await idsFrom(again.logs, 0)).at(-1)).toBe('29-3');
    expect(await bench.segments()).toHaveLength(1);
  });

  test('ends by age for a broker that takes little, too: a segment is closed after a quarter of the retention', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    for (let hour = 0; hour < 40; hour += 1) {
      await logs.append([entry(String(hour), { receivedAtMs: bench.clock.now() })]);
      await bench.clock.advance(HOUR_MS);
    }
    const before = await owned(logs, (log) => log.expired());
    const oldest = await owned(logs, (log) => log.read(before, { entries: 1, bytes: 1 }, NEVER));
    const ageHours = (bench.clock.now() - (oldest.entries[0]?.receivedAtMs ?? 0)) / HOUR_MS;
    expect(ageHours).toBeGreaterThanOrEqual(24);
    expect(ageHours).toBeLessThanOrEqual(31);
  });

  test('ends by size, whatever the age, and trimming gives the disk its space back', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { logs } = await bench.openLogs({ retentionBytes: 5000 });
    for (let i = 0; i < 100; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(300) })]);
    await owned(logs, async (log) => {
      const before = await log.expired();
      await log.write([{ kind: 'trim', before }]);
      expect(await log.expired()).toBe(before);
    });
    expect(await logs.usedBytes()).toBeGreaterThan(3000);
    expect(await logs.usedBytes()).toBeLessThanOrEqual(5000);
  });

  test('gives way when the quota, or the disk, is nearly used up', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs({ quotaBytes: 100_000 });
    const fill = async (): Promise<number> => {
      for (let count = 0; ; count += 1) {
        const refused = await logs.append([entry('x', { data: new Uint8Array(1000) })]).then(
          () => false,
          () => true,
        );
        if (refused) return count;
      }
    };
    expect(await fill()).toBeGreaterThan(50);
    await owned(logs, async (log) => log.write([{ kind: 'trim', before: await log.expired() }]));
    expect(await fill()).toBeGreaterThan(50);
    await owned(logs, async (log) => log.write([{ kind: 'trim', before: await log.expired() }]));
    expect(await owned(logs, (log) => log.expired())).toBe((await owned(logs, (log) => log.recover())).start);
    await fill();
    const settled = await owned(logs, (log) => log.expired());
    bench.disk.freeBytes = 100 * 1024 * 1024;
    await bench.clock.advance(1000);
    expect(await owned(logs, (log) => log.expired())).toBeGreaterThanOrEqual(settled);
  });
});

describe('a start', () => {
  const at = (minutes: number): number => Date.parse('2026-01-01T00:00:00Z') + minutes * 60_000;

  let declared = 0;

  async function startOf(start: Start, logs: EmbeddedLogs): Promise<number | undefined> {
    const name = `default/${(declared += 1)}`;
    await logs.declare(subscription(name, { start }));
    const { subscriptions } = await owned(logs, (log) => log.recover([name]));
    return subscriptions[0]?.position;
  }

  test('is the end, the beginning, the first entry since a time, or an event', async () => {
    const bench = await Bench.make({ segmentBytes: 2000, tailEntries: 3 });
    const { folder, logs } = await bench.openLogs();
    for (let i = 0; i < 60; i += 1) {
      await logs.append([
        entry(String(i % 50), {
          data: new Uint8Array(300),
          receivedAtMs: bench.clock.now(),
          attributes: { source: i < 50 ? '/a' : '/b' },
        }),
      ]);
      await bench.clock.advance(60_000);
    }
    await folder[Symbol.asyncDispose]();
    const { logs: again } = await bench.openLogs();
    expect(await startOf('latest', again)).toBe(60);
    expect(await startOf('earliest', again)).toBe(0);
    for (const minutes of [0, 1, 17, 58.5, 59]) {
      expect(await startOf({ time: new Date(at(minutes)).toISOString() }, again)).toBe(Math.ceil(minutes));
    }
    expect(await startOf({ time: '2020-01-01T00:00:00+02:00' }, again)).toBe(0);
    expect(await startOf({ time: '2030-01-01T00:00:00Z' }, again)).toBe(60);
    expect(await startOf({ id: '20' }, again)).toBe(20);
    // The newest of that id, also of two in one segment.
    await again.append([entry('twice'), entry('twice'), entry('other')]);
    expect(await startOf({ id: 'twice' }, again)).toBe(61);
    expect(await startOf({ id: '3' }, again)).toBe(53);
    expect(await startOf({ id: '3', source: '/a' }, again)).toBe(3);
    await expect(startOf({ id: '3', source: '/c' }, again)).rejects.toMatchObject(code('start-unavailable'));
    await expect(startOf({ time: 'yesterday' }, again)).rejects.toMatchObject(code('start-unavailable'));
  });

  test('counts only the first time: a subscription that is known stays where it was', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await logs.append([entry('1'), entry('2')]);
    await logs.declare(subscription('default/a'));
    await logs.append([entry('3')]);
    await logs.declare(subscription('default/a', { generation: 2, start: 'earliest' }));
    expect(await owned(logs, (log) => log.recover())).toMatchObject({
      subscriptions: [{ name: 'default/a', position: 2 }],
    });
  });
});
