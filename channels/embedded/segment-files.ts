import { type FileHandle, open } from 'node:fs/promises';
import type { Segment } from './segment.ts';

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
}

const IDLE_MAX = 4;

/** Segments opened for reading: the last few stay open, as the next read is probably of the same one. */
export class SegmentFiles {
  readonly #open = new Map<Segment, OpenFile>();
  #keep = IDLE_MAX;

  /** Lends the file of a segment to `use`. Rejects with ENOENT if it was dropped before it was opened. */
  async with<T>(segment: Segment, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#open.get(segment) ?? { handle: open(segment.path, 'r'), users: 0 };
    this.#open.delete(segment);
    this.#open.set(segment, file);
    file.users += 1;
    try {
      return await use(await file.handle);
    } catch (error) {
      this.#open.delete(segment);
      throw error;
    } finally {
      file.users -= 1;
      if (this.#open.get(segment) !== file && file.users === 0) await closeQuietly(file);
      await this.#closeIdle();
    }
  }

  /** Closes files whose segments were dropped, so that the disk gets their space back. */
  async closeDropped(): Promise<void> {
    await this.#closeIdle();
  }

  /** Closes what nobody is reading, and the rest once it is read. */
  async close(): Promise<void> {
    this.#keep = 0;
    await this.#closeIdle();
  }

  async #closeIdle(): Promise<void> {
    for (const [segment, file] of this.#open) {
      const surplus = this.#open.size > this.#keep || segment.dropped;
      if (!surplus || file.users > 0) continue;
      this.#open.delete(segment);
      await closeQuietly(file);
    }
  }
}

// A file that was only read loses nothing when closing it fails; one that could not be opened has told its reader.
async function closeQuietly(file: OpenFile): Promise<void> {
  await file.handle.then((handle) => handle.close()).catch(() => undefined);
}
