import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { nextTurn } from '../../events/clock.ts';
import { entry, idsOf, owned } from './embedded-entries.ts';
import { ALL, Bench, code, idsFrom, NEVER } from './embedded-world.ts';

describe('append', () => {
  test('stores entries so that they come back identical, from memory and after a restart', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    const all = [
      entry('1', { attributes: { number: -5, flag: true, text: 'ünï\u0000\ud800' }, data: Buffer.from([0, 255, 10]) }),
      { ...entry('2'), trace: '00-aa-bb-01', hops: 0 },
      entry('3', { data: new Uint8Array(200_000).fill(7) }),
    ];
    await logs.append(all);
    const live = await owned(logs, (log) => log.read(0, ALL, NEVER));
    expect(live.entries).toEqual(all);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    const { first, entries, end } = await owned(again.logs, (log) => log.read(0, ALL, NEVER));
    expect({ first, end }).toEqual({ first: 0, end: 3 });
    expect(
      entries.map(({ event, ...rest }) => ({
        ...rest,
        attributes: [...event.attributes],
        data: event.data && Buffer.from(event.data),
      })),
    ).toEqual(
      all.map(({ event, ...rest }) => ({
        ...rest,
        attributes: [...event.attributes],
        data: event.data && Buffer.from(event.data),
      })),
    );
  });

  test('writes what arrived while the last write ran in one write', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    const before = bench.disk.writes;
    await Promise.all(Array.from({ length: 500 }, (_, i) => logs.append([entry(String(i))])));
    expect(bench.disk.writes - before).toBe(1);
    // One alone, and all that came while it was written.
    const lone = logs.append([entry('lone')]);
    const crowd = new Promise<void>((resolve) => {
      bench.disk.spoil = () => {
        bench.disk.spoil = undefined;
        resolve(
          Promise.all(Array.from({ length: 100 }, (_, i) => logs.append([entry(`crowd-${i}`)]))).then(() => undefined),
        );
        return undefined;
      };
    });
    await Promise.all([lone, crowd]);
    expect(bench.disk.writes - before).toBe(3);
  });

  test('waits while each turn of the event loop brings more, four turns at most', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    const before = bench.disk.writes;
    const appends: Promise<void>[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      appends.push(logs.append([entry(`${turn}-a`)]), logs.append([entry(`${turn}-b`)]));
      await new Promise<void>((resolve) => nextTurn(resolve));
    }
    await Promise.all(appends);
    expect(bench.disk.writes - before).toBe(2);
  });

  test('keeps the order in which it was asked', async () => {
    const bench = await Bench.make({ groupBytes: 1000 });
    const { logs } = await bench.openLogs();
    const ids = Array.from({ length: 300 }, (_, i) => String(i));
    await Promise.all(ids.map((id) => logs.append([entry(id)])));
    expect(await idsFrom(logs, 0)).toEqual(ids);
  });

  test('refuses with `overloaded` and a time what exceeds the queue, and takes it later', async () => {
    const bench = await Bench.make({ queueBytes: 10_000 });
    const { logs } = await bench.openLogs();
    const big = (id: string): Promise<void> => logs.append([entry(id, { data: new Uint8Array(6000) })]);
    const first = big('first');
    await expect(big('second')).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
    await first;
    await big('third');
    expect(await idsFrom(logs, 0)).toEqual(['first', 'third']);
  });

  test('refuses an event above the limit, and an append above the queue, and stores nothing of them', async () => {
    const bench = await Bench.make({ eventBytesMax: 1000, queueBytes: 3000 });
    const { logs } = await bench.openLogs();
    const small = entry('small', { data: new Uint8Array(800) });
    await expect(logs.append([small, entry('large', { data: new Uint8Array(1001) })])).rejects.toMatchObject(
      code('event-too-large'),
    );
    await expect(logs.append([small, small, small, small])).rejects.toMatchObject(code('event-too-large'));
    await logs.append([small]);
    expect(await idsFrom(logs, 0)).toEqual(['small']);
  });

  test('goes on in another segment when one is full', async () => {
    const bench = await Bench.make({ segmentBytes: 2000 });
    const { folder, logs } = await bench.openLogs();
    const ids = Array.from({ length: 40 }, (_, i) => String(i));
    for (const id of ids) await logs.append([entry(id, { data: new Uint8Array(300) })]);
    expect((await bench.segments()).length).toBeGreaterThan(5);
    expect(await idsFrom(logs, 0)).toEqual(ids);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    await again.logs.append([entry('last')]);
    expect(await idsFrom(again.logs, 0)).toEqual([...ids, 'last']);
  });

  test('is refused after disposal, which waits for what was asked before', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    const last = logs.append([entry('last')]);
    await logs[Symbol.asyncDispose]();
    await last;
    await expect(logs.append([entry('late')])).rejects.toMatchObject(code('channel-closed'));
    await expect(logs.letters('a', { limit: 1 })).rejects.toMatchObject(code('channel-closed'));
    const again = await folder.openLogs({ namespace: 'default', name: 'orders' });
    expect(await idsFrom(again, 0)).toEqual(['last']);
  });
});

