import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Answer, Request, StateFailure } from './state-messages.ts';
import { STATE_SCHEMA, STATEMENTS, type StatementName } from './state-sql.ts';

// Exclusive locking: the file has one user, so the write-ahead log needs no shared memory and no lock per commit.
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -4096;
  PRAGMA temp_store = MEMORY;
`;
const VACUUM_PAGES = 256;

/** The state file, opened. It knows statements, transactions and failures, nothing of what they mean. */
export class StateDatabase {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<StatementName, StatementSync>();

  /** Opens the file, with its tables; makes it if there is none. Throws what SQLite says, `errcode` with it. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 0 });
    this.#db.exec(SETTINGS);
    this.#db.exec('BEGIN IMMEDIATE');
    const made = this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'brokers'").get() !== undefined;
    if (!made) this.#db.exec(STATE_SCHEMA);
    this.#db.exec('COMMIT');
  }

  /** Carries out all requests in one transaction, which is durable when this returns. If it fails, each is tried in a transaction of its own, so that one cannot spoil the others. */
  run(requests: readonly Request[]): readonly (readonly Answer[] | StateFailure)[] {
    const together = this.#transaction(requests);
    const results =
      Array.isArray(together) || requests.length === 1
        ? undefined
        : requests.map((request) => this.#transaction([request]));
    const single = (result: readonly (readonly Answer[])[] | StateFailure): readonly Answer[] | StateFailure =>
      'errcode' in result ? result : (result[0] ?? []);
    if (results) return results.map(single);
    return 'errcode' in together ? [together] : together;
  }

  /** Gives a little of the file's free space back to the disk. */
  vacuum(): void {
    this.#db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
  }

  /** Folds the write-ahead log in, and closes. */
  close(): void {
    this.#db.close();
  }

  #transaction(requests: readonly Request[]): readonly (readonly Answer[])[] | StateFailure {
    try {
      this.#db.exec('BEGIN');
      const answers = requests.map((request) =>
        request.map(([name, ...values]) =>
          this.#statement(name)
            .all(...values)
            .map(columns),
        ),
      );
      this.#db.exec('COMMIT');
      return answers;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      return stateFailure(error);
    }
  }

  #statement(name: StatementName): StatementSync {
    const known = this.#prepared.get(name);
    if (known) return known;
    const statement = this.#db.prepare(STATEMENTS[name]);
    statement.setReturnArrays(true);
    this.#prepared.set(name, statement);
    return statement;
  }
}

function columns(row: unknown): readonly unknown[] {
  return Array.isArray(row) ? row : [];
}

/** What SQLite said, as a value that can be sent; anything else keeps only its text. */
export function stateFailure(error: unknown): StateFailure {
  const errcode = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
  return { errcode, message: error instanceof Error ? error.message : String(error) };
}
