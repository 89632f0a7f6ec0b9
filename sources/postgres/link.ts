import type { Client, ClientConfig } from 'pg';
import type { PostgresConnection } from '../../crds/postgres-source.ts';
import type { Clock } from '../../events/clock.ts';
import type { UnavailableError } from '../../events/errors.ts';
import type { SourceInstance } from '../kind.ts';
import { secretValue } from '../secret-value.ts';
import { serverSaid } from '../server-said.ts';
import { within } from '../within.ts';

/** A server must have answered after this. */
const ANSWER_MS = 10_000;
/** How long a goodbye may take: the whole source has a second to stop. */
const GOODBYE_MS = 75;
// How values are written: nothing of it may depend on how the server or the user is set up. The sender gives up on us after a minute of silence, and says something itself after half of that.
const SETTINGS = {
  datestyle: 'ISO',
  intervalstyle: 'iso_8601',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  wal_sender_timeout: '60s',
} as const;

/** A server of PostgreSQL and how to log in there. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl: false | TlsOptions;
}

interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly checkServerIdentity?: () => undefined;
}

/** A row that a query found: texts by column. */
export type Found = Readonly<Record<string, string | null>>;

/** A connection; it is not made again when it is lost. Disposal is idempotent. */
export interface PostgresLink extends AsyncDisposable {
  /** Rejects `source-unavailable` when it is lost, by whatever. */
  readonly lost: Promise<never>;
  /** What a statement finds. Rejects what the server says, an error with `code`, or `source-unavailable`. `seconds` is how long it may take, 10 unless given. */
  query(text: string, values?: readonly unknown[], seconds?: number): Promise<readonly Found[]>;
  /** Begins to copy both ways, which the statement asks for: `take` gets each piece that the server sends, `send` sends one. Resolves when the server has begun. */
  copy(text: string, take: (piece: Buffer) => void): Promise<CopyLink>;
}

/** Copying both ways. */
export interface CopyLink {
  send(piece: Buffer): void;
  /** Reads no more, until told to go on: then the server waits. */
  pause(): void;
  resume(): void;
}

/** The server that a spec names. Throws `secret-missing`. */
export function postgresServer(spec: PostgresConnection, instance: Pick<SourceInstance, 'secrets'>): PostgresServer {
  const { host, port, database, user, password, tls } = spec;
  return {
    host,
    port,
    database,
    user,
    password: password && secretValue(instance, password, 'spec.password'),
    ssl:
      tls === undefined || tls.mode === 'disable'
        ? false
        : {
            rejectUnauthorized: tls.mode !== 'require',
            ...(tls.caCert ? { ca: secretValue(instance, tls.caCert, 'spec.tls.caCert') } : {}),
            ...(tls.cert ? { cert: secretValue(instance, tls.cert, 'spec.tls.cert') } : {}),
            ...(tls.key ? { key: secretValue(instance, tls.key, 'spec.tls.key') } : {}),
            ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
          },
  };
}

/** Connects; `replication`: as one who is sent the log. Rejects `source-unavailable`, whatever the reason; when `signal` is aborted meanwhile too. */
export async function postgresLink(
  server: PostgresServer,
  {
    clock,
    signal,
    replication,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly replication: boolean },
): Promise<PostgresLink> {
  const where = whereOf(server);
  const { Client: PgClient } = await import('pg');
  const client = new PgClient(clientConfig(server, replication));
  const { promise: lost, reject: lose } = Promise.withResolvers<never>();
  lost.catch(() => undefined);
  // Without a listener it would take the process with it. The first thing that is said is why; what follows is that it is over.
  client.on('error', (error: Error) => lose(unreached(where, error)));
  client.on('end', () => lose(unreached(where, 'the connection was closed')));
  const leave = (): void => void client.connection.stream.destroy();
  signal.addEventListener('abort', leave, { once: true });
  try {
    signal.throwIfAborted();
    await within(client.connect(), clock, {
      delayMs: 2 * ANSWER_MS,
      late: `${where}: no connection within ${(2 * ANSWER_MS) / 1000} s`,
    });
  } catch (error) {
    leave();
    throw unreached(where, error);
  } finally {
    signal.removeEventListener('abort', leave);
  }
  let gone: Promise<void> | undefined;
  return {
    lost,
    query: async (text, values, seconds = ANSWER_MS / 1000) => {
      const answer = client.query<Record<string, string | null>>(text, values && [...values]);
      const late = `${where}: no answer within ${seconds} s`;
      const { rows } = await within(answer, clock, { delayMs: seconds * 1000, late }).catch((error: unknown) => {
        throw isRefusal(error) ? error : unreached(where, error);
      });
      return rows;
    },
    copy: (text, take) => copying(client, { text, take, where, clock, lose }),
    [Symbol.asyncDispose]: () => (gone ??= goodbye(client, clock)),
  };
}

