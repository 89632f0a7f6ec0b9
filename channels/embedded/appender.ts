import assert from 'node:assert';
import { nextTurn } from '../../events/clock.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import type { Entry } from '../../events/entry.ts';
import type { Position } from '../log/log.ts';
import type { AppendFile } from './disk.ts';
import type { GroupBuffer, GroupBuffers } from './group-buffer.ts';
import type { EmbeddedOptions } from './options.ts';
import { headOf, RECORD_HEADER_BYTES } from './record.ts';
import type { Room } from './room.ts';
import type { Segment } from './segment.ts';

/** What the appender writes to: the segment and its file. */
export interface Active {
  readonly segment: Segment;
  readonly file: AppendFile;
}

/** What became durable: consecutive entries from `first`, and the bytes of each. */
export interface Commit {
  readonly first: Position;
  readonly entries: readonly Entry[];
  readonly sizes: readonly number[];
}

/** What the appender is given by the log it is part of. */
export interface AppenderFacts {
  readonly options: EmbeddedOptions;
  readonly buffers: GroupBuffers;
  readonly room: Room;
  /** Whether a segment has had enough and is to be closed: asked before each group. */
  readonly complete: (segment: Segment) => boolean;
  /** Makes the next segment, durable and known, its first position being `first`. */
  readonly roll: (first: Position) => Promise<Active>;
  /** Called before the appends of a group resolve. */
  readonly committed: (commit: Commit) => void;
  readonly fatal: (error: Error) => void;
}

interface Batch {
  readonly entries: readonly Entry[];
  /** Of each entry, as `headOf` encodes it: tells, nearly, what an entry takes. */
  readonly heads: readonly string[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const OVERLOAD_RETRY_MS = 1000;
const GATHER_TURNS_MAX = 4;
const FULL_DISK = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'channel-full']);

/**
 * Group commit to the last segment: one write in flight; what arrives meanwhile is the next group, begun a few turns of the event loop later so that what the last one woke can join it.
 *
 *     idle -> gathering -> (rolling ->) writing -> idle | gathering
 *                                          |-> cutting (the disk is full) -> idle | gathering
 *                                          |-> failed (anything else went wrong: for good)
 */
export class Appender {
  readonly #x: AppenderFacts;
  #active: Active;
  #next: Position;
  #queue: Batch[] = [];
  /** Of all that is not acknowledged yet, in flight or queued. */
  #pendingBytes = 0;
  #busy = false;
  #stopped: Error | undefined;
  #idle: (() => void)[] = [];

  constructor(active: Active, next: Position, facts: AppenderFacts) {
    this.#x = facts;
    this.#active = active;
    this.#next = next;
  }

