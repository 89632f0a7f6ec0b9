import { RefusedError, quoted } from '../events/errors.ts';
import { DEFAULT_LIMITS, bytesText, type Limits } from './limits.ts';

/** What a limit counts: bytes, ms, things, or a part of a whole between 0 and 1. */
export type LimitUnit = 'bytes' | 'ms' | 'count' | 'share';

/** What a limit may be set to, both ends included, and what happens when it is reached. */
export interface LimitRow {
  readonly unit: LimitUnit;
  readonly min: number;
  readonly max: number;
  readonly reached: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const TIB = 1024 * 1024 * MIB;
const DAY_MS = 86_400_000;

/** Every limit, in the order in which people read of them. */
export const LIMIT_ROWS: { readonly [Name in keyof Limits]: LimitRow } = {
  headerBytes: row('bytes', [8 * KIB, MIB], '431 `headers-too-large`'),
  bodyBytes: row('bytes', [KIB, 64 * MIB], '413 `event-too-large`, which names the limit'),
  batchEvents: row('count', [1, 100_000], '413 `batch-too-large`, which names the limit'),
  appendQueueBytes: row(
    'bytes',
    [64 * KIB, TIB],
    '503 `overloaded`; where there are several brokers, 429 `too-many-requests` to the senders of one that takes up half of it',
  ),
  hops: row(
    'count',
    [1, 1000],
    'an incoming `knativebrokerttl` above it is lowered to it; with none left, `hops-exhausted`',
  ),
  inFlight: row(
    'count',
    [1, 10_000],
    'the next event waits until one is settled; the annotation `weir.dev/in-flight` says otherwise',
  ),
  sockets: row(
    'count',
    [2, 65_535],
    'an idle connection to somebody else is closed for the next request, or that waits; from half on each trigger has its equal share',
  ),
  idleOriginMs: row('ms', [1, DAY_MS], 'the connections to that subscriber are closed'),
  bodyMemoryBytes: row(
    'bytes',
    [64 * KIB, TIB],
    'triggers with a queue fall behind, and read their events again from the log; one trigger queues at most an eighth of it',
  ),
  triggerQueueEntries: row(
    'count',
    [4, 1_000_000],
    'the trigger is behind: it reads its events again from the log, and others do not wait for it',
  ),
  triggerQueueBytes: row(
    'bytes',
    [KIB, TIB],
    'the trigger is behind: it reads its events again from the log, and others do not wait for it',
  ),
  triggerRows: row(
    'count',
    [1, 100_000_000],
    'the trigger looks at no further event until some that wait for their retry are settled',
  ),
  triggerDueRows: row('count', [1, 1_000_000], 'those due later are on disk alone until their time comes'),
  deadLetters: row(
    'count',
    [1, 1_000_000_000],
    'the trigger is held, and says so; its events stay in the log until dead letters are redriven or discarded',
  ),
  deadLetterBytes: row(
    'bytes',
    [KIB, TIB],
    'the trigger is held, and says so; its events stay in the log until dead letters are redriven or discarded',
  ),
  retentionMs: row(
    'ms',
    [0, 3650 * DAY_MS],
    'settled events that are older are deleted, a file of the log at a time; with the next event a file is closed after a quarter of it',
  ),
  retentionBytes: row('bytes', [0, 1024 * TIB], 'the oldest settled events are deleted, a file of the log at a time'),
  segmentBytes: row('bytes', [64 * KIB, 1024 * MIB], 'the log goes on in another file'),
  reserveBytes: row(
    'bytes',
    [0, 1024 * TIB],
    'with less free on the volume, 503 `channel-full`; what is stored is still delivered and settled',
  ),
  volumeShare: row(
    'share',
    [0.01, 1],
    'a broker beyond its equal part of it: 503 `channel-full` for that broker alone',
  ),
  memoryChannelBytes: row('bytes', [64 * KIB, TIB], '503 `channel-full` from a broker on the memory channel'),
  memoryChannelRetained: row('count', [0, 1_000_000], 'the oldest is no longer there for triggers declared later'),
  memoryChannelDeadLetters: row('count', [1, 100_000_000], 'the trigger is held, and says so'),
  memoryChannelDeadLetterBytes: row('bytes', [KIB, TIB], 'the trigger is held, and says so'),
  replyBytes: row('bytes', [KIB, 64 * MIB], 'the reply is not taken, and the attempt has failed'),
  errorBytes: row('bytes', [0, 64 * KIB], "the rest of a subscriber's error is not kept"),
  releasedMs: row(
    'ms',
    [0, 3650 * DAY_MS],
    'what a removed trigger had not settled is given up, and a removed broker deleted',
  ),
  drainMs: row(
    'ms',
    [0, DAY_MS],
    'attempts that still run are given up; the next process makes them again, and they do not count',
  ),
  quietMs: row('ms', [0, 60_000], 'the files are read again'),
};

/** The name of a limit on the command line: `bodyBytes` is `body-bytes`, `drainMs` is `drain`, because its value says the unit. */
export function limitFlag(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Every limit by its name on the command line. */
export function limitFlags(): ReadonlyMap<string, keyof Limits> {
  return new Map(limitNames().map((name) => [limitFlag(name), name]));
}

/** A value of a limit as people read it: `1 MiB`, `60 s`, `1,000`, `80 %`. */
export function limitText(name: keyof Limits, value: number): string {
  switch (LIMIT_ROWS[name].unit) {
    case 'bytes':
      return bytesText(value);
    case 'ms':
      return durationText(value);
    case 'count':
      return value.toLocaleString('en');
    case 'share':
      return `${Math.round(value * 10_000) / 100} %`;
  }
}

/** All limits, those of `changes` as they say and the others by default. `where` says whose they are. Throws `usage` for an unknown one, one that is out of its range, or an event that could never be stored. */
export function checkedLimits(changes: Partial<Limits>, where: (name: string) => string): Limits {
  for (const [name, value] of Object.entries(changes)) {
    if (!isLimit(name)) throw new RefusedError('usage', `${where(name)}: is no limit; docs/limits.md lists all`);
    const { unit, min, max } = LIMIT_ROWS[name];
    const whole = unit === 'share' || Number.isInteger(value);
    if (whole && value >= min && value <= max) continue;
    throw new RefusedError(
      'usage',
      `${where(name)}: ${valueText(name, value)} is not allowed; from ${limitText(name, min)} to ${limitText(name, max)}`,
    );
  }
  const limits = { ...DEFAULT_LIMITS, ...changes };
  if (limits.appendQueueBytes < limits.bodyBytes) {
    throw new RefusedError(
      'usage',
      `${where('appendQueueBytes')}: ${bytesText(limits.appendQueueBytes)} has no room for one body of ${bytesText(limits.bodyBytes)}; make it larger, or ${limitFlag('bodyBytes')} smaller`,
    );
  }
  return limits;
}

function limitNames(): readonly (keyof Limits)[] {
  return Object.keys(LIMIT_ROWS).filter(isLimit);
}

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(LIMIT_ROWS, name);
}

function row(unit: LimitUnit, [min, max]: readonly [number, number], reached: string): LimitRow {
  return { unit, min, max, reached };
}

function valueText(name: keyof Limits, value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? limitText(name, value) : quoted(value);
}

function durationText(ms: number): string {
  if (ms >= 2 * DAY_MS && ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
