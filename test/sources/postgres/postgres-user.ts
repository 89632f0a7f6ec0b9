import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { SourceInstance } from '../../../sources/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { postgresKind } from '../../../sources/postgres/kind.ts';
import type { SourceSubject } from '../../conformance/source-subject.ts';
import { type Server, startServer } from '../../servers/server.ts';
import { instance, type SourceWorld } from '../source-world.ts';

/** A server, and somebody who writes into its tables and begins anew whenever the connection is lost. */
export class PostgresUser implements AsyncDisposable {
  readonly server: Server;
  #client: Promise<Client> | undefined;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<PostgresUser> {
    return new PostgresUser(await startServer('postgres'));
  }

  /** Rejects when the connection is lost: then the statement may be done or not. */
  async query(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    this.#client ??= this.#connect();
    try {
      const client = await this.#client;
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      return rows;
    } catch (error) {
      if (!(error instanceof Error && 'severity' in error) || String(Reflect.get(error, 'code')).startsWith('57'))
        this.#client = undefined;
      throw error;
    }
  }

  /** Inserts what must be there once, however often the server is killed meanwhile. */
  async insert(table: string, n: number): Promise<void> {
    for (;;) {
      try {
        await this.query(`INSERT INTO ${table} (n) VALUES ($1) ON CONFLICT DO NOTHING`, [n]);
        return;
      } catch (error) {
        if (error instanceof Error && /^(42|23)/.test(String(Reflect.get(error, 'code')))) throw error;
      }
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({ connectionString: this.server.env['POSTGRES'] });
    client.on('error', () => (this.#client = undefined));
    await client.connect();
    return client;
  }

  /** A table, its publication, and slots that begin before its first row. */
  async table(columns = 'n int PRIMARY KEY', ...slots: readonly string[]): Promise<string> {
    const table = `t_${randomUUID().replaceAll('-', '')}`;
    await this.query(`CREATE TABLE ${table} (${columns})`);
    await this.query(`CREATE PUBLICATION ${table} FOR TABLE ${table}`);
    for (const slot of slots)
      await this.query(`SELECT pg_create_logical_replication_slot('${table}_${slot}', 'pgoutput')`);
    return table;
  }

  spec(table: string, more: object = {}): object {
    const { hostname, port, username, pathname } = new URL(this.server.env['POSTGRES'] ?? '');
    return {
      sink: { uri: 'http://sink.example' },
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: username,
      password: { secretKeyRef: { name: 'postgres', key: 'password' } },
      tables: [table],
      ...more,
    };
  }

  instance(table: string, more: object = {}): SourceInstance {
    const secrets = new Map([['postgres/password', 'hunter2-of-postgres']]);
    return instance('PostgresSource', this.spec(table, more), { secrets });
  }

  async subject(): Promise<SourceSubject> {
    const table = await this.table(undefined, 'first', 'second');
    let happened = 0;
    return {
      kind: postgresKind,
      instance: this.instance(table, { publication: table, slot: `${table}_first` }),
      clock: 'real',
      position: 'kept',
      server: this.server,
      happen: async (_world, count) => {
        for (let i = 0; i < count; i += 1) await this.insert(table, (happened += 1));
      },
      afresh: () => this.instance(table, { publication: table, slot: `${table}_second` }),
      wrong: { spec: this.spec(table, { operations: ['upsert'] }), path: 'spec.operations.0' },
      end: async () => {
        await this.#dropSlots(table);
      },
    };
  }

  /** Opens the source of a table and waits until it reads: what happens from then on comes. */
  async open(world: SourceWorld, one: SourceInstance): Promise<OpenSource> {
    const source = openSource(one, world.ports, [postgresKind]);
    // A slot is active too while it is being created.
    const active = `SELECT 1 FROM pg_replication_slots JOIN pg_stat_replication ON pid = active_pid WHERE state IN ('catchup', 'streaming')`;
    while ((await this.query(active)).length === 0);
    return source;
  }

  /** A server has ten of them unless it is told otherwise. One that is read is let go of in a moment. */
  async #dropSlots(table: string): Promise<void> {
    const mine = `FROM pg_replication_slots WHERE slot_name LIKE '${table}_%'`;
    for (;;) {
      await this.query(`SELECT pg_drop_replication_slot(slot_name) ${mine} AND NOT active`).catch(() => undefined);
      const left = await this.query(`SELECT slot_name ${mine}`);
      if (left.length === 0) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
    await this.server[Symbol.asyncDispose]();
  }
}
