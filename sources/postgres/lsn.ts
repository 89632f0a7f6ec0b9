/** A place in the write-ahead log: bytes from its beginning. */
export type Lsn = bigint;

/** `16/B374D848`: as PostgreSQL writes it. */
export function lsnText(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** The place that `text` names; undefined if it names none. */
export function lsnOf(text: string): Lsn | undefined {
  const [, high, low] = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text) ?? [];
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * How far a source has come: every transaction that committed before `lsn`, and the first `index` changes of the one that committed there. Of a server's own `system`: in the log of another one the same numbers mean other things.
 */
export interface PostgresPosition {
  readonly system: string;
  readonly lsn: Lsn;
  readonly index: number;
}

/** A position as it is kept. */
export function positionText({ system, lsn, index }: PostgresPosition): string {
  return `${system} ${lsnText(lsn)} ${index}`;
}

/** A position that was kept; undefined if it is none. */
export function positionOf(text: string | undefined): PostgresPosition | undefined {
  const [, system = '', where = '', index = ''] = /^(\d+) (\S+) (\d+)$/.exec(text ?? '') ?? [];
  const lsn = lsnOf(where);
  return lsn === undefined ? undefined : { system, lsn, index: Number(index) };
}
