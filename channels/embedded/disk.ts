import { close, constants, fsync, ftruncate, open, statfsSync, write, writev } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The disk as the log writes it: a port, so that tests can make writes fall short or fail. Errors are those of node:fs, with `code`. */
export interface Disk {
  /** Creates `path`, or empties it, for appending; each write is durable when it is done. The name itself is durable only after `syncFolder`. */
  create(path: string): Promise<AppendFile>;
  /** Opens an existing file for appending, likewise. */
  reopen(path: string): Promise<AppendFile>;
  /** Makes names created in or removed from a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Bytes that may still be written to the volume that holds `path`, and its size. Quick and synchronous. */
  space(path: string): Space;
}

/** A volume, in bytes. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A file that only grows, or is cut back. One call at a time. */
export interface AppendFile {
  /** Writes `parts` one after the other; `done` hears how many bytes went in, which may be fewer. They are durable then. */
  write(parts: readonly Uint8Array[], done: (error: Error | null, written: number) => void): void;
  /** Cuts the file back to `bytes`, durably. */
  cut(bytes: number): Promise<void>;
  close(): Promise<void>;
}

// O_DSYNC: one trip to the thread pool per group instead of two (write, fdatasync), and the data, with the length of the file, are on disk when it returns.
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_DSYNC;
const CREATE = APPEND | constants.O_CREAT | constants.O_TRUNC;

/** The real disk. */
export const nodeDisk: Disk = {
  create: (path) => openAppend(path, CREATE),
  reopen: (path) => openAppend(path, APPEND),
  async syncFolder(path) {
    const folder = await openHandle(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  space(path) {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
};

async function openAppend(path: string, flags: number): Promise<AppendFile> {
  const fd = await promisify(open)(path, flags, 0o600);
  return {
    write(parts, done) {
      const [only] = parts;
      if (only && parts.length === 1) write(fd, only, 0, only.byteLength, null, done);
      else writev(fd, parts, null, done);
    },
    async cut(bytes) {
      await promisify(ftruncate)(fd, bytes);
      await promisify(fsync)(fd);
    },
    close: () => promisify(close)(fd),
  };
}