  /** As `Logs.append`: all or none, also across a crash. Rejects `channel-full`, `overloaded`, `event-too-large` (nothing is stored), `channel-unavailable` (unknown), `channel-closed`. */
  append(entries: readonly Entry[]): Promise<void> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (entries.length === 0) return Promise.resolve();
    const { eventBytesMax } = this.#x.options;
    let bytes = 0;
    const heads: string[] = [];
    for (const entry of entries) {
      const head = headOf(entry);
      const size = head.length + (entry.event.data?.byteLength ?? 0);
      bytes += RECORD_HEADER_BYTES + size;
      if (size > eventBytesMax) return Promise.reject(tooLarge(`an event of ${size} bytes`, eventBytesMax));
      heads.push(head);
    }
    const refusal = this.#refusal(bytes);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, heads, bytes, resolve, reject });
      this.#pendingBytes += bytes;
      this.#start();
    });
  }

  /** Refuses what comes from now on with `reason`. */
  refuse(reason: Error): void {
    this.#stopped ??= reason;
  }

  /** Refuses what comes from now on with `reason`, waits until the rest is written, closes the file. */
  async close(reason: Error): Promise<void> {
    this.refuse(reason);
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#active.file.close();
  }

  #refusal(bytes: number): Error | undefined {
    const { queueBytes } = this.#x.options;
    if (bytes > queueBytes) return tooLarge(`an append of ${bytes} bytes`, queueBytes);
    if (this.#pendingBytes + bytes > queueBytes) {
      return new UnavailableError(
        'overloaded',
        `${this.#pendingBytes} bytes wait for the disk already; try again later`,
        { retryAfterMs: OVERLOAD_RETRY_MS },
      );
    }
    return this.#x.room.refusal(bytes, this.#pendingBytes);
  }

  #start(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#gather(GATHER_TURNS_MAX);
  }

  /** Waits while each turn brings more, so that a busy process writes seldom and much; what comes alone waits one turn. */
  #gather(turns: number): void {
    const before = this.#queue.length;
    nextTurn(() => {
      if (turns > 1 && this.#queue.length > before && this.#pendingBytes < this.#x.options.groupBytes)
        this.#gather(turns - 1);
      else this.#group();
    });
  }

  #group(): void {
    const { segment } = this.#active;
    if (segment.first === this.#next || !this.#x.complete(segment)) return this.#write();
    this.#rolled()
      .then((rolled) => {
        if (rolled) this.#write();
      })
      .catch((cause: unknown) => this.#fail([], cause));
  }

  #write(): void {
    const batches = this.#take();
    const buffer = this.#x.buffers.take();
    const sizes: number[] = [];
    try {
      for (const batch of batches) this.#encode(batch, buffer, sizes);
    } catch (cause) {
      return this.#fail(batches, cause);
    }
    this.#active.file.write(buffer.parts(), (error, written) => {
      const whole = !error && written === buffer.bytes;
      if (whole) this.#committed(batches, { buffer, sizes });
      else void this.#fellShort(batches, buffer, error);
    });
  }

  #encode({ entries, heads }: Batch, buffer: GroupBuffer, sizes: number[]): void {
    for (let i = 0; i < entries.length; i += 1) {
      const entry = entries[i];
      const head = heads[i];
      assert(entry && head !== undefined, 'each entry has its head');
      const place = { position: this.#next + sizes.length, index: sizes.length, following: entries.length - 1 - i };
      sizes.push(buffer.add(entry, head, place));
    }
  }

  /** The batches of the next group, in order: at least one. */
  #take(): readonly Batch[] {
    let bytes = 0;
    let count = 0;
    for (const batch of this.#queue) {
      if (count > 0 && bytes + batch.bytes > this.#x.options.groupBytes) break;
      bytes += batch.bytes;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #committed(batches: readonly Batch[], group: { buffer: GroupBuffer; sizes: readonly number[] }): void {
    const first = this.#next;
    const bytes = group.buffer.bytes;
    this.#x.buffers.give(group.buffer);
    let offset = this.#active.segment.bytes;
    let position = first;
    for (const size of group.sizes) {
      this.#active.segment.index.add(position, offset);
      position += 1;
      offset += size;
    }
    this.#active.segment.bytes = offset;
    this.#next += group.sizes.length;
    this.#x.room.spend(bytes);
    // Readers first: a delivery that starts before its sender is answered is that much earlier, and no less durable.
    const [only] = batches;
    const entries = only && batches.length === 1 ? only.entries : batches.flatMap((batch) => batch.entries);
    this.#x.committed({ first, entries, sizes: group.sizes });
    for (const batch of batches) batch.resolve();
    this.#settled(batches);
  }

  async #fellShort(batches: readonly Batch[], buffer: GroupBuffer, error: Error | null): Promise<void> {
    this.#x.buffers.give(buffer);
    try {
      // Only a full disk leaves the file in a state that is known: cut off what did go in. Anything else (EIO) is never tried again.
      if (error && !isFullDisk(error)) throw error;
      await this.#active.file.cut(this.#active.segment.bytes);
    } catch (cause) {
      return this.#fail(batches, cause);
    }
    const refusal = this.#x.room.ranOut(error ?? undefined);
    for (const batch of batches) batch.reject(refusal);
    this.#settled(batches);
  }

  async #rolled(): Promise<boolean> {
    try {
      const next = await this.#x.roll(this.#next);
      const before = this.#active;
      this.#active = next;
      await before.file.close();
      return true;
    } catch (cause) {
      if (isFullDisk(cause)) {
        const refused = this.#take();
        for (const batch of refused) batch.reject(this.#x.room.ranOut(cause));
        this.#settled(refused);
      } else this.#fail([], cause);
      return false;
    }
  }

  #settled(batches: readonly Batch[]): void {
    for (const batch of batches) this.#pendingBytes -= batch.bytes;
    this.#busy = false;
    if (this.#queue.length > 0) return this.#start();
    for (const idle of this.#idle.splice(0)) idle();
  }

  #fail(batches: readonly Batch[], cause: unknown): void {
    const path = this.#active.segment.path;
    const what = cause instanceof Error ? cause.message : String(cause);
    this.#stopped = new UnavailableError(
      'channel-unavailable',
      `${path}: writing failed (${what}); the process must be started again`,
      { cause, path },
    );
    for (const batch of [...batches, ...this.#queue.splice(0)]) batch.reject(this.#stopped);
    this.#settled([]);
    this.#x.fatal(
      new UnavailableError('disk-failed', `${path}: ${what}; check the disk, then start again`, { cause, path }),
    );
  }
}

function tooLarge(what: string, max: number): RefusedError {
  return new RefusedError('event-too-large', `${what} is more than the ${max} that are taken; send less at once`);
}

/** Whether an error says that the volume, or its quota, is full: from the file system or from the state file. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL_DISK.has(String(error.code));
}
