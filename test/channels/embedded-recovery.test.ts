import { copyFile, cp, mkdir, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RECORD_HEADER_BYTES } from '../../channels/embedded/record.ts';
import { recoverSegments } from '../../channels/embedded/recovery.ts';
import { SEGMENT_HEADER_BYTES } from '../../channels/embedded/segment.ts';
import { BROKER, entry, owned, subscription } from './embedded-entries.ts';
import { ALL, Bench, code, idsFrom, NEVER, temporaryFolder } from './embedded-world.ts';

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x40]), 0, 1, offset);
  } finally {
    await file.close();
  }
}

/** A closed folder with these batches, each in a write of its own, and where each ends in the one segment. */
async function filled(
  batches: readonly (readonly string[])[],
): Promise<{ bench: Bench; segment: string; ends: number[] }> {
  const bench = await Bench.make();
  const { folder, logs } = await bench.openLogs();
  const [segment = ''] = await bench.segments();
  const ends: number[] = [];
  for (const ids of batches) {
    await logs.append(ids.map((id) => entry(id, { data: new Uint8Array(40).fill(9) })));
    ends.push((await readFile(segment)).byteLength);
  }
  await folder[Symbol.asyncDispose]();
  return { bench, segment, ends };
}

describe('a torn tail', () => {
  test('is cut, wherever in the last record the write ended, and everything before it is there', async () => {
    const { bench, segment, ends } = await filled([['1'], ['2'], ['3']]);
    const [, second = 0, third = 0] = ends;
    const whole = await readFile(segment);
    const folder = join(await temporaryFolder(), 'copy');
    await mkdir(folder);
    const copy = join(folder, basename(segment));
    const ports = { disk: bench.disk, log: { debug() {}, info() {}, warn() {}, error() {} } };
    for (let size = second; size < third; size += 1) {
      await writeFile(copy, whole.subarray(0, size));
      const { end, segments } = await recoverSegments(folder, { start: 0, last: 0 }, ports);
      expect([size, end]).toEqual([size, 2]);
      expect(segments[0]?.bytes).toBe(second);
      expect((await readFile(copy)).byteLength).toBe(second);
    }
  });

  test('is cut when its last bytes are not what was written, and appending goes on from there', async () => {
    const { bench, segment, ends } = await filled([['1'], ['2'], ['3']]);
    await flip(segment, (ends[2] ?? 0) - 3);
    const { logs } = await bench.openLogs();
    expect(bench.said).toMatchObject([{ name: 'log.tail-cut', fields: { file: segment, offset: ends[1] } }]);
    await logs.append([entry('4')]);
    expect(await idsFrom(logs, 0)).toEqual(['1', '2', '4']);
  });

  test('takes a whole batch with it: append of many is all or none', async () => {
    const { bench, segment, ends } = await filled([['1'], ['a', 'b', 'c', 'd']]);
    await truncate(segment, (ends[1] ?? 0) - 1);
    const { logs } = await bench.openLogs();
    expect(await idsFrom(logs, 0)).toEqual(['1']);
  });

  test('may have been written out of order: sectors that were never written are no damage', async () => {
    const { bench, segment, ends } = await filled([['1'], Array.from({ length: 40 }, (_, i) => `b${i}`)]);
    const file = await open(segment, 'r+');
    await file.write(Buffer.alloc(512), 0, 512, 1024);
    await file.close();
    const { logs } = await bench.openLogs();
    expect(ends[0]).toBeLessThan(1024);
    expect(await idsFrom(logs, 0)).toEqual(['1']);
  });
});

