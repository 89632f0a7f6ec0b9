import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted, RefusedError } from '../../events/errors.ts';
import type { Disk } from './disk.ts';

/** The one format number of a data folder: segments, state file and their names together. */
export const FOLDER_FORMAT = 1;

/** The first Weir that reads this format: what an older one is told to be replaced by. */
const SINCE = '0.1.0';

/**
 * Checks that this Weir may use the folder, and claims an empty one. Rejects `data-folder-newer`, saying which Weir is needed, and `data-folder-damaged` for what it does not
 * know: nothing is overwritten.
 */
export async function checkFormat(path: string, disk: Disk): Promise<void> {
  const file = join(path, 'format.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return check(file, text);
  const left = ['state.sqlite', 'brokers'].find((name) => existsSync(join(path, name)));
  if (left !== undefined) throw unknown(file, `is missing, though ${left} is there`);
  await claim(path, file, disk);
}

function check(file: string, text: string): void {
  const { format, needs } = parse(file, text);
  if (format === FOLDER_FORMAT) return;
  if (format > FOLDER_FORMAT) {
    throw new RefusedError(
      'data-folder-newer',
      `${file}: has format ${format}, this Weir reads ${FOLDER_FORMAT}; start Weir ${needs ?? 'of a newer version'} or later`,
      {
        path: file,
      },
    );
  }
  throw unknown(file, `holds format ${format}, which never was one`);
}

function parse(file: string, text: string): { readonly format: number; readonly needs: string | undefined } {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw unknown(file, `holds ${quoted(text)} instead of a format`);
  }
  const format = typeof found === 'object' && found !== null && 'format' in found ? found.format : undefined;
  if (typeof format !== 'number' || !Number.isSafeInteger(format))
    throw unknown(file, `holds ${quoted(text)} instead of a format`);
  const needs =
    typeof found === 'object' && found !== null && 'needs' in found && typeof found.needs === 'string'
      ? found.needs
      : undefined;
  return { format, needs };
}

async function claim(path: string, file: string, disk: Disk): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ format: FOLDER_FORMAT, needs: SINCE })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await disk.syncFolder(path);
}

function unknown(file: string, what: string): RefusedError {
  return new RefusedError(
    'data-folder-damaged',
    `${file}: ${what}; restore it from a copy, or choose another folder with --data`,
    { path: file },
  );
}
