import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { RefusedError } from '../events/errors.ts';
import { writeAtomically } from '../events/atomic-file.ts';

/**
 * A small value kept in one file. Writes are one after the other; those that arrive during one are carried out together by the next. A file that cannot be
 * understood is refused as `data-folder-damaged`: starting anew would forget in silence.
 */
export class JsonFile<T> {
  readonly #path: string;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #value: T;

  constructor(path: string, value: T) {
    this.#path = path;
    this.#value = value;
  }

  /** Reads it; `initial` if there is none. */
  static async open<T>(path: string, schema: z.ZodType<T>, initial: T): Promise<JsonFile<T>> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new JsonFile(path, initial);
      throw error;
    }
    return new JsonFile(path, parse(text, path, schema));
  }

  get value(): T {
    return this.#value;
  }

  /** Resolves when a value at least as new as this one would survive `kill -9`. */
  save(value: T): Promise<void> {
    this.#value = value;
    const write = (): Promise<void> => (this.#writing = this.#write());
    if (!this.#writing) return write();
    // After the one that is under way, whatever becomes of it.
    this.#next ??= this.#writing.then(write, write);
    return this.#next;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    try {
      await writeAtomically(this.#path, `${JSON.stringify(this.#value, null, 2)}\n`);
    } finally {
      if (!this.#next) this.#writing = undefined;
    }
  }
}

function parse<T>(text: string, path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new RefusedError(
      'data-folder-damaged',
      `${path}: is not what Weir wrote; restore it, or delete it to start without what it knew`,
      { path, cause: error },
    );
  }
}
