import type { Entry } from '../../events/entry.ts';
import { putRecord, recordBytesMax, type Place } from './record.ts';

/** The records of one group, encoded straight into one buffer that is used again for the next; what does not fit goes on in further buffers, large bodies stay where they are. */
export class GroupBuffer {
  readonly #inPlaceBytes: number;
  readonly #first: Buffer;
  #buffer: Buffer;
  #from = 0;
  #end = 0;
  #closed: Uint8Array[] = [];
  #closedBytes = 0;

  constructor(bytes: number, inPlaceBytes: number) {
    this.#inPlaceBytes = inPlaceBytes;
    this.#first = Buffer.allocUnsafeSlow(bytes);
    this.#buffer = this.#first;
  }

  /** Bytes of all records so far. */
  get bytes(): number {
    return this.#closedBytes + this.#end - this.#from;
  }

  /** Adds the record of an entry with this head; answers its bytes. */
  add(entry: Entry, head: string, place: Place): number {
    const before = this.bytes;
    const { data } = entry.event;
    const apart = data !== undefined && data.byteLength >= this.#inPlaceBytes;
    const room = recordBytesMax(head) + (data && !apart ? data.byteLength : 0);
    if (room > this.#buffer.byteLength - this.#end) {
      this.#close();
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(room, this.#first.byteLength));
      this.#from = this.#end = 0;
    }
    this.#end = putRecord(this.#buffer, this.#end, { entry, head, place, apart });
    if (apart) {
      this.#close();
      this.#closed.push(data);
      this.#closedBytes += data.byteLength;
    }
    return this.bytes - before;
  }

  /** What to write, in order. Valid until `clear`. */
  parts(): readonly Uint8Array[] {
    this.#close();
    return this.#closed;
  }

  /** Empties it, keeping only the buffer it began with. */
  clear(): void {
    this.#closed = [];
    this.#closedBytes = this.#from = this.#end = 0;
    this.#buffer = this.#first;
  }

  #close(): void {
    if (this.#end === this.#from) return;
    this.#closed.push(this.#buffer.subarray(this.#from, this.#end));
    this.#closedBytes += this.#end - this.#from;
    this.#from = this.#end;
  }
}

/** Group buffers that all brokers of a folder share: as many as there are writes at once, two of them kept. */
export class GroupBuffers {
  readonly #make: () => GroupBuffer;
  readonly #spare: GroupBuffer[] = [];

  constructor(bytes: number, inPlaceBytes: number) {
    this.#make = (): GroupBuffer => new GroupBuffer(bytes, inPlaceBytes);
  }

  take(): GroupBuffer {
    return this.#spare.pop() ?? this.#make();
  }

  give(buffer: GroupBuffer): void {
    buffer.clear();
    if (this.#spare.length < 2) this.#spare.push(buffer);
  }
}
