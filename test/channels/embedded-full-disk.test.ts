import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeDisk } from '../../channels/embedded/disk.ts';
import { openFolder } from '../../channels/embedded/folder.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { BROKER, entry, owned, subscription } from './embedded-entries.ts';
import { idsFrom, temporaryFolder } from './embedded-world.ts';

/** A file system of 4 MiB, or why there can be none. */
async function smallDisk(): Promise<{ path: string } | { why: string }> {
  const path = join(await temporaryFolder(), 'disk');
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return { why: 'mounting a small file system is not permitted here (root may)' };
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path], { stdio: 'pipe' }));
  return { path };
}

test('a disk that really is full refuses events, keeps what was acknowledged, and takes events again when there is room', async ({
  skip,
}) => {
  const small = await smallDisk();
  if ('why' in small) return skip(small.why);
  const path = join(small.path, 'data');
  const fatal: Error[] = [];
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  // Free space is measured as rarely as can be, so that writes do meet the end of the disk.
  const options = { reserveBytes: 0, roomCheckMs: 1e12, volumeShare: 1, segmentBytes: 256 * 1024 };
  const open = (): ReturnType<typeof openFolder> =>
    openFolder(
      path,
      {
        clock: new FakeClock(),
        log,
        disk: { ...nodeDisk, space: () => ({ freeBytes: 2 ** 40, totalBytes: 2 ** 40 }) },
        fatal: (error) => fatal.push(error),
      },
      options,
    );
  const folder = await open();
  const logs = await folder.openLogs(BROKER);
  await logs.declare(subscription('default/a'));
  const acknowledged: string[] = [];
  const refused: unknown[] = [];
  const append = async (id: string): Promise<void> => {
    const batch = [entry(`${id}a`, { data: new Uint8Array(3000) }), entry(`${id}b`, { data: new Uint8Array(3000) })];
    await logs.append(batch).then(
      () => acknowledged.push(`${id}a`, `${id}b`),
      (error: unknown) => refused.push(error),
    );
  };
  for (let i = 0; refused.length < 20; i += 1) await Promise.all([append(`${i}-0-`), append(`${i}-1-`)]);
  for (const error of refused) expect(error).toMatchObject({ code: 'channel-full' });
  // The state cannot be written either: that is said, and not fatal.
  const rows = Array.from(
    { length: 5000 },
    (_, position) => ({ kind: 'row', row: { subscription: 'default/a', position, generation: 1 } }) as const,
  );
  await expect(owned(logs, (log) => log.write(rows))).rejects.toMatchObject({ code: 'channel-full' });
  expect(await idsFrom(logs, 0)).toEqual(acknowledged);
  execFileSync('mount', ['-o', 'remount,size=8m', small.path]);
  refused.length = 0;
  await append('later-');
  await owned(logs, (log) => log.write(rows));
  expect(refused).toEqual([]);
  await folder[Symbol.asyncDispose]();
  const again = await open();
  expect(await idsFrom(await again.openLogs(BROKER), 0)).toEqual(acknowledged);
  await again[Symbol.asyncDispose]();
  expect(fatal).toEqual([]);
});

test('free space is measured on the volume of the folder, and what is written counts until it is measured again', async () => {
  const path = await temporaryFolder();
  const clock = new FakeClock();
  let measured = 0;
  const disk = {
    ...nodeDisk,
    space: (of: string) => ((measured += 1), expect(of).toBe(path), { freeBytes: 10_000, totalBytes: 1e9 }),
  };
  const folder = await openFolder(
    path,
    { clock, disk, log: { debug() {}, info() {}, warn() {}, error() {} }, fatal: () => {} },
    { reserveBytes: 5000 },
  );
  const logs = await folder.openLogs(BROKER);
  await writeFile(join(path, 'other'), '');
  await logs.append([entry('1', { data: new Uint8Array(3000) })]);
  await expect(logs.append([entry('2', { data: new Uint8Array(3000) })])).rejects.toMatchObject({
    code: 'channel-full',
  });
  expect(measured).toBe(1);
  await clock.advance(1000);
  await logs.append([entry('3', { data: new Uint8Array(3000) })]);
  expect(measured).toBe(2);
  await folder[Symbol.asyncDispose]();
  await rm(path, { recursive: true });
});
