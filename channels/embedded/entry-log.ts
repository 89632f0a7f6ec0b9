import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Entry } from '../../events/entry.ts';
import type { Limit, Position, Slice } from '../log/log.ts';
import { Appender, type Active } from './appender.ts';
import type { GroupBuffers } from './group-buffer.ts';
import type { EmbeddedOptions } from './options.ts';
import type { EmbeddedPorts } from './ports.ts';
import { recoverSegments, type KnownSegments } from './recovery.ts';
import type { Room } from './room.ts';
import { SegmentFiles } from './segment-files.ts';
import { readSegment } from './segment-reader.ts';
import {
  openedSegment,
  SEGMENT_HEADER_BYTES,
  segmentHeader,
  segmentName,
  type Segment,
  type SegmentHeader,
} from './segment.ts';
import { Segments } from './segments.ts';
import { Tail } from './tail.ts';

// A segment is closed after this part of the retention, full or not; but not so often that closing costs more than it frees.
const SEGMENT_AGE = 0.25;
const SEGMENT_AGE_MS_MIN = 600_000;

/** What the entries of one broker are kept with. */
export interface EntryLogFacts {
  readonly folder: string;
  readonly options: EmbeddedOptions;
  readonly ports: EmbeddedPorts;
  readonly buffers: GroupBuffers;
  readonly room: Room;
  readonly segmentBytes: () => number;
  readonly tailBytes: () => number;
  /** Makes it durable that the segment beginning at `first` exists, so that its loss would show. */
  readonly confirm: (first: Position) => Promise<unknown>;
}

/** The entries of one broker: appended in groups, read from memory or from segments, dropped in whole segments. */
export class EntryLog {
  readonly #x: EntryLogFacts;
  readonly #segments: Segments;
  readonly #files: SegmentFiles = new SegmentFiles();
  readonly #tail: Tail;
  readonly #appender: Appender;
  /** Reads that wait for what comes next. */
  readonly #arrivals: (() => void)[] = [];
  /** Signals whose abort wakes the reads that wait. */
  readonly #heeded = new WeakSet<AbortSignal>();

