import type { Position } from '../log/log.ts';
import { intact, placeOf, RECORD_HEADER_BYTES, recordBytes } from './record.ts';

const SECTOR_BYTES = 512;

/**
 * Whether the end of a segment, from a record that is not whole on, can be what a crash left of its last write. `rest` begins with that record, at `bad.offset` of the file; `bad.position`
 * would have been its position. Nothing whole after it: torn. Whole records of a later write after it: that write would not have begun before this one was durable, so it is damage. Whole records
 * of the same write: a power cut may put the blocks of one write down in any order, and what it leaves out reads as zeros; without such a gap it is damage, as the write may have been acknowledged.
 */
export function isTorn(rest: Buffer, bad: { readonly offset: number; readonly position: Position }): boolean {
  let at = 1;
  while (at + RECORD_HEADER_BYTES <= rest.byteLength) {
    const bytes = wholeRecord(rest, at, bad.position);
    if (bytes === 0) {
      at += 1;
      continue;
    }
    const { position, index } = placeOf(rest, at);
    if (position - index > bad.position || !hasUnwrittenSector(rest.subarray(0, at), bad.offset)) return false;
    at += bytes;
  }
  return true;
}

/** The bytes of the whole record at `at`, or 0. The cheap questions first: this is asked of every byte. */
function wholeRecord(rest: Buffer, at: number, badPosition: Position): number {
  const bytes = recordBytes(rest, at);
  if (bytes === 0 || at + bytes > rest.byteLength) return 0;
  const { position } = placeOf(rest, at);
  const plausible = position > badPosition && position <= badPosition + at / RECORD_HEADER_BYTES + 1;
  return plausible && intact(rest, at, bytes) ? bytes : 0;
}

function hasUnwrittenSector(part: Buffer, offset: number): boolean {
  const first = (SECTOR_BYTES - (offset % SECTOR_BYTES)) % SECTOR_BYTES;
  for (let at = first; at + SECTOR_BYTES <= part.byteLength; at += SECTOR_BYTES) {
    if (part.subarray(at, at + SECTOR_BYTES).every((byte) => byte === 0)) return true;
  }
  return false;
}
