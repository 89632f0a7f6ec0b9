import { tableOf } from '../../crds/postgres-source.ts';
import { RefusedError } from '../../events/errors.ts';
import { isRefusal, type PostgresLink } from './link.ts';
import { type Lsn, lsnOf } from './lsn.ts';

/** Creating a slot waits for every transaction that is open at that time. */
const CREATE_SECONDS = 3600;

/** What a source reads from, by name. */
export interface PostgresNames {
  readonly publication: string;
  /** The publication is the source's own: it is kept at `tables`. */
  readonly own: boolean;
  readonly slot: string;
  readonly tables: readonly string[] | undefined;
}

/**
 * Makes the publication what it is to be: created for the tables if it is missing, and if it is the source's own, changed to them. Rejects `resource-invalid` if it is missing and no tables are named, and what the server says to who
 * may not do that.
 */
export async function preparePublication(link: PostgresLink, names: PostgresNames): Promise<void> {
  const { publication, own, tables } = names;
  const list = tables
    ?.map((text) => `${identifier(tableOf(text).schema)}.${identifier(tableOf(text).name)}`)
    .join(', ');
  const found = await link.query('SELECT pubname FROM pg_publication WHERE pubname = $1', [publication]);
  if (found.length === 0) {
    if (list === undefined)
      throw new RefusedError(
        'resource-invalid',
        `spec.publication: there is no publication ${publication}; create it (CREATE PUBLICATION), or name the tables in spec.tables`,
        { path: 'spec.publication' },
      );
    // As partitions, changes of a partitioned table would have names that nobody wrote down.
    const statement = `CREATE PUBLICATION ${identifier(publication)} FOR TABLE ${list} WITH (publish_via_partition_root = true)`;
    await link.query(statement).catch((error: unknown) => {
      throw isRefusal(error) ? notAllowed(error, publication) : error;
    });
  } else if (own && list !== undefined && !(await publishes(link, publication, tables ?? []))) {
    await link.query(`ALTER PUBLICATION ${identifier(publication)} SET TABLE ${list}`);
  }
}

/** Creates the slot if it is missing; answers whether it was. Rejects `resource-invalid` for one that holds something else. */
export async function prepareSlot(link: PostgresLink, slot: string): Promise<boolean> {
  const [found] = await link.query(
    'SELECT plugin, database = current_database() AS here FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  if (!found) {
    await link.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot], CREATE_SECONDS);
    return true;
  }
  if (found['plugin'] === 'pgoutput' && found['here'] === 't') return false;
  const what =
    found['plugin'] === 'pgoutput' ? 'belongs to another database' : `is for ${found['plugin'] ?? 'a standby'}`;
  throw new RefusedError(
    'resource-invalid',
    `spec.slot: the slot ${slot} ${what}; it must be one of pgoutput here, or name another`,
    {
      path: 'spec.slot',
    },
  );
}

/** Removes what a source left: the slot, and a publication of its own. Nothing there = done. */
export async function removeLeft(link: PostgresLink, { slot, publication, own }: PostgresNames): Promise<void> {
  await link.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [slot]);
  if (own) await link.query(`DROP PUBLICATION IF EXISTS ${identifier(publication)}`);
}

/** How many bytes the log is ahead of what was accepted. Rejects `resource-invalid` if the slot is gone. */
export async function slotLag(link: PostgresLink, slot: string): Promise<number> {
  const [found] = await link.query(
    `SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
       confirmed_flush_lsn)::bigint AS lag FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  if (!found) throw new RefusedError('resource-invalid', `spec.slot: the slot ${slot} is gone`, { path: 'spec.slot' });
  return Math.max(0, Number(found['lag'] ?? 0));
}

/** The names of the columns of a table's primary key; none if it has none, or is gone. */
export async function primaryKeyOf(link: PostgresLink, relation: number): Promise<readonly string[]> {
  const found = await link.query(
    `SELECT a.attname::text AS name FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
       WHERE i.indrelid = $1::oid AND i.indisprimary`,
    [relation],
  );
  return found.flatMap(({ name }) => name ?? []);
}

/** Which server this is, and how far its log goes; of a connection that is sent the log. */
export async function identify(link: PostgresLink): Promise<{ readonly system: string; readonly written: Lsn }> {
  const [found] = await link.query('IDENTIFY_SYSTEM');
  return { system: found?.['systemid'] ?? '', written: lsnOf(found?.['xlogpos'] ?? '') ?? 0n };
}

/** The statement that begins to send the log, from a place on or from where the slot is, whichever is later. */
export function startStatement({ slot, publication }: PostgresNames, from: string): string {
  const names = `"${publication}"`.replaceAll("'", "''");
  return `START_REPLICATION SLOT ${identifier(slot)} LOGICAL ${from} (proto_version '1', publication_names '${names}')`;
}

async function publishes(link: PostgresLink, publication: string, tables: readonly string[]): Promise<boolean> {
  const found = await link.query(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
       JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = $1`,
    [publication],
  );
  const has = found.flatMap(({ name }) => name ?? []).toSorted();
  const wants = [...new Set(tables.map((text) => `${tableOf(text).schema}.${tableOf(text).name}`))].toSorted();
  return JSON.stringify(has) === JSON.stringify(wants);
}

function notAllowed(error: Error & { readonly code: string }, publication: string): Error {
  if (error.code !== '42501') return error;
  const message = `spec.publication: the user may not create publication ${publication} (${error.message}); create it by hand, or let the user own the tables`;
  return new RefusedError('resource-invalid', message, { path: 'spec.publication', cause: error });
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
