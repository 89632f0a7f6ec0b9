import type { PostgresOperation } from '../../crds/postgres-source.ts';
import { RefusedError } from '../../events/errors.ts';
import type { PgOutput, Relation, Row } from './pgoutput.ts';
import type { Lsn } from './lsn.ts';
import { typeName } from './value.ts';

/** The most changes of one emit, and about their most bytes: a transaction beyond it goes in pieces. */
const CHANGES_MAX = 1000;
const BYTES_MAX = 4 * 1024 * 1024;
/** When so much waits to be emitted, no more is read. */
const FULL = 2;

/** The transaction that changes belong to. */
export interface Transaction {
  /** Where it was committed. */
  readonly lsn: Lsn;
  readonly xid: number;
  /** When, in microseconds since 1970. */
  readonly micros: bigint;
}

/** What happened to one row, or to all of a table. */
export interface Change {
  readonly operation: PostgresOperation;
  readonly relation: Relation;
  /** The name of the type of each column, as far as it matters. */
  readonly types: readonly (string | undefined)[];
  readonly transaction: Transaction;
  /** Its place among all changes of the transaction, wanted or not. */
  readonly index: number;
  readonly before?: Row;
  /** Of `before` only the key is there. */
  readonly keyOnly?: boolean;
  readonly after?: Row;
  readonly truncated?: { readonly cascade: boolean; readonly restartIdentity: boolean };
}

/** What goes together, and how far one has come with it. */
export interface ChangeBatch {
  readonly changes: readonly Change[];
  readonly reached: { readonly lsn: Lsn; readonly index: number };
  /** Up to where the server may forget; undefined: the transaction is not at its end. */
  readonly flushed: Lsn | undefined;
}

interface Open {
  readonly transaction: Transaction;
  changes: { readonly change: Change; readonly bytes: number }[];
  count: number;
  end: Lsn | undefined;
}

/** What is wanted, and where to go on. */
interface Wanted {
  readonly operations: ReadonlySet<PostgresOperation>;
  /** `schema.table`; undefined: all that come. */
  readonly tables: ReadonlySet<string> | undefined;
  /** Before this everything was accepted. */
  readonly from: { readonly lsn: Lsn; readonly index: number };
}

/**
 * Makes changes of messages, and batches of changes: whole transactions, as many as fit, or a piece of one that does not. What lies before `from` is left out: a server that was killed sends again what it had been told was
 * accepted. Pure but for its own state.
 */
export class ChangeQueue {
  readonly #wanted: Wanted;
  readonly #relations = new Map<number, Pick<Change, 'relation' | 'types'>>();
  readonly #types = new Map<number, string>();
  readonly #transactions: Open[] = [];
  #bytes = 0;
  #changes = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** Whether it has enough for now. */
  get full(): boolean {
    return this.#bytes >= FULL * BYTES_MAX || this.#changes >= FULL * CHANGES_MAX;
  }

  /** Whether all that came is taken, to the end of its transaction. */
  get empty(): boolean {
    return this.#transactions.length === 0;
  }

  /** Takes in a message of so many bytes. */
  add(message: PgOutput, bytes: number): void {
    switch (message.kind) {
      case 'begin': {
        const { commitLsn: lsn, commitMicros: micros, xid } = message;
        this.#transactions.push({ transaction: { lsn, micros, xid }, changes: [], count: 0, end: undefined });
        return;
      }
      case 'commit': {
        const open = this.#transactions.at(-1);
        if (open) open.end = message.endLsn;
        return;
      }
      case 'type':
        // A domain comes with the name of what it is a domain of.
        this.#types.set(message.id, message.name);
        return;
      case 'relation': {
        const { relation } = message;
        const types = relation.columns.map(({ type }) => typeName(type) ?? this.#types.get(type));
        this.#relations.set(relation.id, { relation, types });
        return;
      }
      case 'truncate': {
        const { cascade, restartIdentity } = message;
        for (const id of message.relations)
          this.#change(id, { operation: 'truncate', truncated: { cascade, restartIdentity } }, bytes);
        return;
      }
      case 'insert':
        return this.#change(message.relation, { operation: 'insert', after: message.after }, bytes);
      case 'update': {
        const { after, before, keyOnly } = message;
        const change = { operation: 'update' as const, after, ...(before ? { before, keyOnly } : {}) };
        return this.#change(message.relation, change, bytes);
      }
      case 'delete': {
        const { before, keyOnly } = message;
        return this.#change(message.relation, { operation: 'delete', before, keyOnly }, bytes);
      }
      case 'other':
        return;
      default:
        message satisfies never;
    }
  }

  /** The next batch; undefined: what is there is neither a whole transaction nor enough for a piece of one. */
  take(): ChangeBatch | undefined {
    const changes: Change[] = [];
    let batch: ChangeBatch | undefined;
    let bytes = 0;
    for (let open = this.#transactions[0]; open?.end !== undefined; open = this.#transactions[0]) {
      const size = open.changes.reduce((sum, change) => sum + change.bytes, 0);
      if (changes.length + open.changes.length > CHANGES_MAX || bytes + size > BYTES_MAX) break;
      this.#transactions.shift();
      changes.push(...this.#taken(open.changes));
      bytes += size;
      batch = { changes, reached: { lsn: open.end, index: 0 }, flushed: open.end };
    }
    return batch ?? this.#piece();
  }

  #piece(): ChangeBatch | undefined {
    const open = this.#transactions[0];
    if (!open) return undefined;
    let count = 0;
    for (let bytes = 0; count < open.changes.length && count < CHANGES_MAX && bytes < BYTES_MAX; count += 1)
      bytes += open.changes[count]?.bytes ?? 0;
    if (open.end === undefined && count === open.changes.length && count < CHANGES_MAX) return undefined;
    const changes = this.#taken(open.changes.splice(0, count));
    const index = (changes.at(-1)?.index ?? -1) + 1;
    if (open.end === undefined || open.changes.length > 0)
      return { changes, reached: { lsn: open.transaction.lsn, index }, flushed: undefined };
    this.#transactions.shift();
    return { changes, reached: { lsn: open.end, index: 0 }, flushed: open.end };
  }

  #taken(changes: Open['changes']): Change[] {
    return changes.map(({ change, bytes }) => {
      this.#bytes -= bytes;
      this.#changes -= 1;
      return change;
    });
  }

  #change(id: number, change: Omit<Change, 'relation' | 'types' | 'transaction' | 'index'>, bytes: number): void {
    const open = this.#transactions.at(-1);
    const known = this.#relations.get(id);
    if (!open || !known)
      throw new RefusedError(
        'data-invalid',
        'a change came without its transaction or its table; the server broke its protocol',
      );
    const index = open.count;
    open.count += 1;
    const { operations, tables, from } = this.#wanted;
    const { lsn } = open.transaction;
    if (lsn < from.lsn || (lsn === from.lsn && index < from.index)) return;
    if (!operations.has(change.operation)) return;
    if (tables && !tables.has(`${known.relation.schema}.${known.relation.name}`)) return;
    open.changes.push({ change: { ...change, ...known, transaction: open.transaction, index }, bytes });
    this.#bytes += bytes;
    this.#changes += 1;
  }
}
