import { crc32 } from 'node:zlib';
import type { Position } from '../log/log.ts';
import { SparseIndex } from './sparse-index.ts';

/**
 * A segment file is named for the position of its first record and begins with a header, big-endian:
 *
 *      0  7 bytes "WEIRSEG", u8 format
 *      8  f64  position of its first record
 *     16  f64  when it was created, ms since the epoch: everything in earlier segments came before
 *     24  f64  first position of the segment before it, -1 if there is none
 *     32  f64  bytes of the segment before it: a chain in which a lost or shortened file shows
 *     40  u32  CRC-32 of all that
 */
export const SEGMENT_HEADER_BYTES = 44;

const MAGIC = Buffer.from('WEIRSEG\u0001', 'latin1');
const NAME = /^(\d{16})\.segment$/;

/** What a segment says of itself and of the one before it. */
export interface SegmentHeader {
  readonly first: Position;
  readonly createdAtMs: number;
  readonly previous?: { readonly first: Position; readonly bytes: number };
}

/** One segment as the open log knows it. `bytes` grows while it is the last one. */
export interface Segment {
  readonly first: Position;
  readonly path: string;
  readonly createdAtMs: number;
  readonly index: SparseIndex;
  bytes: number;
  /** Its file is deleted, or about to be. */
  dropped: boolean;
}

/** The file name of the segment that begins at `first`; names sort as positions do. */
export function segmentName(first: Position): string {
  return `${String(first).padStart(16, '0')}.segment`;
}

/** The first position a file name stands for, or undefined if it is no segment's name. */
export function segmentFirst(name: string): Position | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The header as bytes, `SEGMENT_HEADER_BYTES` of them. */
export function segmentHeader(header: SegmentHeader): Buffer {
  const buffer = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(buffer);
  buffer.writeDoubleBE(header.first, 8);
  buffer.writeDoubleBE(header.createdAtMs, 16);
  buffer.writeDoubleBE(header.previous?.first ?? -1, 24);
  buffer.writeDoubleBE(header.previous?.bytes ?? 0, 32);
  buffer.writeUInt32BE(crc32(buffer.subarray(0, 40)), 40);
  return buffer;
}

/** Reads a header back; undefined if it is short, of another format, or damaged. */
export function parseSegmentHeader(buffer: Buffer): SegmentHeader | undefined {
  if (buffer.byteLength < SEGMENT_HEADER_BYTES || buffer.compare(MAGIC, 0, MAGIC.byteLength, 0, MAGIC.byteLength) !== 0)
    return undefined;
  if (crc32(buffer.subarray(0, 40)) !== buffer.readUInt32BE(40)) return undefined;
  const facts = { first: buffer.readDoubleBE(8), createdAtMs: buffer.readDoubleBE(16) };
  const previousFirst = buffer.readDoubleBE(24);
  return previousFirst < 0 ? facts : { ...facts, previous: { first: previousFirst, bytes: buffer.readDoubleBE(32) } };
}

/** A segment as it is when it is opened: nothing known of its records but where the first is. */
export function openedSegment(path: string, header: SegmentHeader, bytes: number): Segment {
  const { first, createdAtMs } = header;
  return {
    first,
    path,
    createdAtMs,
    index: new SparseIndex({ position: first, offset: SEGMENT_HEADER_BYTES }),
    bytes,
    dropped: false,
  };
}
