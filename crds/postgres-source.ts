import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filledText } from './names.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

const OPERATIONS = ['insert', 'update', 'delete', 'truncate'] as const;
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

/** What happens to rows. */
export type PostgresOperation = (typeof OPERATIONS)[number];

/** How a server of PostgreSQL is reached. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** undefined: the server asks for none. */
  readonly password?: SecretReference;
  /** undefined: without TLS. */
  readonly tls?: {
    /** As libpq's sslmode: `require` encrypts and checks nothing. */
    readonly mode: (typeof TLS_MODES)[number];
    readonly caCert?: SecretReference;
    /** The client's certificate and its key: both or none. */
    readonly cert?: SecretReference;
    readonly key?: SecretReference;
  };
}

/** Whose rows, and which changes of them. */
export interface PostgresSourceSpec extends SourceSpec, PostgresConnection {
  /** undefined: one of the source's own, for `tables`, which is removed with it. */
  readonly publication?: string;
  /** undefined: one of the source's own. Either is removed with the source, since one that nobody reads fills the disk. */
  readonly slot?: string;
  /** `schema.table`, or `table` of the schema public; undefined: all of the publication. */
  readonly tables?: readonly string[];
  readonly operations: readonly PostgresOperation[];
}

/** Emits the changes of rows of a database. */
export type PostgresSource = ResourceOf<'PostgresSource', PostgresSourceSpec>;

const tls = z
  .strictObject({
    mode: z.enum(TLS_MODES).default('verify-full'),
    caCert: secretReference.exactOptional(),
    cert: secretReference.exactOptional(),
    key: secretReference.exactOptional(),
  })
  .superRefine(({ mode, caCert, cert, key }, context) => {
    if ((cert === undefined) !== (key === undefined))
      refuse(context, {
        found: 'is missing',
        allowed: 'a client certificate needs cert and key: give both or none',
        at: [cert === undefined ? 'cert' : 'key'],
      });
    // Who gives a certificate to check against means to be protected by it.
    if (caCert !== undefined && (mode === 'disable' || mode === 'require'))
      refuse(context, {
        found: `is not looked at with mode ${mode}`,
        allowed: 'write mode: verify-full or verify-ca, or leave caCert out',
        at: ['caCert'],
      });
  });

const table = z.string().superRefine((text, context) => {
  if (!/^[^.\0]{1,63}(\.[^.\0]{1,63})?$/.test(text))
    refuse(context, {
      found: text === '' ? 'is empty' : `is ${quoted(text)}`,
      allowed:
        'write schema.table, or table of the schema public, as they are spelled in the catalogue, without quotes',
    });
});

const spec = z
  .strictObject({
    ...sourceFields,
    host: filledText.superRefine((text, context) => {
      if (/[\s/@?#]/.test(text))
        refuse(context, {
          found: `is ${quoted(text)}`,
          allowed: 'write a name or an address alone, such as db.example.com',
        });
    }),
    port: z
      .int()
      .superRefine((port, context) => {
        if (port < 1 || port > 65_535)
          refuse(context, { found: `is ${port}`, allowed: 'write a number from 1 to 65535' });
      })
      .default(5432),
    database: filledText,
    user: filledText,
    password: secretReference.exactOptional(),
    tls: tls.exactOptional(),
    publication: z
      .string()
      .superRefine((text, context) => {
        if (!/^[^\0,"']{1,63}$/.test(text))
          refuse(context, {
            found: text === '' ? 'is empty' : `is ${quoted(text)}`,
            allowed: 'write the name of a publication: at most 63 characters, without quotes and commas',
          });
      })
      .exactOptional(),
    slot: z
      .string()
      .superRefine((text, context) => {
        if (!/^[a-z0-9_]{1,63}$/.test(text))
          refuse(context, {
            found: text === '' ? 'is empty' : `is ${quoted(text)}`,
            allowed: 'write at most 63 lower-case letters, digits and "_"',
          });
      })
      .exactOptional(),
    tables: z
      .array(table)
      .superRefine((tables, context) => {
        if (tables.length === 0)
          refuse(context, {
            found: 'is empty',
            allowed: 'name at least one table, or leave it out and name a publication',
          });
      })
      .exactOptional(),
    operations: z
      .array(z.enum(OPERATIONS))
      .superRefine((operations, context) => {
        if (operations.length === 0)
          refuse(context, { found: 'is empty', allowed: `name some of ${OPERATIONS.join(', ')}` });
      })
      .default([...OPERATIONS]),
  })
  .superRefine(({ publication, tables }, context) => {
    if (publication === undefined && tables === undefined)
      refuse(context, {
        found: 'is missing',
        allowed: 'name the tables, or a publication that is there',
        at: ['tables'],
      });
  });

/** A PostgresSource, checked; port 5432 and every operation unless it says otherwise. */
export const postgresSource: z.ZodType<PostgresSource> = z.strictObject({
  apiVersion: z.literal('sources.weir.dev/v1alpha1'),
  kind: z.literal('PostgresSource'),
  metadata,
  spec,
});

/** PostgresSource among the kinds. Another server or slot is another source: what is left at the old one could not be removed any more. */
export const postgresSourceKind: Kind<PostgresSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'PostgresSource',
  plural: 'postgressources',
  singular: 'postgressource',
  schema: postgresSource,
  immutable: [
    ['spec', 'host'],
    ['spec', 'port'],
    ['spec', 'database'],
    ['spec', 'slot'],
  ],
  conditions: ['SinkProvided', 'Deployed'],
  source: {
    emits: ({ spec }) =>
      (spec.tables ?? []).flatMap((name) =>
        spec.operations.map((operation) => ({
          type: `dev.weir.postgres.${operation}`,
          source: postgresUri(spec, tableOf(name)),
        })),
      ),
    called: () => false,
    column: ['DATABASE', 'database'],
  },
};

/** A table by schema and name. */
export interface PostgresTable {
  readonly schema: string;
  readonly name: string;
}

/** The table that `schema.table` or `table` names. */
export function tableOf(text: string): PostgresTable {
  const [first = '', second] = text.split('.');
  return second === undefined ? { schema: 'public', name: first } : { schema: first, name: second };
}

/** `postgres://host:port/database/schema/table`: the source attribute of what happens in a table; never with a user. */
export function postgresUri(
  { host, port, database }: Pick<PostgresConnection, 'host' | 'port' | 'database'>,
  { schema, name }: PostgresTable,
): string {
  const authority = host.includes(':') ? `[${host}]` : encodeURIComponent(host.toWellFormed());
  const path = [database, schema, name].map((part) => encodeURIComponent(part.toWellFormed()));
  return `postgres://${authority}:${port}/${path.join('/')}`;
}
