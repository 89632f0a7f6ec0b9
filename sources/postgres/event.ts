import { postgresUri } from '../../crds/postgres-source.ts';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { Row } from './pgoutput.ts';
import { lsnText } from './lsn.ts';
import type { Change } from './queue.ts';
import { jsonOf } from './value.ts';

/** Of which server the changes are. */
export interface PostgresOrigin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/**
 * The event of a change: type `dev.weir.postgres.<operation>`, source = server, database and table, id = where its transaction was committed and its place in it, subject = the values of the primary key (`primaryKey` where the
 * change itself does not say which columns those are), time = the commit, extensions `lsn` and `txid`. Data, JSON: `schema`, `table`, `before` (as much of the old row as the table's replica identity gives), `after`, and
 * `unchanged`: the columns too large to be logged again, which are in neither.
 */
export function postgresEvent(change: Change, origin: PostgresOrigin, primaryKey: readonly string[]): CloudEvent {
  const { operation, relation, transaction, index } = change;
  const lsn = lsnText(transaction.lsn);
  const subject = subjectOf(change, primaryKey);
  return cloudEvent(
    {
      specversion: '1.0',
      type: `dev.weir.postgres.${operation}`,
      source: postgresUri(origin, relation),
      id: `${lsn}.${index}`,
      ...(subject === '' ? {} : { subject }),
      time: timeText(transaction.micros),
      datacontenttype: 'application/json',
      lsn,
      txid: String(transaction.xid),
    },
    Buffer.from(dataOf(change)),
  );
}

/** Whether the columns of the primary key must be asked for: here all columns, or none, count as what identifies a row. */
export function hidesPrimaryKey({ relation: { identity } }: Change): boolean {
  return identity === 'f' || identity === 'n';
}

function dataOf(change: Change): string {
  const { relation, before, after, truncated, keyOnly = false } = change;
  const members = [`"schema":${JSON.stringify(relation.schema)}`, `"table":${JSON.stringify(relation.name)}`];
  if (before) members.push(`"before":${rowJson(before, change, keyOnly)}`);
  if (after) {
    // With all of the old row at hand, what is unchanged is known.
    const full = after.map((value, i) => (value === 'unchanged' && before && !keyOnly ? (before[i] ?? value) : value));
    members.push(`"after":${rowJson(full, change, false)}`);
    const unchanged = relation.columns.flatMap(({ name }, i) => (full[i] === 'unchanged' ? [name] : []));
    if (unchanged.length > 0) members.push(`"unchanged":${JSON.stringify(unchanged)}`);
  }
  if (truncated) members.push(`"cascade":${truncated.cascade}`, `"restartIdentity":${truncated.restartIdentity}`);
  return `{${members.join(',')}}`;
}

function rowJson(row: Row, { relation, types }: Change, keyOnly: boolean): string {
  const members = relation.columns.flatMap(({ name, key }, i) => {
    const value = row[i] ?? null;
    if (value === 'unchanged' || (keyOnly && !key)) return [];
    return [`${JSON.stringify(name)}:${value === null ? 'null' : jsonOf(value.text, types[i])}`];
  });
  return `{${members.join(',')}}`;
}

/** `7`, or `7,eu` of a key of two columns. What would be mistaken for the comma, or no attribute may hold, is percent-encoded. */
function subjectOf(change: Change, primaryKey: readonly string[]): string {
  const { relation, before, after } = change;
  const row = after ?? before;
  if (!row) return '';
  const hidden = hidesPrimaryKey(change);
  const values = relation.columns.flatMap(({ name, key }, i) => {
    const value = row[i] ?? null;
    if (!(hidden ? primaryKey.includes(name) : key) || value === null || value === 'unchanged') return [];
    return [value.text.replaceAll(/[%,\p{Cc}\p{Noncharacter_Code_Point}]/gu, encodeURIComponent)];
  });
  return values.join(',');
}

function timeText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}
