import type { Entry } from '../../events/entry.ts';
import type {
  Change,
  Limit,
  Position,
  Recovered,
  Row,
  RowQuery,
  Slice,
  StoredRow,
  StoredSubscription,
} from '../../channels/log/log.ts';

interface Stored {
  stored: StoredSubscription;
  position: Position | undefined;
  readonly rows: Map<Position, Row>;
  dead: number;
}

/** The order in which a log that is not atomic carries out one write. */
const ORDER: readonly Change['kind'][] = ['keep', 'row', 'dead', 'position', 'discard', 'remove', 'trim'];

/** What is durable of one partition: survives a simulated crash. */
export class FakeDisk {
  readonly entries: Entry[] = [];
  readonly subs = new Map<string, Stored>();
  readonly kept = new Map<string, Entry>();
  readonly dead = new Set<string>();
  start = 0;
  watermark = 0;

  get end(): Position {
    return this.entries.length;
  }

  declare(stored: StoredSubscription): void {
    const known = this.subs.get(stored.name);
    if (known) known.stored = stored;
    else
      this.subs.set(stored.name, {
        stored,
        position: stored.start === 'earliest' ? this.start : this.end,
        rows: new Map(),
        dead: 0,
      });
  }

  positionOf(name: string): Position {
    return this.subs.get(name)?.position ?? this.watermark;
  }

  recover(names?: readonly string[]): Recovered {
    const subscriptions = [...this.subs.values()]
      .filter(({ stored }) => !names || names.includes(stored.name))
      .map(({ stored, position, rows, dead }) => ({
        name: stored.name,
        rows: rows.size,
        dead: { count: dead, bytes: dead * 512 },
        ...(position !== undefined && { position }),
      }));
    return { start: this.start, end: this.end, watermark: this.watermark, subscriptions };
  }

  /** Undefined: nothing there yet. */
  read(from: Position, max: Limit): Slice | undefined {
    if (from >= this.end) return undefined;
    const first = Math.max(from, this.start);
    return { first, entries: this.entries.slice(first, first + Math.max(1, max.entries)), end: this.end };
  }

  rows(query: RowQuery, limit: number): readonly StoredRow[] {
    const subs =
      query.subscription === '*'
        ? [...this.subs.values()]
        : [this.subs.get(query.subscription)].filter((sub) => sub !== undefined);
    const rows = subs.flatMap((sub) => [...sub.rows.values()]);
    const due = (row: Row): number => row.dueMs ?? 0;
    const found =
      query.by === 'due'
        ? rows.filter((row) => due(row) <= query.untilMs).sort((a, b) => due(a) - due(b) || a.position - b.position)
        : rows
            .filter((row) => row.position >= query.from && row.position < (query.before ?? Infinity))
            .sort((a, b) => a.position - b.position);
    return found.slice(0, limit).map((row) => {
      const entry =
        limit === 1
          ? (this.kept.get(`${row.subscription}/${row.position}`) ?? this.kept.get(`*/${row.position}`))
          : undefined;
      return entry ? { ...row, entry } : row;
    });
  }

  /** Carries out a write; `torn`: only so many of its changes, in the order of a log that is not atomic. Answers what was carried out. */
  write(changes: readonly Change[], torn = Infinity): readonly Change[] {
    const applied = changes.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)).slice(0, torn);
    for (const change of applied) this.#apply(change);
    return applied;
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'keep':
        this.kept.set(`${change.subscription ?? '*'}/${change.position}`, change.entry);
        return;
      case 'row':
        this.subs.get(change.row.subscription)?.rows.set(change.row.position, change.row);
        return;
      case 'dead': {
        const sub = this.subs.get(change.letter.subscription);
        this.dead.add(`${change.letter.subscription}/${change.position}`);
        sub?.rows.delete(change.position);
        if (sub) sub.dead += 1;
        return;
      }
      case 'position': {
        if (change.subscription === '*') this.watermark = change.next ?? this.watermark;
        else {
          const sub = this.subs.get(change.subscription);
          if (sub) sub.position = change.next;
        }
        return;
      }
      case 'discard':
        return;
      case 'remove':
        if (change.position === undefined) this.subs.delete(change.subscription);
        else this.subs.get(change.subscription)?.rows.delete(change.position);
        return;
      case 'trim':
        this.start = Math.max(this.start, change.before);
        for (const sub of this.subs.values())
          if (sub.position !== undefined) sub.position = Math.max(sub.position, this.start);
        return;
      default:
        change satisfies never;
    }
  }
}
