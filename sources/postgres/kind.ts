import { createHash } from 'node:crypto';
import { postgresSource, type PostgresSourceSpec } from '../../crds/postgres-source.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { ownName } from '../own-name.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { postgresLink, postgresServer } from './link.ts';
import { type PostgresNames, removeLeft } from './slot.ts';
import { postgresChanges } from './postgres.ts';
import { unlessAborted } from '../within.ts';

/** PostgresSource: a change of a row is an event, by logical replication. */
export const postgresKind: SourceKind = {
  kind: 'PostgresSource',
  condition: 'Deployed',
  about: {
    arrives:
      'type `dev.weir.postgres.{insert,update,delete,truncate}`, source `postgres://host:port/database/schema/table`, subject = the values of the primary key, id = `<LSN of the commit>.<index of the change in its transaction>`, time = the commit, extensions `lsn` and `txid`. Data, JSON: `schema`, `table`, `before` (the key, or all of the old row with REPLICA IDENTITY FULL), `after`, and `unchanged`, which names columns too large to be logged again. bigint and numeric are strings, bytea is base64, timestamps are RFC 3339, json and jsonb the JSON they are. Rows that were there before the source do not arrive.',
    permissions:
      '`wal_level = logical`, a user with REPLICATION and SELECT on the tables; to create the publication also ownership of the tables and CREATE on the database.',
    order:
      'The order of the commits; the changes of one transaction in their order and, up to 1,000 of them, in one append.',
    duplicates:
      'What was accepted in the instant before a crash of this process comes again with the same id. What a killed server sends again is left out.',
    position:
      'The LSN, in the positions of the data folder; the slot holds the log at the server from there on. The slot stays when the source stops, so the disk of the server fills while it is away (see `max_slot_wal_keep_size`), and is removed when the resource is; that of a spec that named another slot, server or database before is not (the log says `source.remains-left`).',
  },
  start: (instance, { clock, random, log }) => {
    const spec = specOf(instance);
    const { namespace, name, kind } = instance;
    const server = postgresServer(spec, instance);
    const config = { clock, random, log, namespace, name, kind, server, names: namesOf(spec, instance) };
    return (context) => postgresChanges({ ...config, operations: spec.operations }, context);
  },
  remains: (instance, { clock }) => {
    const spec = specOf(instance);
    const server = postgresServer(spec, instance);
    const names = namesOf(spec, instance);
    return {
      what: `the replication slot ${names.slot} of database ${server.database} at ${server.host}:${server.port}`,
      remove: async (signal) => {
        await using link = await postgresLink(server, { clock, signal, replication: false });
        await unlessAborted(removeLeft(link, names), signal);
      },
    };
  },
};

function specOf(instance: SourceInstance): PostgresSourceSpec {
  return parsedSpec(postgresSource, 'sources.weir.dev/v1alpha1', instance);
}

function namesOf({ publication, slot, tables }: PostgresSourceSpec, instance: SourceInstance): PostgresNames {
  const own = slotName(ownName(instance));
  return { publication: publication ?? own, own: publication === undefined, slot: slot ?? own, tables };
}

/** A name as slots may have: what is lost on the way makes it another one. */
function slotName(name: string): string {
  const plain = name.replaceAll(/[^a-z0-9_]/g, '_');
  if (plain === name && name.length <= 63) return name;
  return `${plain.slice(0, 54)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
