import type { CloudEvent } from '../../events/event.ts';
import type { Entry } from '../../events/entry.ts';
import type { Progress } from '../../events/verdict.ts';
import { InterestIndex } from './interest-index.ts';
import type { Change, Position, Recovered, StoredRow, StoredSubscription } from './log.ts';

/** The engine's limits; see the table in docs/limits.md. */
export interface Settings {
  /** Entries and bytes of one subscription that wait in memory; beyond either it is behind. */
  readonly queueEntries: number;
  readonly queueBytes: number;
  /** Rows of one subscription; beyond it evaluates no further. */
  readonly rowsMax: number;
  /** Waiting rows of one unordered subscription that are held in memory. */
  readonly dueRows: number;
  /** What has been unsettled for this long gets a row, so that the position can pass it. */
  readonly slowMs: number;
  /** Positions are written at most this often. */
  readonly writeEveryMs: number;
  /** A released delivery comes again after this long. */
  readonly releaseMs: number;
  /** A live subscription whose queue stays half full this long is behind: until then appends wait for it. */
  readonly crowdedMs: number;
  /** After a start, evaluation waits for the subscriptions that are known until none has come for this long. */
  readonly gatherMs: number;
  /** How often retention is looked at. */
  readonly trimEveryMs: number;
  /** Dead letters of one subscription; beyond either it is held. */
  readonly deadLetters: number;
  readonly deadLetterBytes: number;
  /** One read of the log. */
  readonly readEntries: number;
  readonly readBytes: number;
}

/** What counts where nothing else is said. */
export const SETTINGS: Settings = {
  queueEntries: 256,
  queueBytes: 8 << 20,
  rowsMax: 100_000,
  dueRows: 1000,
  slowMs: 1000,
  writeEveryMs: 100,
  releaseMs: 100,
  crowdedMs: 100,
  gatherMs: 200,
  trimEveryMs: 60_000,
  deadLetters: 1_000_000,
  deadLetterBytes: 1 << 30,
  readEntries: 256,
  readBytes: 256 << 10,
};

/** Bytes of events held in memory, shared by all brokers of a process. */
export interface Budget {
  used: number;
  readonly max: number;
}

/**
 * What one subscription has not settled of one entry, as far as it is in memory.
 *
 *     evaluated -> blocked (an earlier one of its key is unsettled) -> ready -> fetching (its bytes are not in memory) -> flying
 *     flying -> gone (done) | settling (until its row or dead letter is durable) -> waiting | gone
 *     flying -> waiting (released) -> ready
 */
export interface Item {
  readonly position: Position;
  readonly generation: number;
  readonly key: string | undefined;
  readonly sinceMs: number;
  /** Bytes of memory that count for it now. */
  charged: number;
  phase: 'blocked' | 'ready' | 'fetching' | 'flying' | 'settling' | 'waiting' | 'gone';
  entry: Entry | undefined;
  progress: Progress | undefined;
  dueMs: number;
  /** Its bytes are a copy beside the log, not the log's own entry at this position. */
  readonly kept: boolean;
  /** What rests as its dead letter, if not the entry itself. */
  dead: Entry | undefined;
  /** none: after a crash it is evaluated again; writing: a row is in the write under way; durable: a row is stored. */
  row: 'none' | 'writing' | 'durable';
}

/** Subscriptions that read the log together. `cursor`: the next position to evaluate; `want`: how many entries the next read asks for. */
export interface Scan {
  cursor: Position;
  readonly subs: Set<Sub>;
  readonly index: InterestIndex<Sub>;
  want: number;
  reading: boolean;
}

/** One subscription on one partition. */
export interface Sub {
  readonly name: string;
  stored: StoredSubscription;
  /** The predicate of the stored generation, once this process was given it; without it nothing is evaluated, nothing skipped. */
  matches: ((event: CloudEvent) => boolean) | undefined;
  inFlight: number;
  consumers: number;
  /** Forgotten or replaced: what still comes for it is ignored. */
  ended: boolean;
  /** Whom it evaluates with; undefined: it stands still, and `from` is where it goes on. */
  scan: Scan | undefined;
  from: Position;
  /** Its own durable position; undefined: the watermark counts for it. */
  own: Position | undefined;
  /** Unsettled without a durable row, ascending: the lowest one holds the position. */
  readonly fresh: Map<Position, Item>;
  /** Unsettled with a durable row, as far as in memory. */
  readonly rowed: Map<Position, Item>;
  readonly ready: Item[];
  /** Waiting, by due time. Complete up to `horizonMs`; what is due later may be on disk alone. */
  readonly due: Item[];
  horizonMs: number;
  /** Ordered: the unsettled positions of each key, ascending; only the first is delivered. */
  readonly lines: Map<string, Position[]> | undefined;
  /** Rows found at the start at or after the position: not evaluated again; those with a key enter their line when their turn to be evaluated comes. */
  readonly skip: Map<Position, StoredRow>;
  /** Settled rows that a query may still answer: until their removal is written and no query is under way. */
  readonly removing: Map<Position, 'unwritten' | 'written'>;
  /** Rows stored, or about to be. */
  rows: number;
  /** Rows must be read before it may evaluate. */
  loading: boolean;
  querying: boolean;
  queued: number;
  /** Bytes its items count for, in the queue and in flight; the largest entry it has had. */
  heldBytes: number;
  largestBytes: number;
  flying: number;
  crowdedSinceMs: number;
  readonly dead: { count: number; bytes: number };
}

