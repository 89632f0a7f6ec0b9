import type { Clock } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { Disk } from './disk.ts';

/** Free space on the volume of a data folder, measured at most once per `roomCheckMs` and counted down by what is written in between. Shared by the folder's brokers. */
export class FreeSpace {
  readonly #x: { readonly clock: Clock; readonly disk: Disk; readonly path: string; readonly roomCheckMs: number };
  #measuredMs = -Infinity;
  #freeBytes = 0;
  #totalBytes = 0;

  constructor(x: { readonly clock: Clock; readonly disk: Disk; readonly path: string; readonly roomCheckMs: number }) {
    this.#x = x;
  }

  get freeBytes(): number {
    this.#measure();
    return this.#freeBytes;
  }

  get totalBytes(): number {
    this.#measure();
    return this.#totalBytes;
  }

  /** `bytes` were written. */
  spend(bytes: number): void {
    this.#freeBytes -= bytes;
  }

  /** What was measured is known to be wrong: a write met a full disk. */
  forget(): void {
    this.#measuredMs = -Infinity;
  }

  #measure(): void {
    const now = this.#x.clock.now();
    if (now >= this.#measuredMs && now - this.#measuredMs < this.#x.roomCheckMs) return;
    const space = this.#x.disk.space(this.#x.path);
    this.#measuredMs = now;
    this.#freeBytes = space.freeBytes;
    this.#totalBytes = space.totalBytes;
  }
}

/** What one broker may store, and what it stores. */
export interface RoomFacts {
  readonly broker: string;
  readonly reserveBytes: number;
  readonly retryAfterMs: number;
  readonly quotaBytes: () => number;
  readonly usedBytes: () => number;
}

/** Decides whether a broker may store more. */
export class Room {
  readonly #space: FreeSpace;
  readonly #facts: RoomFacts;

  constructor(space: FreeSpace, facts: RoomFacts) {
    this.#space = space;
    this.#facts = facts;
  }

  /** Why `bytes` more cannot be stored now, `pending` bytes being on their way already; undefined if they can. */
  refusal(bytes: number, pending: number): UnavailableError | undefined {
    const { broker, reserveBytes, retryAfterMs, quotaBytes, usedBytes } = this.#facts;
    const free = this.#space.freeBytes - pending - bytes;
    if (free < reserveBytes)
      return full(
        `${broker}: the disk is full: ${mib(free + bytes)} free, ${mib(reserveBytes)} kept in reserve; make room`,
        retryAfterMs,
      );
    const quota = quotaBytes();
    const used = usedBytes() + pending;
    if (used + bytes > quota) {
      return full(
        `${broker}: its quota is used up: ${mib(used)} of ${mib(quota)}; settle or discard events, or raise it`,
        retryAfterMs,
      );
    }
    return undefined;
  }

  /** Whether settled entries should make room though they are within their retention. */
  get tight(): boolean {
    const { reserveBytes, quotaBytes, usedBytes } = this.#facts;
    return this.#space.freeBytes < 2 * reserveBytes || usedBytes() > quotaBytes() * 0.75;
  }

  /** Bytes went to disk. */
  spend(bytes: number): void {
    this.#space.spend(bytes);
  }

  /** A write met a full disk, whatever was measured: measures anew, answers the refusal. */
  ranOut(cause: unknown): UnavailableError {
    this.#space.forget();
    const { broker, retryAfterMs } = this.#facts;
    return new UnavailableError('channel-full', `${broker}: the disk is full; make room`, { cause, retryAfterMs });
  }
}

function full(message: string, retryAfterMs: number): UnavailableError {
  return new UnavailableError('channel-full', message, { retryAfterMs });
}

function mib(bytes: number): string {
  return `${(Math.max(bytes, 0) / 1024 / 1024).toFixed(1)} MiB`;
}
