import { Client } from 'pg';
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';
import { pieces, THING, type SourceBench } from './source-bench.ts';

/** Rows of a table, inserted a thousand in a transaction, read from a slot by pgoutput. */
export const postgresBench: SourceBench = {
  kind: 'PostgresSource',
  server: 'postgres',
  address: 'POSTGRES',
  things: 60_000,
  async fill(address, name, count) {
    const client = new Client({ connectionString: address });
    await client.connect();
    await client.query(`CREATE TABLE ${name} (n int PRIMARY KEY, data text)`);
    await client.query(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
    await client.query(`SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    for (const [first = 0, ...more] of pieces(count, 1000))
      await client.query(`INSERT INTO ${name} SELECT n, $1 FROM generate_series($2::int, $3::int) n`, [
        THING,
        first,
        more.at(-1) ?? first,
      ]);
    await client.end();
  },
  source: (address, name) => {
    const { hostname, port, username, pathname } = new URL(address);
    return {
      apiVersion: 'sources.weir.dev/v1alpha1',
      spec: {
        host: hostname,
        port: Number(port),
        database: pathname.slice(1),
        user: username,
        tables: [name],
        publication: name,
        slot: name,
      },
    };
  },
  async read(address, name, took) {
    const service = new LogicalReplicationService(
      { connectionString: address },
      { acknowledge: { auto: true, timeoutSeconds: 1 } },
    );
    const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [name] });
    await new Promise<void>((resolve, reject) => {
      service.on('data', (_lsn, message) => {
        if (message.tag === 'insert' && took(1)) resolve();
      });
      service.subscribe(plugin, name).catch(reject);
    });
    await service.destroy();
  },
};