describe('damage', () => {
  const OTHER = { namespace: 'default', name: 'other' };

  test('before whole records is refused, with file and offset, for that broker alone, and nothing is changed', async () => {
    const { bench, segment, ends } = await filled([['1'], ['2'], ['3']]);
    const [first = 0] = ends;
    await flip(segment, first + RECORD_HEADER_BYTES + 5);
    const before = await readFile(segment);
    const folder = await bench.open();
    const refused = {
      code: 'data-folder-damaged',
      path: segment,
      message: expect.stringContaining(`offset ${first} `),
    };
    await expect(folder.openLogs(BROKER)).rejects.toMatchObject(refused);
    await expect(folder.openLogs(BROKER)).rejects.toMatchObject(refused);
    expect(await readFile(segment)).toEqual(before);
    const other = await folder.openLogs(OTHER);
    await other.append([entry('x')]);
    expect(await idsFrom(other, 0)).toEqual(['x']);
  });

  test('of a length is damage too, whatever it says now', async () => {
    for (const offset of [0, 1, 2, 3]) {
      const { bench, segment, ends } = await filled([['1'], ['2'], ['3']]);
      await flip(segment, (ends[0] ?? 0) + offset);
      await expect(bench.openLogs()).rejects.toMatchObject(code('data-folder-damaged'));
    }
  });

  test('within the last write is damage, unless sectors of it were never written', async () => {
    const { bench, segment, ends } = await filled([['1'], Array.from({ length: 40 }, (_, i) => `b${i}`)]);
    await flip(segment, (ends[0] ?? 0) + 200);
    await expect(bench.openLogs()).rejects.toMatchObject(code('data-folder-damaged'));
  });

  test('is a gap in a write that others followed: it was durable before they began', async () => {
    const { bench, segment } = await filled([['1'], Array.from({ length: 40 }, (_, i) => `b${i}`), ['2']]);
    const file = await open(segment, 'r+');
    await file.write(Buffer.alloc(512), 0, 512, 1024);
    await file.close();
    await expect(bench.openLogs()).rejects.toMatchObject(code('data-folder-damaged'));
  });

  test('of an earlier segment is met by the read that comes to it, after all that is whole', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { folder, logs } = await bench.openLogs();
    for (let i = 0; i < 20; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(200) })]);
    await folder[Symbol.asyncDispose]();
    const [first = ''] = await bench.segments();
    await flip(first, SEGMENT_HEADER_BYTES + 400);
    const again = await bench.openLogs();
    await owned(again.logs, async (log) => {
      const slice = await log.read(0, ALL, NEVER);
      expect(slice.entries).toHaveLength(1);
      await expect(log.read(1, ALL, NEVER)).rejects.toMatchObject({
        code: 'data-folder-damaged',
        path: first,
        message: expect.stringMatching(/offset \d+/),
      });
      // What comes after it is still there.
      expect((await log.read(15, ALL, NEVER)).first).toBe(15);
    });
  });

  test('is a segment that is missing, renamed, emptied or shortened, wherever in the log', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { folder, logs } = await bench.openLogs();
    for (let i = 0; i < 20; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(200) })]);
    await folder[Symbol.asyncDispose]();
    const segments = await bench.segments();
    const middle = segments[2] ?? '';
    const harms: readonly (readonly [string, (path: string) => Promise<void>])[] = [
      ...[segments[0] ?? '', middle, segments.at(-1) ?? ''].map((path) => [path, (at: string) => rm(at)] as const),
      [middle, (path) => rename(path, `${path}.bak`)],
      [middle, (path) => copyFile(segments[1] ?? '', path)],
      [middle, (path) => truncate(path, 900)],
      [segments.at(-1) ?? '', (path) => truncate(path, 0)],
    ];
    for (const [path, harm] of harms) {
      const harmed = new Bench(join(await temporaryFolder(), 'data'));
      await cp(bench.path, harmed.path, { recursive: true });
      await harm(path.replace(bench.path, harmed.path));
      await expect(harmed.openLogs()).rejects.toMatchObject({
        code: 'data-folder-damaged',
        path: path.replace(bench.path, harmed.path),
      });
    }
  });

  test('is a log that ends before where a subscription stands: its newest events were lost', async () => {
    const { bench, segment, ends } = await filled([['1'], ['2'], ['3']]);
    const { folder, logs } = await bench.openLogs();
    await owned(logs, (log) => log.write([{ kind: 'position', subscription: '*', next: 3 }]));
    await folder[Symbol.asyncDispose]();
    await truncate(segment, ends[1]);
    await expect(bench.openLogs()).rejects.toMatchObject(code('data-folder-damaged'));
  });

  test('is a state file that is gone, or is none, while there are segments', async () => {
    const gone = await filled([['1']]);
    await rm(join(gone.bench.path, 'state.sqlite'));
    await expect(gone.bench.open()).rejects.toMatchObject(code('data-folder-damaged'));
    const garbled = await filled([['1']]);
    await writeFile(
      join(garbled.bench.path, 'state.sqlite'),
      'not a database, but long enough to have a header of one',
    );
    await expect(garbled.bench.open()).rejects.toMatchObject(code('data-folder-damaged'));
  });
});

describe('what a crash leaves half done', () => {
  test('a segment that was made but not yet known is made again', async () => {
    const { bench, segment } = await filled([['1'], ['2']]);
    for (const bytes of [0, 20]) {
      await writeFile(join(dirname(segment), '0000000000000002.segment'), Buffer.alloc(bytes));
      const { folder, logs } = await bench.openLogs();
      expect(await idsFrom(logs, 0)).toEqual(['1', '2']);
      await folder[Symbol.asyncDispose]();
    }
  });

  test('segments below the start are deleted, as the trim that was interrupted would have', async () => {
    const bench = await Bench.make({ segmentBytes: 1000 });
    const { folder, logs } = await bench.openLogs();
    for (let i = 0; i < 20; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(200) })]);
    const saved = await temporaryFolder();
    const segments = await bench.segments();
    await cp(segments[0] ?? '', join(saved, 'first'));
    await owned(logs, (log) => log.write([{ kind: 'trim', before: 10 }]));
    const left = await bench.segments();
    await folder[Symbol.asyncDispose]();
    await cp(join(saved, 'first'), segments[0] ?? '');
    const again = await bench.openLogs();
    expect(await bench.segments()).toEqual(left);
    expect((await idsFrom(again.logs, 0)).at(-1)).toBe('19');
  });

  test('a removal is finished when the folder is opened', async () => {
    const { bench } = await filled([['1']]);
    const { folder, logs } = await bench.openLogs();
    await logs.declare(subscription('a/b'));
    await folder[Symbol.asyncDispose]();
    const { DatabaseSync } = await import('node:sqlite');
    const state = new DatabaseSync(join(bench.path, 'state.sqlite'));
    state.exec('UPDATE brokers SET removing = 1');
    state.close();
    const again = await bench.openLogs();
    expect(await owned(again.logs, (log) => log.recover())).toEqual({
      start: 0,
      end: 0,
      watermark: 0,
      subscriptions: [],
    });
  });
});
