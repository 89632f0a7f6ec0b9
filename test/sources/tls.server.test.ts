import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../events/clock.ts';
import type { SourceKind } from '../../sources/kind.ts';
import { natsJetStreamKind } from '../../sources/nats/kind.ts';
import { openSource } from '../../sources/open.ts';
import { postgresKind } from '../../sources/postgres/kind.ts';
import { redisStreamKind } from '../../sources/redis/kind.ts';
import { freePort } from '../../bench/free-port.ts';
import { startServer } from '../servers/server.ts';
import { type Certificates, certificates } from './certificates.ts';
import { instance, SourceWorld } from './source-world.ts';

const CA = { secretKeyRef: { name: 'tls', key: 'ca' } };
const SINK = { sink: { uri: 'http://sink.example' } };

let files: Certificates;

beforeAll(async () => {
  files = await certificates();
});

afterAll(() => files?.[Symbol.asyncDispose]());

/** What a source says when it first runs: that something is wrong, or where it begins. */
async function outcome(kind: SourceKind, spec: object): Promise<string> {
  const world = new SourceWorld(systemClock);
  const secrets = new Map([['tls/ca', files.ca]]);
  await using source = openSource(instance(kind.kind, { ...SINK, ...spec }, { secrets }), world.ports, [kind]);
  const settled = (): boolean => source.status().lastError !== undefined || source.status().lag !== undefined;
  const late = AbortSignal.timeout(20_000);
  while (!settled()) {
    late.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return source.status().lastError?.message ?? 'reads';
}

describe('over TLS the certificate of the server is checked', () => {
  test('by a RedisStreamSource, unless it is told not to', async () => {
    const port = await freePort();
    const tls = ['cert', 'key'].map((name) => `--tls-${name}-file ${files.folder}/${name}.pem`).join(' ');
    const args = `--tls-port ${port} ${tls} --tls-ca-cert-file ${files.folder}/ca.pem --tls-auth-clients no`;
    await using _server = await startServer('redis', { env: { REDIS_ARGS: args } });
    const spec = { address: `rediss://127.0.0.1:${port}`, stream: 's' };
    expect(await outcome(redisStreamKind, spec)).toMatch(/certificate/);
    expect(await outcome(redisStreamKind, { ...spec, dialOptions: { caCert: CA } })).toBe('reads');
    expect(await outcome(redisStreamKind, { ...spec, dialOptions: { skipVerify: true } })).toBe('reads');
  });

  test('by a NatsJetStreamSource', async () => {
    await using server = await startServer('nats');
    const { hostname, port } = new URL(server.env['NATS'] ?? '');
    const file = join(server.folder, 'nats.conf');
    await server.stop();
    const tls = `tls { cert_file: "${files.folder}/cert.pem", key_file: "${files.folder}/key.pem" }\n`;
    await writeFile(file, (await readFile(file, 'utf8')) + tls);
    await server.start();
    const spec = { servers: [`tls://${hostname}:${port}`], stream: 'none' };
    expect(await outcome(natsJetStreamKind, spec)).toMatch(/certificate/);
    expect(await outcome(natsJetStreamKind, { ...spec, tls: { caCert: CA } })).toMatch(/stream not found/);
    const other = { servers: [`tls://localhost:${port}`], stream: 'none', tls: { caCert: CA } };
    expect(await outcome(natsJetStreamKind, other)).toMatch(/Hostname\/IP does not match certificate/);
    await using plain = await startServer('nats');
    const bare = { servers: [(plain.env['NATS'] ?? '').replace('nats:', 'tls:')], stream: 'none' };
    expect(await outcome(natsJetStreamKind, bare)).toMatch(/does not support 'tls'/);
  });

  test('by a PostgresSource, as far as its mode says', async () => {
    await using server = await startServer('postgres');
    const { hostname: host, port, username: user } = new URL(server.env['POSTGRES'] ?? '');
    const data = join(server.folder, 'data');
    await server.stop();
    const { uid, gid } = await stat(data);
    for (const name of ['cert', 'key'] as const) {
      const path = join(data, `server-${name}.pem`);
      await writeFile(path, files[name]);
      await chown(path, uid, gid);
      await chmod(path, 0o600);
    }
    const settings = "ssl = on\nssl_cert_file = 'server-cert.pem'\nssl_key_file = 'server-key.pem'\n";
    const conf = join(data, 'postgresql.conf');
    await writeFile(conf, (await readFile(conf, 'utf8')) + settings);
    await writeFile(
      join(data, 'pg_hba.conf'),
      'hostssl all all 127.0.0.1/32 trust\nhost postgres all 127.0.0.1/32 trust\n',
    );
    await server.start();
    const spec = { host, port: Number(port), database: 'weir', user, publication: 'none' };
    const read = /there is no publication none/;
    expect(await outcome(postgresKind, spec)).toMatch(/no encryption/);
    expect(await outcome(postgresKind, { ...spec, tls: {} })).toMatch(/certificate/);
    expect(await outcome(postgresKind, { ...spec, tls: { mode: 'require' } })).toMatch(read);
    expect(await outcome(postgresKind, { ...spec, tls: { mode: 'verify-ca', caCert: CA } })).toMatch(read);
    expect(await outcome(postgresKind, { ...spec, tls: { caCert: CA } })).toMatch(read);
    const other = { ...spec, host: 'localhost', tls: { caCert: CA } };
    expect(await outcome(postgresKind, other)).toMatch(/Hostname\/IP does not match certificate/);
  });
});