  private constructor(x: EntryLogFacts, segments: Segments, open: { readonly active: Active; readonly end: Position }) {
    this.#x = x;
    this.#segments = segments;
    this.#tail = new Tail(open.end, x.options.tailEntries, x.tailBytes);
    this.#appender = new Appender(open.active, open.end, {
      options: x.options,
      buffers: x.buffers,
      room: x.room,
      complete: (segment) => this.#complete(segment),
      roll: (first) => this.#roll(first),
      committed: ({ entries, sizes }) => {
        this.#tail.add(entries, sizes);
        this.#arrived();
      },
      fatal: x.ports.fatal,
    });
  }

  /** Recovers the folder, or makes it. Rejects `data-folder-damaged`. */
  static async open(x: EntryLogFacts, known: KnownSegments): Promise<EntryLog> {
    await mkdir(x.folder, { recursive: true });
    for (const folder of [dirname(x.folder), dirname(dirname(x.folder))]) await x.ports.disk.syncFolder(folder);
    const { segments, end } = await recoverSegments(x.folder, known, x.ports);
    const last = segments.at(-1);
    if (!last) {
      const active = await createSegment(x, { first: end, createdAtMs: x.ports.clock.now() });
      return new EntryLog(x, new Segments([active.segment]), { active, end });
    }
    if (last.first !== known.last) await x.confirm(last.first);
    const active = { segment: last, file: await x.ports.disk.reopen(last.path) };
    return new EntryLog(x, new Segments(segments), { active, end });
  }

  /** The first position that is still there. */
  get start(): Position {
    return this.#segments.start;
  }

  /** The position after the last durable entry. */
  get end(): Position {
    return this.#tail.end;
  }

  /** From here on entries are in memory. */
  get tailFirst(): Position {
    return this.#tail.first;
  }

  /** The first position of each segment, oldest first. */
  get segmentFirsts(): readonly Position[] {
    return this.#segments.firsts;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  /** As `Logs.append`. */
  append(entries: readonly Entry[]): Promise<void> {
    return this.#appender.append(entries);
  }

  /** As `Log.read`. What comes before `from` leaves memory: its reader is past it, and who reads later reads the segments. */
  read(from: Position, max: Limit, signal: AbortSignal): Promise<Slice> {
    const at = Math.max(from, this.start);
    this.#tail.release(at);
    if (at < this.#tail.first) return this.#readBehind(at, max, signal);
    if (at < this.end) return Promise.resolve(this.#tail.slice(at, max));
    if (signal.aborted) return Promise.resolve({ first: from, entries: [], end: this.end });
    if (!this.#heeded.has(signal)) {
      this.#heeded.add(signal);
      signal.addEventListener('abort', () => this.#arrived());
    }
    return new Promise((resolve) => this.#arrivals.push(() => resolve(this.read(from, max, signal))));
  }

  /** The first position of the oldest segment that may hold an entry accepted at `timeMs` or later. */
  firstSince(timeMs: number): Position {
    return this.#segments.firstSince(timeMs);
  }

  /** As `Log.expired`; with `tight`, retention gives way to what is to come. */
  expired(r: { readonly retentionMs: number; readonly retentionBytes: number; readonly tight: boolean }): Position {
    return this.#segments.expired({
      nowMs: this.#x.ports.clock.now(),
      retentionMs: r.tight ? 0 : r.retentionMs,
      retentionBytes: r.tight ? 0 : r.retentionBytes,
    });
  }

  /** What `start` will be after `drop(before)`. */
  startAfter(before: Position): Position {
    return this.#segments.startAfter(Math.min(before, this.end));
  }

  /** Deletes the segments that lie wholly below `before`. */
  async drop(before: Position): Promise<void> {
    for (const segment of this.#segments.takeBelow(Math.min(before, this.end))) await rm(segment.path, { force: true });
    await this.#files.closeDropped();
  }

  /** Refuses further appends with `reason`. */
  refuse(reason: Error): void {
    this.#appender.refuse(reason);
  }

  /** Refuses further appends with `reason`, waits for those that were made, ends every wait. */
  async close(reason: Error): Promise<void> {
    await this.#appender.close(reason);
    await this.#files.close();
    this.#arrived();
  }

  async #readBehind(from: Position, max: Limit, signal: AbortSignal): Promise<Slice> {
    return (await this.#readSegments(from, max)) ?? this.read(from, max, signal);
  }

  /** Undefined if what was asked for was dropped meanwhile. */
  async #readSegments(first: Position, max: Limit): Promise<Slice | undefined> {
    const entries: Entry[] = [];
    let bytes = 0;
    for (
      let next = first;
      next < this.end && entries.length < max.entries && bytes < max.bytes;
      next = first + entries.length
    ) {
      const left = { entries: max.entries - entries.length, bytes: max.bytes - bytes };
      const atLeast = entries.length === 0 ? 1 : 0;
      // Only the first entry may be larger than what is left, so memory, which always answers one, is asked in the next read.
      if (next >= this.#tail.first && atLeast === 0) break;
      const segment = this.#segments.holding(next);
      const before = Math.min(this.#segments.nextFirst(segment) ?? this.end, this.end);
      try {
        const part = await readSegment(this.#files, segment, {
          ...left,
          from: next,
          before,
          atLeast,
          readBytes: this.#x.options.readBytes,
        });
        if (part.entries.length === 0) break;
        for (const entry of part.entries) entries.push(entry);
        bytes += part.bytes;
      } catch (error) {
        if (!segment.dropped) throw error;
        break;
      }
    }
    return entries.length === 0 ? undefined : { first, entries, end: this.end };
  }

  /** Full, or so old that what is in it would outlive its retention by much: it is deleted as a whole. */
  #complete({ bytes, createdAtMs }: Segment): boolean {
    const { segmentBytes, options, ports } = this.#x;
    const oldMs = Math.max(options.retentionMs * SEGMENT_AGE, SEGMENT_AGE_MS_MIN);
    return bytes >= segmentBytes() || ports.clock.now() - createdAtMs >= oldMs;
  }

  async #roll(first: Position): Promise<Active> {
    const segment = this.#segments.active;
    const previous = { first: segment.first, bytes: segment.bytes };
    const active = await createSegment(this.#x, { first, createdAtMs: this.#x.ports.clock.now(), previous });
    this.#segments.push(active.segment);
    return active;
  }

  #arrived(): void {
    for (const arrived of this.#arrivals.splice(0)) arrived();
  }
}

/** A new segment, with its header and its name durable, and known to the state file, before anything is written to it. */
async function createSegment(x: EntryLogFacts, header: SegmentHeader): Promise<Active> {
  const path = join(x.folder, segmentName(header.first));
  const file = await x.ports.disk.create(path);
  try {
    await new Promise<void>((resolve, reject) => {
      file.write([segmentHeader(header)], (error, written) => {
        if (error) reject(error);
        else if (written === SEGMENT_HEADER_BYTES) resolve();
        else reject(Object.assign(new Error(`${path}: the disk is full`), { code: 'ENOSPC' }));
      });
    });
    await x.ports.disk.syncFolder(x.folder);
    await x.confirm(header.first);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { segment: openedSegment(path, header, SEGMENT_HEADER_BYTES), file };
}
