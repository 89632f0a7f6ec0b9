/** What a log line carries beside its name: wide, flat, never data, never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * One line per happening, written by the owner that decided it; `name` is `noun.verb` in dots: `delivery.failed`, `trigger.held`. What throws does not log.
 * `info` is for what an operator asked for or must know once, `warn` for what will be retried or was refused, `error` for what needs a person.
 */
export interface Log {
  debug(name: string, fields?: LogFields): void;
  info(name: string, fields?: LogFields): void;
  warn(name: string, fields?: LogFields): void;
  error(name: string, fields?: LogFields): void;
}
