import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RefusedError } from '../../events/errors.ts';

const SQLITE_BUSY = 5;

/**
 * Holds the folder for this process until it is disposed, or the process dies in whatever way: the lock is one of the kernel's (fcntl), which SQLite takes on an empty database. The pid is in a file of its own,
 * as opening and closing the locked one by other means would let the lock go. Rejects `data-folder-in-use`, naming the pid.
 */
export function lockFolder(path: string): Disposable {
  const lock = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
  const pid = join(path, 'pid');
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    const who = holder(pid);
    throw new RefusedError(
      'data-folder-in-use',
      `${path}: is in use by process ${who}; stop it, or choose another folder with --data`,
      { path, cause: error },
    );
  }
  writeFileSync(pid, `${process.pid}\n`);
  return {
    [Symbol.dispose]: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

function holder(path: string): string {
  try {
    return /^\d+/.exec(readFileSync(path, 'utf8'))?.[0] ?? 'unknown';
  } catch {
    // It is only for the message: the lock has said all that counts.
    return 'unknown';
  }
}
