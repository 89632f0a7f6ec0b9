import { statSync, watch, type FSWatcher } from 'node:fs';
import type { Clock } from '../../events/clock.ts';

/** How long nothing may happen before files are read again where nothing else is said, ms. */
export const QUIET_MS = 200;
/** How long that may be put off by what goes on happening, ms. */
export const QUIET_WAIT_MAX_MS = 2000;

/** How often files are read again where the system has no watches left, ms. */
export const POLL_MS = 5000;

interface Watcher {
  readonly watcher: FSWatcher;
  readonly inode: string | undefined;
}

/** Calls `changed` once things in the folders it follows have changed and then been quiet. Disposal stops it. */
export class Watching implements Disposable {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #quietMs: number;
  readonly #watchers = new Map<string, Watcher>();
  #firstMs: number | undefined;
  #cancel = (): void => {};
  #cancelPoll = (): void => {};
  #disposed = false;

  constructor(clock: Clock, changed: () => void, quietMs = QUIET_MS) {
    this.#clock = clock;
    this.#changed = changed;
    this.#quietMs = quietMs;
  }

  /** Follows these folders, absolute, and no others. What cannot be watched is looked at every few seconds. */
  follow(folders: readonly string[]): void {
    if (this.#disposed) return;
    const wanted = new Set(folders);
    for (const [folder, { watcher, inode }] of this.#watchers)
      // A folder that was removed and made again is another one: the old watch sees nothing of it.
      if (!wanted.has(folder) || inodeOf(folder) !== inode) {
        watcher.close();
        this.#watchers.delete(folder);
      }
    const missed = folders.filter((folder) => !this.#watchers.has(folder) && !this.#add(folder));
    this.#cancelPoll();
    if (missed.length > 0) this.#cancelPoll = this.#clock.after(POLL_MS, this.#changed);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#cancel();
    this.#cancelPoll();
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #add(folder: string): boolean {
    try {
      const inode = inodeOf(folder);
      const watcher = watch(folder);
      watcher.on('change', () => this.#noise());
      // A folder that is removed ends its watch with an error on some systems, with a change on others.
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
        this.#noise();
      });
      this.#watchers.set(folder, { watcher, inode });
      return true;
    } catch {
      return false;
    }
  }

  #noise(): void {
    if (this.#disposed) return;
    const nowMs = this.#clock.now();
    this.#firstMs ??= nowMs;
    this.#cancel();
    const waitMaxMs = Math.max(QUIET_WAIT_MAX_MS, this.#quietMs);
    const delayMs = Math.max(0, Math.min(this.#quietMs, this.#firstMs + waitMaxMs - nowMs));
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#firstMs = undefined;
      this.#changed();
    });
  }
}

function inodeOf(folder: string): string | undefined {
  const facts = statSync(folder, { throwIfNoEntry: false });
  // Its number may be given again; its birth is another.
  return facts && `${facts.dev}:${facts.ino}:${facts.birthtimeMs}`;
}
