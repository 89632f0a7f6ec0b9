import { checkedLimits, limitFlag, limitFlags, limitText, LIMIT_ROWS, type LimitUnit } from '../broker/limit-rows.ts';
import { DEFAULT_LIMITS, type Limits } from '../broker/limits.ts';
import { near } from '../crds/near.ts';
import { durationMs } from '../events/duration.ts';
import { RefusedError, quoted } from '../events/errors.ts';

const BYTES: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How a value of each unit is written. */
const WRITTEN: Readonly<Record<LimitUnit, string>> = {
  bytes: 'bytes such as 1MiB, 64KiB or 1000',
  ms: 'a duration such as PT60S, 60s or 200ms',
  count: 'a whole number',
  share: 'a share such as 80% or 0.8',
};

/** The limits that the values of `--limit` ask for, `NAME=VALUE` each. Throws `usage` for what is none, is not allowed, or is said twice. */
export function limitsOf(values: readonly string[]): Limits {
  const flags = limitFlags();
  const changes = new Map<keyof Limits, number>();
  for (const text of values) {
    const at = text.indexOf('=');
    if (at < 0) throw wrong(`${quoted(text)} is not NAME=VALUE; for example body-bytes=2MiB`);
    const [flag, value] = [text.slice(0, at), text.slice(at + 1)];
    const name = flags.get(flag);
    if (!name) throw wrong(`${quoted(flag)} is no limit; ${meant(flag, [...flags.keys()])}`);
    if (changes.has(name)) throw wrong(`${flag} is said twice; say it once`);
    const { unit } = LIMIT_ROWS[name];
    const number = numberOf(unit, value);
    if (number === undefined) throw wrong(`${flag}: ${quoted(value)} is not understood; write ${WRITTEN[unit]}`);
    changes.set(name, number);
  }
  return checkedLimits(Object.fromEntries(changes), (name) => `--limit: ${limitFlag(name)}`);
}

/** What `weir serve --help` says of `--limit`. */
export function limitsHelp(): string {
  const flags = [...limitFlags()];
  const width = Math.max(...flags.map(([flag]) => flag.length));
  const lines = flags.map(([flag, name]) => `  ${flag.padEnd(width)}  ${limitText(name, DEFAULT_LIMITS[name])}`);
  return ['', 'Limits, for --limit NAME=VALUE, and their defaults:', ...lines].join('\n');
}

function numberOf(unit: LimitUnit, text: string): number | undefined {
  switch (unit) {
    case 'bytes':
      return scaled(/^(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]iB)?$/.exec(text), BYTES);
    case 'ms':
      return durationMs(text) ?? scaled(/^(\d{1,15}(?:\.\d{1,6})?) ?(ms|s|m|h|d)$/.exec(text), TIMES);
    case 'count':
      return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'share':
      return scaled(/^(\d{1,3}(?:\.\d{1,6})?) ?(%)?$/.exec(text), { '': 1, '%': 1 / 100 });
    default:
      return unit satisfies never;
  }
}

function scaled(found: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | undefined {
  if (!found) return undefined;
  const [, digits, unit = ''] = found;
  const scale = units[unit];
  // 70 hundredths are 0.7, but for what binary fractions make of it.
  return scale === undefined ? undefined : Number((Number(digits) * scale).toPrecision(15));
}

function meant(flag: string, flags: readonly string[]): string {
  const nearest = near(flag, flags) ?? flags.find((one) => flag !== '' && one.startsWith(`${flag}-`));
  return nearest === undefined ? '`weir serve --help` lists those there are' : `did you mean ${nearest}?`;
}

function wrong(text: string): RefusedError {
  return new RefusedError('usage', `--limit: ${text}`);
}
