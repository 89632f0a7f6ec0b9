import type { Entry } from '../../events/entry.ts';
import type { Position } from '../log/log.ts';
import { intact, placeOf, takeRecord } from './record.ts';
import { damaged } from './recovery.ts';
import { scanRecords } from './scan.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Segment } from './segment.ts';

/** What to read of one segment: from a position in it up to `before`, both durable. */
export interface SegmentRead {
  readonly from: Position;
  readonly before: Position;
  readonly entries: number;
  /** At most, once there are `atLeast` entries. */
  readonly bytes: number;
  readonly atLeast: 0 | 1;
  readonly readBytes: number;
}

/** Entries read and their bytes on disk. */
export interface SegmentPart {
  readonly entries: Entry[];
  readonly bytes: number;
}

const RECORD_GUESS_BYTES = 4 * 1024;
const POINT_READ_BYTES = 32 * 1024;

/** Reads consecutive entries of one segment, at least `atLeast`. Each checksum is checked: what comes before a damaged record is answered, then it rejects `data-folder-damaged` with file and offset. */
export async function readSegment(files: SegmentFiles, segment: Segment, read: SegmentRead): Promise<SegmentPart> {
  const { bytes: committed } = segment;
  const entries: Entry[] = [];
  let bytes = 0;
  await files.with(segment, async (file) => {
    const spot = segment.index.before(read.from);
    let next = spot.position;
    // A retry asks for one entry: reading 256 KiB for it would cost more than the delivery.
    const readBytes = Math.min(read.readBytes, POINT_READ_BYTES + read.entries * RECORD_GUESS_BYTES);
    const stopped = await scanRecords(
      file,
      { from: spot.offset, to: committed, readBytes },
      ({ buffer, at, bytes: size, offset }) => {
        if (next >= read.before || entries.length >= read.entries) return false;
        if (next >= read.from && entries.length >= read.atLeast && bytes + size > read.bytes) return false;
        const { position } = placeOf(buffer, at);
        if (position !== next || !intact(buffer, at, size)) return false;
        segment.index.add(position, offset);
        next += 1;
        if (position < read.from) return true;
        entries.push(takeRecord(buffer, at, size));
        bytes += size;
        return true;
      },
    );
    if (entries.length < read.atLeast) throw damaged(segment.path, `the record at offset ${stopped} is damaged`);
    segment.index.resumeAt({ position: next, offset: stopped });
  });
  return { entries, bytes };
}
