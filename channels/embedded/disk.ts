import { close, constants, fsync, ftruncate, open, statfsSync, write, writeSync, writev } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemClock, type Clock } from '../../events/clock.ts';

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

/** Hears of a write: how many bytes went in, also when it failed half way. */
export type Written = (error: Error | null, written: number) => void;

/** A file that only grows, or is cut back. One call at a time. */
export interface AppendFile {
  /** Writes `parts` one after the other; `done` hears how many bytes went in, which may be fewer. They are durable then. It may be called before `write` returns. */
  write(parts: readonly Uint8Array[], done: Written): void;
  /** Cuts the file back to `bytes`, durably. */
  cut(bytes: number): Promise<void>;
  close(): Promise<void>;
}

// O_DSYNC: one trip to the thread pool per group instead of two (write, fdatasync), and the data, with the length of the file, are on disk when it returns.
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_DSYNC;
const CREATE = APPEND | constants.O_CREAT | constants.O_TRUNC;

/** The real disk. `clock` tells how quick it is: what is small is written at once while it is. */
export function realDisk(clock: Clock): Disk {
  const pace = { clock, patience: 0 };
  return {
    create: (path) => openAppend(path, CREATE, pace),
    reopen: (path) => openAppend(path, APPEND, pace),
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
}

/** As the process sees it. */
export const nodeDisk: Disk = realDisk(systemClock);

// So little takes 0.1 ms on a quick disk; the way to the thread pool and back costs more of the CPU than that wait, and wakes the event loop twice.
const AT_ONCE_BYTES_MAX = 16_384;
// A disk that took this long over it is left to the thread pool for so many writes.
const SLOW_MS = 2;
const PATIENT_WRITES = 64;

/** How quick a disk was lately: `patience` is for how many writes it is left to the thread pool. */
interface Pace {
  readonly clock: Clock;
  patience: number;
}

async function openAppend(path: string, flags: number, pace: Pace): Promise<AppendFile> {
  const fd = await promisify(open)(path, flags, 0o600);
  return {
    write(parts, done) {
      const [only] = parts;
      if (!only || parts.length > 1) return writev(fd, parts, null, done);
      if (pace.patience > 0 || only.byteLength > AT_ONCE_BYTES_MAX) {
        pace.patience = Math.max(0, pace.patience - 1);
        return write(fd, only, 0, only.byteLength, null, done);
      }
      const beganMs = pace.clock.now();
      const { error, written } = writeAtOnce(fd, only);
      if (pace.clock.now() - beganMs >= SLOW_MS) pace.patience = PATIENT_WRITES;
      done(error, written);
    },
    async cut(bytes) {
      await promisify(ftruncate)(fd, bytes);
      await promisify(fsync)(fd);
    },
    close: () => promisify(close)(fd),
  };
}

function writeAtOnce(fd: number, bytes: Uint8Array): { readonly error: Error | null; readonly written: number } {
  try {
    return { error: null, written: writeSync(fd, bytes) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), written: 0 };
  }
}
