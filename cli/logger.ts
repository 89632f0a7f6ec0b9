import type { Clock } from '../events/clock.ts';
import type { Log, LogFields } from '../events/log.ts';
import { painter, visible, type Style, type Terminal } from './output.ts';

/** For people, or one JSON object per line. */
export type LogStyle = 'pretty' | 'json';
/** From the least important on. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const STYLES: Readonly<Record<LogLevel, Style>> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' };

/** How lines are written, and from which level on. */
export interface LoggerOptions {
  readonly style: LogStyle;
  readonly level: LogLevel;
  readonly clock: Clock;
}

/** One line per happening on stderr: JSON with `time`, `level`, `msg` and the fields, or the same for people. */
export function logger(terminal: Pick<Terminal, 'err' | 'env'>, options: LoggerOptions): Log {
  const paint = painter(terminal.err, terminal.env);
  const from = LEVELS.indexOf(options.level);
  const pretty = (level: LogLevel, name: string, fields: LogFields): string => {
    const time = new Date(options.clock.now()).toISOString().slice(11, 23);
    const rest = Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [`${paint('dim', `${key}=`)}${shown(value)}`],
    );
    return [paint('dim', time), paint(STYLES[level], level.padEnd(5)), paint('bold', name), ...rest].join(' ');
  };
  const json = (level: LogLevel, name: string, fields: LogFields): string =>
    JSON.stringify({ time: new Date(options.clock.now()).toISOString(), level, msg: name, ...fields });
  const format = options.style === 'json' ? json : pretty;
  const at =
    (level: LogLevel) =>
    (name: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(level) >= from) terminal.err.write(`${format(level, name, fields)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function shown(value: string | number | boolean): string {
  const text = visible(String(value));
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
