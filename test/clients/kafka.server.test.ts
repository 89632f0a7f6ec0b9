import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompressionTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../events/clock.ts';
import { openKafka } from '../../clients/kafka/client.ts';
import { KafkaProducer } from '../../clients/kafka/producer.ts';
import type { SourceInstance } from '../../sources/kind.ts';
import { type Server, startServer } from '../servers/server.ts';
import { dataOf, kafkaInstance, openKafkaSource } from '../sources/kafka/kafka-opened.ts';
import { KafkaUser } from '../sources/kafka/kafka-server.ts';
import { SourceWorld } from '../sources/source-world.ts';
import { selfSigned } from '../triggers/http/certificate.ts';

const USER = 'weir';
const PASSWORD = 'hunter2-s3cret';
const [SERVER, CLIENT, STRANGER] = [selfSigned(), selfSigned(), selfSigned()];

let folder: string;
let server: Server;
let user: KafkaUser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-kafka-pem-'));
  await writeFile(join(folder, 'server.pem'), SERVER.key + SERVER.cert);
  await writeFile(join(folder, 'ca.pem'), CLIENT.cert);
  const env = {
    KAFKA_USER: `${USER}:${PASSWORD}`,
    KAFKA_PEM: join(folder, 'server.pem'),
    KAFKA_CA: join(folder, 'ca.pem'),
  };
  server = await startServer('kafka', { env });
  user = await KafkaUser.connect(address('KAFKA'));
}, 240_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function address(name: string): string {
  return server.env[name] ?? '';
}

const ref = (key: string): object => ({ secretKeyRef: { name: 'kafka', key } });

/** A KafkaSource of a topic with one record in it, spoken to as `net` says. */
async function speaking(at: string, net: object, secrets: Readonly<Record<string, string>>): Promise<SourceInstance> {
  const topic = await user.topic();
  await user.send(topic, [{ value: 'through' }]);
  return kafkaInstance(
    { bootstrapServers: [address(at)], topics: [topic], consumerGroup: topic, net },
    { secrets: new Map(Object.entries(secrets).map(([key, value]) => [`kafka/${key}`, value])) },
  );
}

describe('a login', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('with %s is let in, with TLS and without', async (type) => {
    const sasl = { enable: true, user: ref('user'), password: ref('password'), type: ref('type') };
    const secrets = { user: USER, password: PASSWORD, type, ca: SERVER.cert };
    const plain = await speaking('KAFKA_SASL', { sasl }, secrets);
    const safe = await speaking('KAFKA_SASL_TLS', { sasl, tls: { enable: true, caCert: ref('ca') } }, secrets);
    for (const one of [plain, safe]) {
      await using opened = openKafkaSource(one);
      expect(dataOf(await opened.events(1))).toEqual(['through']);
    }
  });

  test('with a wrong password is refused, and the status says so without it', async () => {
    const sasl = { enable: true, user: ref('user'), password: ref('password') };
    await using opened = openKafkaSource(
      await speaking('KAFKA_SASL', { sasl }, { user: USER, password: 'wrong-hunter2' }),
    );
    const { world, source } = opened;
    await world.until(() => source.status().lastError !== undefined, AbortSignal.timeout(60_000));
    expect(source.status().lastError?.message).toMatch(/SASL PLAIN authentication failed.*check user, password/);
    expect(source.status().conditions['Deployed']).toMatchObject({ ok: false });
    expect(JSON.stringify([world.lines, source.status()])).not.toContain('hunter2');
  });
});

describe('TLS', () => {
  const tls = { enable: true, caCert: ref('ca'), cert: ref('cert'), key: ref('key') };

  test('shows the client certificate', async () => {
    const secrets = { ca: SERVER.cert, cert: CLIENT.cert, key: CLIENT.key };
    await using opened = openKafkaSource(await speaking('KAFKA_TLS', { tls }, secrets));
    expect(dataOf(await opened.events(1))).toEqual(['through']);
  });

  test('trusts nobody but the authority it was given', async () => {
    const secrets = { ca: STRANGER.cert, cert: CLIENT.cert, key: CLIENT.key };
    await using opened = openKafkaSource(await speaking('KAFKA_TLS', { tls }, secrets));
    const { world, source } = opened;
    await world.until(() => source.status().lastError !== undefined, AbortSignal.timeout(60_000));
    expect(source.status().lastError?.message).toMatch(/self-signed certificate|unable to verify/);
  });
});

describe('the codec', () => {
  const CODECS = [
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ] as const;
  const values = Array.from({ length: 200 }, (_, n) => `${n} ${'weir '.repeat(n)}`);

  test.each(CODECS)('%s is read as the server writes it', async (name) => {
    // The server writes what comes uncompressed anew, with its own codec.
    const topic = await user.topic(1, [{ name: 'compression.type', value: name }]);
    await user.send(
      topic,
      values.map((value) => ({ value })),
    );
    await using opened = openKafkaSource(
      kafkaInstance({ bootstrapServers: [address('KAFKA')], topics: [topic], consumerGroup: topic }),
    );
    expect(dataOf(await opened.events(values.length))).toEqual(values.toSorted());
  });

  test.each(CODECS)('%s is written so that the server can read it', async (_, compression) => {
    // The server unpacks what comes compressed, with its own codec.
    const topic = await user.topic(1, [{ name: 'compression.type', value: 'uncompressed' }]);
    using client = await openKafka({ brokers: [address('KAFKA')] }, { log: new SourceWorld().ports.log, who: 'test' });
    const producer = client.kafka.producer({ createPartitioner: client.kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, compression, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
    await using opened = openKafkaSource(
      kafkaInstance({ bootstrapServers: [address('KAFKA')], topics: [topic], consumerGroup: topic }),
    );
    expect(dataOf(await opened.events(values.length))).toEqual(values.toSorted());
  });
});

describe('a producer', () => {
  test('rejects what is for a partition that is not there, which kafkajs passes over in silence', async () => {
    const topic = await user.topic(1);
    const { log } = new SourceWorld().ports;
    const ports = { clock: systemClock, log, who: 'test', unavailable: 'channel-unavailable' } as const;
    await using producer = new KafkaProducer({ brokers: [address('KAFKA')] }, topic, ports);
    const write = (partition: number): Promise<unknown> =>
      producer
        .send({ key: null, value: Buffer.from('x'), headers: {}, partition }, AbortSignal.timeout(60_000))
        .catch((error: unknown) => error);
    const [stored, lost] = await Promise.all([write(0), write(7)]);
    expect(stored).toBeUndefined();
    expect(lost).toMatchObject({ code: 'channel-unavailable', message: expect.stringContaining('is not known yet') });
  });
});
