import { UnavailableError } from '../../events/errors.ts';
import type { Change, Limit, Log, Position, Recovered, RowQuery, Slice, StoredRow } from '../log/log.ts';
import type { BrokerState } from './broker-state.ts';
import { callsOf, trimOf } from './changes.ts';
import type { EntryLog } from './entry-log.ts';

/** What a broker's log is made of. */
export interface LogParts {
  readonly broker: string;
  readonly entries: EntryLog;
  readonly state: BrokerState;
  readonly expired: () => Position;
}

/** The one partition of an embedded log, while it is owned. A write is one transaction; what is trimmed is deleted after it. */
export class OwnedLog implements Log {
  readonly #x: LogParts;
  readonly #lost: AbortSignal;

  constructor(parts: LogParts, lost: AbortSignal) {
    this.#x = parts;
    this.#lost = lost;
  }

  async recover(subscriptions?: readonly string[]): Promise<Recovered> {
    this.#owned();
    const { entries, state } = this.#x;
    return state.recover({ start: entries.start, end: entries.end }, subscriptions);
  }

  read(from: Position, max: Limit, signal: AbortSignal): Promise<Slice> {
    if (this.#lost.aborted) return Promise.reject(this.#notOwned());
    const either = signal === this.#lost ? signal : AbortSignal.any([signal, this.#lost]);
    return this.#x.entries.read(from, max, either);
  }

  async rows(query: RowQuery, limit: number): Promise<readonly StoredRow[]> {
    this.#owned();
    return this.#x.state.rows(query, limit);
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.#owned();
    const { entries, state } = this.#x;
    const before = trimOf(changes);
    const start = before === undefined ? entries.start : entries.startAfter(before);
    // The new start is durable before a file goes: a segment that is missing above it is damage.
    const moved = start > entries.start ? [['brokerStart', start, state.id] as const] : [];
    await state.write([...callsOf(state.id, changes), ...moved]);
    if (start > entries.start) await entries.drop(start);
  }

  async expired(): Promise<Position> {
    this.#owned();
    return this.#x.expired();
  }

  #owned(): void {
    if (this.#lost.aborted) throw this.#notOwned();
  }

  #notOwned(): UnavailableError {
    return new UnavailableError('channel-closed', `${this.#x.broker}: its log is no longer owned here`);
  }
}