/** A change of one item that waits to be written, or is in the write under way. `slow`: a row, because it takes long; `wait`: a row with what the verdict said. */
export interface Pending {
  readonly sub: Sub;
  readonly item: Item;
  readonly change: 'slow' | 'wait' | 'dead' | 'remove';
}

/** Retention at work: rows below `before` are listed from `from` on, and what they need is copied. */
export interface Trim {
  before: Position;
  from: Position;
  fetching: number;
}

/** One owned partition of one broker: mutable, touched by `step` alone. */
export interface State {
  readonly settings: Settings;
  readonly budget: Budget;
  readonly subs: Map<string, Sub>;
  /** The foremost scan; once it has reached the end of the log it is fed from memory. */
  readonly live: Scan;
  readonly scans: Set<Scan>;
  /** Subscriptions outside the live scan, to tell whether an entry is wanted at all. */
  readonly away: InterestIndex<Sub>;
  /** Those that would evaluate if they had room. */
  readonly parked: Set<Sub>;
  /** Live ones whose queue is more than half full. */
  readonly crowded: Set<Sub>;
  /** Those with something in `fresh`. */
  readonly busy: Set<Sub>;
  /** Those whose own position may have to be written. */
  readonly touched: Set<Sub>;
  /** Those with something in `due`, and with something in `skip`. */
  readonly waiting: Set<Sub>;
  readonly skipping: Set<Sub>;
  pending: Pending[];
  writing: readonly Pending[] | undefined;
  /** Something must be durable soon; the live scan has moved. */
  urgent: boolean;
  moved: boolean;
  keeps: Change[];
  start: Position;
  /** What this process has trimmed itself. */
  trimmed: Position;
  end: Position;
  watermark: Position;
  /** Until when evaluation waits for subscriptions that are known but not yet consumed; undefined: it runs. */
  gatherUntilMs: number | undefined;
  /** Those it waits for. */
  readonly gathering: Set<Sub>;
  lastWriteMs: number;
  nextDueMs: number;
  recheckMs: number;
  trimAtMs: number;
  trim: Trim | undefined;
}

/** A partition as it was found. Evaluation begins when the subscriptions that are known have come, see `gatherMs`. */
export function open(
  recovered: Recovered,
  options: { readonly settings: Settings; readonly budget: Budget; readonly nowMs: number },
): State {
  const { settings, nowMs } = options;
  return {
    settings,
    budget: options.budget,
    subs: new Map(),
    live: newScan(recovered.watermark, settings),
    scans: new Set(),
    away: new InterestIndex(),
    parked: new Set(),
    crowded: new Set(),
    busy: new Set(),
    touched: new Set(),
    waiting: new Set(),
    skipping: new Set(),
    pending: [],
    writing: undefined,
    urgent: false,
    moved: false,
    keeps: [],
    start: recovered.start,
    trimmed: 0,
    end: recovered.end,
    watermark: recovered.watermark,
    gatherUntilMs: nowMs + settings.gatherMs,
    gathering: new Set(),
    lastWriteMs: nowMs,
    nextDueMs: Infinity,
    recheckMs: Infinity,
    trimAtMs: nowMs + settings.trimEveryMs,
    trim: undefined,
  };
}

/** A scan without subscriptions. */
export function newScan(cursor: Position, settings: Settings): Scan {
  return { cursor, subs: new Set(), index: new InterestIndex(), want: settings.readEntries, reading: false };
}

/** The next position to be evaluated for a subscription. */
export function cursorOf(sub: Sub): Position {
  return sub.scan ? Math.max(sub.scan.cursor, sub.from) : sub.from;
}

/** The lowest position that a crash must evaluate again: unsettled, and neither stored as a row nor about to be by the write under way. */
export function lowest(sub: Sub): Position {
  for (const item of sub.fresh.values()) if (item.row === 'none') return item.position;
  return cursorOf(sub);
}

/** Over its dead-letter budget: nothing is delivered, nothing lost. */
export function held(state: State, sub: Sub): boolean {
  return sub.dead.count >= state.settings.deadLetters || sub.dead.bytes >= state.settings.deadLetterBytes;
}
