import { crc32 } from 'node:zlib';
import type { Entry } from '../../events/entry.ts';
import type { AttributeValue } from '../../events/event.ts';
import type { Position } from '../log/log.ts';

/**
 * One entry on disk, big-endian; the checksum covers everything after itself:
 *
 *      0  u32  length of all that follows this field and the checksum
 *      4  u32  CRC-32
 *      8  f64  position
 *     16  u32  records before it in its write: records of one write that was torn are told from damage by it
 *     20  u32  records of its batch that follow it: a batch without its last record never counts
 *     24  f64  receivedAtMs
 *     32  i32  hops
 *     36  u32  flags: 1 = has data
 *     40  u32  length of the head
 *     44  head: JSON [trace or null, name, value, name, value, ...] in the order of the attributes, types as they are
 *         data: the bytes that came
 */
export const RECORD_HEADER_BYTES = 44;

const CHECKED_FROM = 8;
const HAS_DATA = 1;

/** Where an entry stands in the log, in its write and in its batch. */
export interface Place {
  readonly position: Position;
  readonly index: number;
  readonly following: number;
}

/** The head of an entry as text: all of it but its data and what the fixed fields hold. */
export function headOf(entry: Entry): string {
  const head: (AttributeValue | null)[] = [entry.trace ?? null];
  for (const [name, value] of entry.event.attributes) head.push(name, value);
  return JSON.stringify(head);
}

/** An upper bound of the bytes `putRecord` puts for an entry with this head, its data not counted. */
export function recordBytesMax(head: string): number {
  return RECORD_HEADER_BYTES + head.length * 3;
}

/** Writes the record into `buffer` at `at`, where there is room for it; answers where it ends. With `apart` the data are counted and checked but not copied: they are written next from where they are. */
export function putRecord(
  buffer: Buffer,
  at: number,
  r: { entry: Entry; head: string; place: Place; apart: boolean },
): number {
  const { event, hops, receivedAtMs } = r.entry;
  const { data } = event;
  const headBytes = buffer.write(r.head, at + RECORD_HEADER_BYTES);
  let end = at + RECORD_HEADER_BYTES + headBytes;
  if (data && !r.apart) {
    buffer.set(data, end);
    end += data.byteLength;
  }
  const apartBytes = data && r.apart ? data.byteLength : 0;
  buffer.writeUInt32BE(end - at - CHECKED_FROM + apartBytes, at);
  buffer.writeDoubleBE(r.place.position, at + 8);
  buffer.writeUInt32BE(r.place.index, at + 16);
  buffer.writeUInt32BE(r.place.following, at + 20);
  buffer.writeDoubleBE(receivedAtMs, at + 24);
  buffer.writeInt32BE(hops, at + 32);
  buffer.writeUInt32BE(data ? HAS_DATA : 0, at + 36);
  buffer.writeUInt32BE(headBytes, at + 40);
  const checksum = crc32(buffer.subarray(at + CHECKED_FROM, end));
  buffer.writeUInt32BE(data && r.apart ? crc32(data, checksum) : checksum, at + 4);
  return end;
}

/** The bytes of the record that begins at `at`, its length field included; 0 if no record can be that short. The field may be damaged: check that it fits, then `intact`. */
export function recordBytes(buffer: Buffer, at: number): number {
  const bytes = CHECKED_FROM + buffer.readUInt32BE(at);
  return bytes < RECORD_HEADER_BYTES ? 0 : bytes;
}

/** Whether the checksum of the record at `at`, all of whose `bytes` are in `buffer`, is right. */
export function intact(buffer: Buffer, at: number, bytes: number): boolean {
  return crc32(buffer.subarray(at + CHECKED_FROM, at + bytes)) === buffer.readUInt32BE(at + 4);
}

/** Its place, as written; meaningful only if it is intact. */
export function placeOf(buffer: Buffer, at: number): Place {
  return {
    position: positionOf(buffer, at),
    index: buffer.readUInt32BE(at + 16),
    following: buffer.readUInt32BE(at + 20),
  };
}

/** The position alone, likewise. */
export function positionOf(buffer: Buffer, at: number): Position {
  return buffer.readDoubleBE(at + 8);
}

/** The entry of an intact record of `bytes` at `at`. Its data are a copy: keeping it never keeps the buffer. */
export function takeRecord(buffer: Buffer, at: number, bytes: number): Entry {
  const headEnd = at + RECORD_HEADER_BYTES + buffer.readUInt32BE(at + 40);
  const [trace, ...flat]: readonly unknown[] = JSON.parse(buffer.toString('utf8', at + RECORD_HEADER_BYTES, headEnd));
  const attributes = new Map<string, AttributeValue>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const value = flat[i + 1];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      attributes.set(String(flat[i]), value);
  }
  const hasData = (buffer.readUInt32BE(at + 36) & HAS_DATA) !== 0;
  const event = hasData ? { attributes, data: new Uint8Array(buffer.subarray(headEnd, at + bytes)) } : { attributes };
  const facts = { event, hops: buffer.readInt32BE(at + 32), receivedAtMs: buffer.readDoubleBE(at + 24) };
  return typeof trace === 'string' ? { ...facts, trace } : facts;
}

/** One entry as bytes of their own, for the state file; read back by `entryFrom`. */
export function entryBytes(entry: Entry): Uint8Array {
  const head = headOf(entry);
  const buffer = Buffer.allocUnsafeSlow(recordBytesMax(head) + (entry.event.data?.byteLength ?? 0));
  const end = putRecord(buffer, 0, { entry, head, place: { position: 0, index: 0, following: 0 }, apart: false });
  return new Uint8Array(buffer.subarray(0, end));
}

/** The entry that `entryBytes` wrote, or undefined if the bytes are not intact. */
export function entryFrom(bytes: Uint8Array): Entry | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fits = buffer.byteLength >= RECORD_HEADER_BYTES && recordBytes(buffer, 0) === buffer.byteLength;
  return fits && intact(buffer, 0, buffer.byteLength) ? takeRecord(buffer, 0, buffer.byteLength) : undefined;
}