interface Copying {
  readonly text: string;
  readonly take: (piece: Buffer) => void;
  readonly where: string;
  readonly clock: Clock;
  readonly lose: (error: unknown) => void;
}

async function copying(client: Client, { text, take, where, clock, lose }: Copying): Promise<CopyLink> {
  const begun = Promise.withResolvers<void>();
  const { connection } = client;
  connection.once('replicationStart', begun.resolve);
  connection.on('copyData', ({ chunk }: { readonly chunk: Buffer }) => take(chunk));
  // It ends with the connection: then what is lost is told, or what the server says was wrong.
  client.query(text).then(
    () => lose(unreached(where, 'the server ended the copying')),
    (error: unknown) => {
      begun.reject(isRefusal(error) ? error : unreached(where, error));
      lose(unreached(where, error));
    },
  );
  await within(begun.promise, clock, { delayMs: ANSWER_MS, late: `${where}: no answer within ${ANSWER_MS / 1000} s` });
  return {
    send: (piece) => void connection.stream.write(copyData(piece)),
    pause: () => void connection.stream.pause(),
    resume: () => void connection.stream.resume(),
  };
}

/** What the server itself says, with its code. */
export function isRefusal(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string';
}

function clientConfig(server: PostgresServer, replication: boolean): ClientConfig & { readonly replication?: string } {
  const { host, port, database, user, password, ssl } = server;
  return {
    host,
    port,
    database,
    user,
    // A function, so that neither the environment nor ~/.pgpass is asked for another.
    password: () => password ?? '',
    ssl: ssl && { ...ssl },
    keepAlive: true,
    keepAliveInitialDelayMillis: ANSWER_MS,
    application_name: 'weir',
    options: Object.entries(SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: { getTypeParser: () => (text: unknown) => text },
    ...(replication ? { replication: 'database' } : {}),
  };
}

/** Says that it goes, which ends the sender at once, and waits until it is gone, but not long. */
async function goodbye(client: Client, clock: Clock): Promise<void> {
  const { connection } = client;
  if (connection.stream.destroyed) return;
  const closed = new Promise<void>((resolve) => connection.once('end', resolve));
  connection.stream.resume();
  connection.end();
  await within(closed, clock, { delayMs: GOODBYE_MS, late: 'no goodbye' }).catch(() => connection.stream.destroy());
}

function copyData(piece: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write('d');
  head.writeUInt32BE(piece.length + 4, 1);
  return Buffer.concat([head, piece]);
}

/** What the server itself said, in our words; any other error as it is. */
export function postgresSaid(error: unknown, server: PostgresServer): unknown {
  return isRefusal(error) ? unreached(whereOf(server), error) : error;
}

/** By SQLSTATE. [PostgreSQL "Error Codes"] */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['28000', 'check user and password'],
  ['28P01', 'check user and password'],
  ['3D000', 'create the database, or correct its name'],
  ['42P01', 'create the table, or correct its name'],
]);

function unreached(where: string, error: unknown): UnavailableError {
  return serverSaid(error, where, isRefusal(error) ? ADVICE.get(error.code) : undefined);
}

function whereOf({ host, port }: PostgresServer): string {
  return `postgres at ${host}:${port}`;
}
