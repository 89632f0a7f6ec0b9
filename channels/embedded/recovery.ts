import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError } from '../../events/errors.ts';
import type { Log } from '../../events/log.ts';
import type { Position } from '../log/log.ts';
import type { Disk } from './disk.ts';
import { intact, placeOf } from './record.ts';
import { scanRecords } from './scan.ts';
import {
  openedSegment,
  parseSegmentHeader,
  SEGMENT_HEADER_BYTES,
  segmentFirst,
  segmentName,
  type Segment,
  type SegmentHeader,
} from './segment.ts';
import { isTorn } from './torn.ts';

/** What the state file knows of a broker's segments. Without `last` none was ever confirmed: the broker is new. */
export interface KnownSegments {
  readonly start: Position;
  readonly last?: Position;
}

/** The segments that are there, oldest first (none for a new broker), and the position after the last whole batch. */
export interface RecoveredSegments {
  readonly segments: readonly Segment[];
  readonly end: Position;
}

interface Found {
  readonly header: SegmentHeader;
  readonly path: string;
  readonly bytes: number;
}

const READ_BYTES = 1024 * 1024;

/**
 * Finds a broker's segments again: removes those below `known.start` (a trim that was interrupted), checks that none is missing or shortened, and checks every record of the last one.
 * A torn tail is cut off. Rejects `data-folder-damaged`, with file and offset, and changes nothing then.
 */
export async function recoverSegments(
  folder: string,
  known: KnownSegments,
  ports: { readonly disk: Disk; readonly log: Log },
): Promise<RecoveredSegments> {
  const firsts = (await readdir(folder)).flatMap((name) => segmentFirst(name) ?? []).sort((a, b) => a - b);
  const found = await readHeaders(folder, firsts, known);
  checkChain(folder, found, known);
  for (const first of firsts.filter((first) => first < known.start)) await rm(join(folder, segmentName(first)));
  const segments = found.map(({ path, header, bytes }) => openedSegment(path, header, bytes));
  const last = segments.at(-1);
  if (!last) return { segments: [], end: known.start };
  const end = await recoverLast(last, ports);
  if (known.last === undefined && end > 0)
    throw damaged(last.path, 'holds events of which the state file knows nothing');
  return { segments, end };
}

/** The refusal that names what is damaged and what can be done. */
export function damaged(path: string, what: string): RefusedError {
  return new RefusedError(
    'data-folder-damaged',
    `${path}: ${what}; restore it from a copy, or delete the Broker for good and lose its events`,
    { path },
  );
}

async function readHeaders(
  folder: string,
  firsts: readonly Position[],
  known: KnownSegments,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const first of firsts.filter((first) => first >= known.start)) {
    const path = join(folder, segmentName(first));
    const header = await readHeader(path);
    const { size } = await stat(path);
    if (header?.first === first) found.push({ header, path, bytes: size });
    // Only the newest can be half made: nothing was written to it yet, and the state file has not heard of it.
    else if (first === firsts.at(-1) && size <= SEGMENT_HEADER_BYTES && first !== known.last) await rm(path);
    else throw damaged(path, 'is not the segment its name says (offset 0)');
  }
  return found;
}

async function readHeader(path: string): Promise<SegmentHeader | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES, 0);
    return parseSegmentHeader(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function checkChain(folder: string, found: readonly Found[], known: KnownSegments): void {
  const firsts = found.map(({ header }) => header.first);
  if (known.last !== undefined && !firsts.includes(known.last))
    throw damaged(join(folder, segmentName(known.last)), 'is missing');
  if (firsts[0] !== undefined && firsts[0] !== known.start)
    throw damaged(join(folder, segmentName(known.start)), 'is missing');
  for (const [i, { header, path }] of found.entries()) {
    const before = found[i - 1];
    if (!before) continue;
    if (!header.previous)
      throw damaged(path, 'says that it is the first segment, but others come before it (offset 24)');
    if (header.previous.first !== before.header.first)
      throw damaged(join(folder, segmentName(header.previous.first)), 'is missing');
    if (header.previous.bytes !== before.bytes) {
      throw damaged(
        before.path,
        `has ${before.bytes} bytes and had ${header.previous.bytes} (offset ${Math.min(before.bytes, header.previous.bytes)})`,
      );
    }
  }
}

/** Checks the last segment record by record, fills its index, and cuts what a crash left half written. */
async function recoverLast(segment: Segment, ports: { readonly disk: Disk; readonly log: Log }): Promise<Position> {
  const file = await open(segment.path, 'r');
  try {
    let next = segment.first;
    let whole = { position: next, offset: SEGMENT_HEADER_BYTES };
    const stopped = await scanRecords(
      file,
      { from: SEGMENT_HEADER_BYTES, to: segment.bytes, readBytes: READ_BYTES },
      ({ buffer, at, bytes, offset }) => {
        const { position, following } = placeOf(buffer, at);
        if (position !== next || !intact(buffer, at, bytes)) return false;
        segment.index.add(position, offset);
        next += 1;
        if (following === 0) whole = { position: next, offset: offset + bytes };
        return true;
      },
    );
    if (stopped < segment.bytes) await mustBeTorn(segment, file, { offset: stopped, position: next });
    if (whole.offset < segment.bytes) await cut(segment, whole.offset, ports);
    return whole.position;
  } finally {
    await file.close();
  }
}

async function mustBeTorn(
  segment: Segment,
  file: FileHandle,
  bad: { offset: number; position: Position },
): Promise<void> {
  const rest = Buffer.allocUnsafeSlow(segment.bytes - bad.offset);
  let filled = 0;
  while (filled < rest.byteLength) {
    const { bytesRead } = await file.read(rest, filled, rest.byteLength - filled, bad.offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  if (isTorn(rest.subarray(0, filled), bad)) return;
  throw damaged(segment.path, `the record at offset ${bad.offset} is damaged, and whole ones follow it`);
}

async function cut(segment: Segment, bytes: number, ports: { readonly disk: Disk; readonly log: Log }): Promise<void> {
  const file = await ports.disk.reopen(segment.path);
  try {
    await file.cut(bytes);
  } finally {
    await file.close();
  }
  ports.log.warn('log.tail-cut', { file: segment.path, offset: bytes, bytes: segment.bytes - bytes });
  segment.bytes = bytes;
}
