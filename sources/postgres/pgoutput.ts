import { RefusedError } from '../../events/errors.ts';
import type { Lsn } from './lsn.ts';

/** The value of a column: its text, null, or `unchanged`: too large to be logged again though it is still there. */
export type ColumnValue = { readonly text: string } | null | 'unchanged';

/** A column of a table as it was when the rows that follow were changed. */
export interface Column {
  readonly name: string;
  /** Part of what identifies a row. */
  readonly key: boolean;
  readonly type: number;
}

/** A table as it was when the rows that follow were changed. */
export interface Relation {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** What an update or delete says of the old row: the primary key (`d`), nothing (`n`), all of it (`f`), the columns of an index (`i`). */
  readonly identity: string;
  readonly columns: readonly Column[];
}

/** A row: a value per column. */
export type Row = readonly ColumnValue[];

/** A message of pgoutput, version 1. */
export type PgOutput =
  | { readonly kind: 'begin'; readonly commitLsn: Lsn; readonly commitMicros: bigint; readonly xid: number }
  | { readonly kind: 'commit'; readonly commitLsn: Lsn; readonly endLsn: Lsn }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'type'; readonly id: number; readonly schema: string; readonly name: string }
  | { readonly kind: 'insert'; readonly relation: number; readonly after: Row }
  | {
      readonly kind: 'update';
      readonly relation: number;
      readonly after: Row;
      readonly before?: Row;
      /** Of `before` only the columns of the key are there; the others are null. */
      readonly keyOnly: boolean;
    }
  | { readonly kind: 'delete'; readonly relation: number; readonly before: Row; readonly keyOnly: boolean }
  | {
      readonly kind: 'truncate';
      readonly relations: readonly number[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  | { readonly kind: 'other' };

// Its epoch is 2000-01-01.
const EPOCH_MICROS = 946_684_800_000_000n;

/**
 * A message of the output plugin pgoutput. Values stay the text that the server wrote: what is read into numbers or dates has lost something. Throws `data-invalid` for bytes that are none: they come from no
 * server that was asked for this version. [PostgreSQL "Logical Replication Message Formats"]
 */
export function decodePgOutput(bytes: Buffer): PgOutput {
  const reader = new Reader(bytes);
  const tag = reader.letter();
  switch (tag) {
    case 'B':
      return {
        kind: 'begin',
        commitLsn: reader.uint64(),
        commitMicros: reader.uint64() + EPOCH_MICROS,
        xid: reader.uint32(),
      };
    case 'C':
      reader.skip(1);
      return { kind: 'commit', commitLsn: reader.uint64(), endLsn: reader.uint64() };
    case 'R':
      return { kind: 'relation', relation: relation(reader) };
    case 'Y':
      return { kind: 'type', id: reader.uint32(), schema: reader.text(), name: reader.text() };
    case 'I': {
      const id = reader.uint32();
      reader.skip(1);
      return { kind: 'insert', relation: id, after: row(reader) };
    }
    case 'U':
      return update(reader);
    case 'D': {
      const id = reader.uint32();
      const keyOnly = reader.letter() === 'K';
      return { kind: 'delete', relation: id, before: row(reader), keyOnly };
    }
    case 'T': {
      const count = reader.uint32();
      const flags = reader.uint8();
      const relations = Array.from({ length: count }, () => reader.uint32());
      return { kind: 'truncate', relations, cascade: (flags & 1) !== 0, restartIdentity: (flags & 2) !== 0 };
    }
    // Origin and logical messages: nothing that happened to a row.
    case 'O':
    case 'M':
      return { kind: 'other' };
    default:
      throw broken(`has the unknown tag ${JSON.stringify(tag)}`);
  }
}

function relation(reader: Reader): Relation {
  const id = reader.uint32();
  const schema = reader.text();
  const name = reader.text();
  const identity = reader.letter();
  const columns = Array.from({ length: reader.uint16() }, () => {
    const key = (reader.uint8() & 1) !== 0;
    const column = { name: reader.text(), key, type: reader.uint32() };
    reader.skip(4);
    return column;
  });
  // The server leaves its own schema out.
  return { id, schema: schema === '' ? 'pg_catalog' : schema, name, identity, columns };
}

function update(reader: Reader): PgOutput {
  const id = reader.uint32();
  const first = reader.letter();
  if (first === 'N') return { kind: 'update', relation: id, after: row(reader), keyOnly: false };
  const before = row(reader);
  reader.skip(1);
  return { kind: 'update', relation: id, before, after: row(reader), keyOnly: first === 'K' };
}

function row(reader: Reader): Row {
  return Array.from({ length: reader.uint16() }, (): ColumnValue => {
    const tag = reader.letter();
    if (tag === 'n') return null;
    if (tag === 'u') return 'unchanged';
    if (tag === 't') return { text: reader.bytes(reader.uint32()).toString('utf8') };
    throw broken(`has a value of the unknown form ${JSON.stringify(tag)}`);
  });
}

/** Reads on where it stopped. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw broken('ends too early');
    const piece = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return piece;
  }

  skip(length: number): void {
    this.bytes(length);
  }

  letter(): string {
    return String.fromCharCode(this.uint8());
  }

  uint8(): number {
    return this.bytes(1).readUInt8();
  }

  uint16(): number {
    return this.bytes(2).readUInt16BE();
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end === -1) throw broken('ends too early');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }
}

function broken(what: string): RefusedError {
  return new RefusedError('data-invalid', `a message of pgoutput ${what}; the server speaks another version of it`);
}
