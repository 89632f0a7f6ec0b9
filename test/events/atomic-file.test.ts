import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeAtomically } from '../../events/atomic-file.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('the file is replaced, nothing is left beside it, and only its owner may read it', async () => {
  const at = await folder();
  const path = join(at, 'a.json');
  await writeFile(path, 'a longer text than the next', { mode: 0o644 });
  await writeAtomically(path, 'next');
  expect([await readFile(path, 'utf8'), await readdir(at), (await stat(path)).mode & 0o777]).toEqual([
    'next',
    ['a.json'],
    0o600,
  ]);
});

test('what a write that was cut off left behind is not in the way', async () => {
  const path = join(await folder(), 'a.json');
  await writeFile(`${path}.new`, 'half of a longer te');
  await writeAtomically(path, 'whole');
  expect(await readFile(path, 'utf8')).toBe('whole');
});

test('a write that fails leaves the file as it was', async () => {
  const path = join(await folder(), 'a.json');
  await writeAtomically(path, 'before');
  // A folder where the new file would be written.
  await mkdir(`${path}.new`);
  await expect(writeAtomically(path, 'after')).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readFile(path, 'utf8')).toBe('before');
});
