import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A file to read. */
export interface FoundFile {
  /** As it is shown: the path that was given, and what is below it. */
  readonly file: string;
  /** Given by name, not found in a folder. */
  readonly named: boolean;
}

/** What is behind the paths that were given. */
export interface Found {
  readonly files: readonly FoundFile[];
  /** Folders whose changes matter, absolute. */
  readonly folders: readonly string[];
  /** What cannot be read now, and why: what it declared stays. */
  readonly unreadable: readonly { readonly path: string; readonly given: boolean; readonly why: string }[];
}

/** How many files are read. */
export const FILES_MAX = 10_000;
/** How deep folders are searched. */
export const FOLDER_DEPTH_MAX = 16;

const READ = /\.(ya?ml|json)$/i;

/**
 * Finds the files: each one named, and in folders, to any depth, those that end in `.yaml`, `.yml` or `.json`. Folders that begin with a dot, `node_modules` and `except` are left
 * out. Files come in the order of their names.
 */
export async function findFiles(paths: readonly string[], except?: string): Promise<Found> {
  const search = new Search(except === undefined ? undefined : resolve(except));
  for (const path of paths) await search.given(path);
  return search;
}

class Search implements Found {
  readonly files: FoundFile[] = [];
  readonly folders: string[] = [];
  readonly unreadable: { path: string; given: boolean; why: string }[] = [];
  readonly #seen = new Set<string>();
  readonly #except: string | undefined;

  constructor(except: string | undefined) {
    this.#except = except;
  }

  async given(path: string): Promise<void> {
    try {
      const facts = await stat(path);
      if (facts.isDirectory()) return await this.#folder(path, 0);
      // Opening a pipe would wait for its writer.
      if (!facts.isFile()) throw new Error('neither file nor folder');
      // Editors and ConfigMap mounts replace a file by renaming: the folder sees it, a watch on the file would not.
      this.folders.push(dirname(resolve(path)));
      this.#file(path, true);
    } catch (error) {
      this.folders.push(dirname(resolve(path)));
      this.unreadable.push({ path, given: true, why: whyOf(error) });
    }
  }

  async #folder(folder: string, depth: number): Promise<void> {
    if (depth > FOLDER_DEPTH_MAX) return void this.#refuse(folder, `is nested deeper than ${FOLDER_DEPTH_MAX} folders`);
    const real = await realpath(folder);
    // A link may lead back up.
    if (this.#seen.has(real) || resolve(folder) === this.#except) return;
    this.#seen.add(real);
    this.folders.push(resolve(folder));
    const names = await readdir(folder);
    for (const name of names.sort()) await this.#entry(folder, name, depth);
  }

  async #entry(folder: string, name: string, depth: number): Promise<void> {
    if (name.startsWith('.') || name === 'node_modules') return;
    const path = join(folder, name);
    try {
      const facts = await stat(path);
      if (facts.isDirectory()) await this.#folder(path, depth + 1);
      else if (READ.test(name) && facts.isFile()) this.#file(path, false);
    } catch (error) {
      // What went between the listing and now is gone, as if it had not been listed; a dangling link is no file.
      if (codeOf(error) !== 'ENOENT') this.#refuse(path, whyOf(error));
    }
  }

  #file(file: string, named: boolean): void {
    const real = resolve(file);
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    if (this.files.length < FILES_MAX) this.files.push({ file, named });
    else if (this.files.length === FILES_MAX) this.#refuse(file, `comes after ${FILES_MAX} other files`);
  }

  #refuse(path: string, why: string): void {
    this.unreadable.push({ path, given: false, why });
  }
}

/** Why a path cannot be read, in words. */
export function whyOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return code === undefined ? 'is neither a file nor a folder' : `cannot be read (${code})`;
}

/** The system's code of an error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What `weir serve` reads when no path is given: `weir.yaml` if it is there, else nothing. */
export async function defaultPaths(folder: string): Promise<readonly string[]> {
  const path = join(folder, 'weir.yaml');
  try {
    await stat(path);
    return [folder === '.' ? basename(path) : path];
  } catch {
    return [];
  }
}
