import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filePositions } from '../../broker/positions.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-positions-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('what was saved is there in the next process', async () => {
  await (await filePositions(folder)).save('default/pingsource/tick', '7');
  expect(await (await filePositions(folder)).get('default/pingsource/tick')).toBe('7');
});

test('saves that overlap are all kept, and no other file is left', async () => {
  const positions = await filePositions(folder);
  await Promise.all(Array.from({ length: 50 }, (_, i) => positions.save(`k${i % 10}`, String(i))));
  const next = await filePositions(folder);
  expect(await Promise.all([next.get('k0'), next.get('k9')])).toEqual(['40', '49']);
  expect(await readdir(folder)).toEqual(['positions.json']);
});

test('what is dropped is gone for good, the others stay', async () => {
  const positions = await filePositions(folder);
  await positions.save('a', '');
  await positions.save('b', '1');
  await positions.drop((key, position) => key === 'a' && position === '');
  const next = await filePositions(folder);
  expect(await Promise.all([next.get('a'), next.get('b')])).toEqual([undefined, '1']);
});

test('a key that was never saved is undefined, also one that every object has', async () => {
  expect(await (await filePositions(folder)).get('constructor')).toBeUndefined();
});

test('a file that Weir did not write is refused by name', async () => {
  await writeFile(join(folder, 'positions.json'), '{"a":');
  await expect(filePositions(folder)).rejects.toMatchObject({
    code: 'data-folder-damaged',
    message: expect.stringContaining('positions.json'),
  });
});