describe('a disk that fails', () => {
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const ioError = Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });

  test('when it is full, nothing of what was refused is stored, and it goes on once there is room', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    await logs.append([entry('first')]);
    const [segment = ''] = await bench.segments();
    const { size } = await stat(segment);
    for (const fault of [noSpace, 70]) {
      bench.disk.spoil = () => fault;
      await expect(logs.append([entry('refused')])).rejects.toMatchObject({
        code: 'channel-full',
        retryAfterMs: expect.any(Number),
      });
      expect((await stat(segment)).size).toBe(size);
    }
    bench.disk.spoil = undefined;
    await logs.append([entry('second')]);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    expect(await idsFrom(again.logs, 0)).toEqual(['first', 'second']);
    expect(bench.fatal).toEqual([]);
  });

  test('any other error is fatal: the process is told, nothing is acknowledged any more, nothing is tried again', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    bench.disk.spoil = () => ioError;
    const both = [logs.append([entry('1')]), logs.append([entry('2')])];
    for (const each of both) await expect(each).rejects.toMatchObject(code('channel-unavailable'));
    expect(bench.fatal).toMatchObject([{ code: 'disk-failed' }]);
    bench.disk.spoil = undefined;
    const writes = bench.disk.writes;
    await expect(logs.append([entry('3')])).rejects.toMatchObject(code('channel-unavailable'));
    expect(bench.disk.writes).toBe(writes);
  });

  test('a full disk that cannot be cut back is fatal too', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    bench.disk.spoil = () => 10;
    bench.disk.failCut = ioError;
    await expect(logs.append([entry('1')])).rejects.toMatchObject(code('channel-unavailable'));
    expect(bench.fatal).toMatchObject([{ code: 'disk-failed' }]);
  });

  test('a segment that cannot be made for want of space refuses, and is made later', async () => {
    const bench = await Bench.make({ segmentBytes: 500 });
    const { folder, logs } = await bench.openLogs();
    await logs.append([entry('first', { data: new Uint8Array(600) })]);
    bench.disk.spoil = () => 5;
    await expect(logs.append([entry('refused')])).rejects.toMatchObject(code('channel-full'));
    bench.disk.spoil = undefined;
    await logs.append([entry('second')]);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    expect(await idsFrom(again.logs, 0)).toEqual(['first', 'second']);
    expect(bench.fatal).toEqual([]);
  });
});

describe('room', () => {
  test('appends are refused while less than the reserve is free, and taken again after', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    bench.disk.freeBytes = 64 * 1024 * 1024 + 500;
    await bench.clock.advance(1000);
    await expect(logs.append([entry('1', { data: new Uint8Array(500) })])).rejects.toMatchObject(code('channel-full'));
    // Settling always can write.
    await owned(logs, (log) => log.write([{ kind: 'row', row: { subscription: 'a/b', position: 0, generation: 1 } }]));
    bench.disk.freeBytes = 2 ** 40;
    await bench.clock.advance(1000);
    await logs.append([entry('2')]);
    expect(await idsFrom(logs, 0)).toEqual(['2']);
  });

  test('a broker over its quota is refused alone; dead letters count', async () => {
    const bench = await Bench.make();
    const folder = await bench.open();
    const logs = await folder.openLogs({ namespace: 'default', name: 'small' }, { quotaBytes: 5000 });
    const other = await folder.openLogs({ namespace: 'default', name: 'other' });
    const dead = entry('dead', { data: new Uint8Array(4000) });
    const letter = {
      id: '0',
      subscription: 'a/b',
      entry: dead,
      progress: { stage: 'subscriber', attempts: 1, history: [] },
      deadAtMs: 1,
    } as const;
    await owned(logs, (log) => log.write([{ kind: 'dead', letter, position: 0 }]));
    await bench.clock.advance(1000);
    // The measurement was begun by this one.
    await logs.append([entry('1')]);
    expect(await logs.usedBytes()).toBeGreaterThan(4000);
    const large = entry('2', { data: new Uint8Array(1000) });
    await expect(logs.append([large])).rejects.toMatchObject(code('channel-full'));
    await other.append([large]);
    await owned(logs, (log) => log.write([{ kind: 'discard', subscription: 'a/b', ids: ['0'] }]));
    await bench.clock.advance(1000);
    await logs.append([entry('3')]);
    await logs.usedBytes();
    await logs.append([large]);
    expect(idsOf(await owned(logs, (log) => log.read(0, ALL, NEVER)))).toEqual(['1', '3', '2']);
  });
});
