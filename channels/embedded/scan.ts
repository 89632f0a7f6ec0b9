import type { FileHandle } from 'node:fs/promises';
import { recordBytes } from './record.ts';

/** Which part of a segment to go through, and how much to read at once. */
export interface ScanRange {
  readonly from: number;
  readonly to: number;
  readonly readBytes: number;
}

/** One record as the scan met it, its checksum not looked at: `bytes` of `buffer` from `at`, at `offset` of the file. Valid during the call only. */
export type Visit = (record: {
  readonly buffer: Buffer;
  readonly at: number;
  readonly bytes: number;
  readonly offset: number;
}) => boolean;

/**
 * Goes through the records of a segment in order, from a known beginning, until `visit` answers false or no whole record is left. Answers the offset at which it stopped: `to` if all were visited,
 * otherwise that of the record that was refused or cannot be one.
 */
export async function scanRecords(file: FileHandle, range: ScanRange, visit: Visit): Promise<number> {
  let buffer = Buffer.allocUnsafeSlow(Math.min(range.readBytes, Math.max(range.to - range.from, 0)));
  let base = range.from;
  let filled = 0;
  for (;;) {
    const want = Math.min(buffer.byteLength - filled, range.to - base - filled);
    const { bytesRead } = want > 0 ? await file.read(buffer, filled, want, base + filled) : { bytesRead: 0 };
    filled += bytesRead;
    const step = visitAll(buffer.subarray(0, filled), { base, to: range.to, visit });
    if (step.stopped || bytesRead === 0) return base + step.at;
    // What is left is the beginning of a record: go on from there, in a larger buffer if it needs one.
    const larger = step.needed > buffer.byteLength ? Buffer.allocUnsafeSlow(step.needed) : buffer;
    buffer.copy(larger, 0, step.at, filled);
    filled -= step.at;
    base += step.at;
    buffer = larger;
  }
}

function visitAll(
  buffer: Buffer,
  x: { base: number; to: number; visit: Visit },
): { at: number; stopped: boolean; needed: number } {
  let at = 0;
  while (buffer.byteLength - at >= 4) {
    const bytes = recordBytes(buffer, at);
    const offset = x.base + at;
    if (bytes === 0 || offset + bytes > x.to) return { at, stopped: true, needed: 0 };
    if (at + bytes > buffer.byteLength) return { at, stopped: false, needed: bytes };
    if (!x.visit({ buffer, at, bytes, offset })) return { at, stopped: true, needed: 0 };
    at += bytes;
  }
  return { at, stopped: false, needed: 0 };
}
