import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realDisk, type AppendFile } from '../../channels/embedded/disk.ts';
import { temporaryFolder } from './embedded-world.ts';

/** A file on a disk that takes `tookMs` for each write, by the clock. */
async function fileOn(tookMs: () => number): Promise<{ file: AppendFile; path: string }> {
  let nowMs = 0;
  const clock = { now: () => (nowMs += tookMs()), after: () => () => undefined };
  const path = join(await temporaryFolder(), 'file');
  return { file: await realDisk(clock).create(path), path };
}

/** Whether a write was done before `write` returned; resolves once it is done. */
async function atOnce(file: AppendFile, bytes: Uint8Array): Promise<boolean> {
  let returned = false;
  let before = false;
  await new Promise<void>((resolve, reject) => {
    file.write([bytes], (error, written) => {
      before = !returned;
      if (error) reject(error);
      else if (written === bytes.byteLength) resolve();
      else reject(new Error(`${written} of ${bytes.byteLength} bytes`));
    });
    returned = true;
  });
  return before;
}

test('what is small is written at once on a quick disk, what is large in the thread pool', async () => {
  const { file, path } = await fileOn(() => 0);
  expect(await atOnce(file, Buffer.alloc(16_384, 'a'))).toBe(true);
  expect(await atOnce(file, Buffer.alloc(16_385, 'b'))).toBe(false);
  expect(await atOnce(file, Buffer.alloc(1, 'c'))).toBe(true);
  await file.close();
  expect(await readFile(path, 'latin1')).toBe(`${'a'.repeat(16_384)}${'b'.repeat(16_385)}c`);
});

test('a disk that was slow once is left to the thread pool for 64 writes, and then tried again', async () => {
  let tookMs = 2;
  const { file } = await fileOn(() => tookMs);
  const writes: boolean[] = [];
  for (let i = 0; i < 130; i += 1) writes.push(await atOnce(file, Buffer.from('x')));
  expect(writes.flatMap((once, i) => (once ? [i] : []))).toEqual([0, 65]);
  tookMs = 0;
  expect([await atOnce(file, Buffer.from('x')), await atOnce(file, Buffer.from('x'))]).toEqual([true, true]);
  await file.close();
});

test('what is learnt of a disk with one file counts for the others', async () => {
  let nowMs = 0;
  const disk = realDisk({ now: () => (nowMs += 2), after: () => () => undefined });
  const folder = await temporaryFolder();
  const [first, second] = [await disk.create(join(folder, '1')), await disk.create(join(folder, '2'))];
  expect([await atOnce(first, Buffer.from('x')), await atOnce(second, Buffer.from('x'))]).toEqual([true, false]);
  await first.close();
  await second.close();
});

test('a write that fails at once is told as one in the thread pool is', async () => {
  const { file } = await fileOn(() => 0);
  await file.close();
  await expect(atOnce(file, Buffer.from('x'))).rejects.toMatchObject({ code: 'EBADF' });
});
