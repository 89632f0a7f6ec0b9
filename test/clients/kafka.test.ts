import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { authSecretConnection } from '../../clients/kafka/auth-secret.ts';
import { clientLine } from '../../clients/kafka/client-log.ts';
import { CODECS } from '../../clients/kafka/codecs.ts';
import { kafkaConnection } from '../../clients/kafka/connection.ts';
import { kafkaFailure } from '../../clients/kafka/failure.ts';
import { quietIdleTimer } from '../../clients/kafka/idle-timer.ts';
import { Partitioner } from '../../clients/kafka/partitioner.ts';
import { SourceWorld } from '../sources/source-world.ts';
import kafkajs, { type PartitionerArgs } from 'kafkajs';

const BROKERS = ['k:9092'];
const ref = (key: string) => ({ secretKeyRef: { name: 's', key } });

function secrets(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([key, value]) => [`s/${key}`, value]));
}

describe('a connection', () => {
  const sasl = { enable: true, user: ref('user'), password: ref('password'), type: ref('type') };

  test('is plain where nothing is enabled', () => {
    const net = { sasl: { ...sasl, enable: false }, tls: { enable: false } };
    expect(kafkaConnection({ bootstrapServers: BROKERS, net }, new Map())).toEqual({ brokers: BROKERS });
  });

  test('takes user, password, mechanism and certificates out of Secrets', () => {
    const tls = { enable: true, caCert: ref('ca'), cert: ref('cert'), key: ref('key') };
    const values = { user: 'u', password: 'p', type: 'SCRAM-SHA-256', ca: 'A', cert: 'B', key: 'C' };
    expect(kafkaConnection({ bootstrapServers: BROKERS, net: { sasl, tls } }, secrets(values))).toEqual({
      brokers: BROKERS,
      sasl: { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p' },
      tls: { ca: 'A', cert: 'B', key: 'C' },
    });
  });

  test('with a mechanism that is not served is refused by its name, and another value of the key is not shown', () => {
    const of = (type: string) =>
      kafkaConnection({ bootstrapServers: BROKERS, net: { sasl } }, secrets({ user: 'u', password: 'p', type }));
    expect(() => of('OAUTHBEARER')).toThrow(/spec\.net\.sasl\.type: is "OAUTHBEARER"; served are PLAIN, SCRAM-SHA-256/);
    expect(() => of('hunter2')).toThrow(/^((?!hunter2).)*$/);
  });

  test('that lacks a value of a Secret is refused with its place', () => {
    expect(() =>
      kafkaConnection({ bootstrapServers: BROKERS, net: { sasl } }, secrets({ user: 'u', type: 'PLAIN' })),
    ).toThrow('spec.net.sasl.password: key password of Secret s is not there or empty; add it');
  });
});

describe("a Secret in Knative's format", () => {
  const of = (values: Readonly<Record<string, string>>) =>
    authSecretConnection(BROKERS, { name: 's', path: 'spec.auth.secret.ref' }, secrets(values));

  test.each([
    [{ protocol: 'PLAINTEXT' }, {}],
    [{ protocol: 'SSL' }, { tls: {} }],
    [{ protocol: 'SSL', 'ca.crt': 'A', 'user.crt': 'B', 'user.key': 'C' }, { tls: { ca: 'A', cert: 'B', key: 'C' } }],
    [
      { protocol: 'SASL_PLAINTEXT', user: 'u', password: 'p' },
      { sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } },
    ],
    [
      { protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user: 'u', password: 'p' },
      { tls: {}, sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } },
    ],
  ])('%j is a connection', (values, expected) => {
    expect(of(values)).toEqual({ brokers: BROKERS, ...expected });
  });

  test.each([
    [{}, 'secret-missing'],
    [{ protocol: 'SASL_SSL', user: 'u' }, 'secret-missing'],
    [{ protocol: 'SSL', 'user.crt': 'B' }, 'secret-missing'],
    [{ protocol: 'TLS' }, 'resource-invalid'],
    [{ protocol: 'SASL_SSL', user: 'u', password: 'p', 'sasl.mechanism': 'GSSAPI' }, 'resource-unsupported'],
  ])('%j is refused: %s', (values, code) => {
    expect(() => of(values)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a codec', () => {
  test.each([2, 3, 4] as const)('%i gives back what it packed', async (type) => {
    const codec = CODECS[type]();
    const buffer = Buffer.from('weir '.repeat(1000));
    const packed = await codec.compress({ buffer });
    expect(packed.length).toBeLessThan(buffer.length);
    expect(await codec.decompress(packed)).toEqual(buffer);
  });

  test('reads the blocks that Java writes with snappy, and refuses one that is cut', async () => {
    const { compress, decompress } = CODECS[2]();
    const header = Buffer.from('82534e415050590000000001000000 01'.replace(' ', ''), 'hex');
    const parts = await Promise.all(['one ', 'two'].map((text) => compress({ buffer: Buffer.from(text) })));
    const framed = parts.flatMap((block) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return [length, block];
    });
    const packed = Buffer.concat([header, ...framed]);
    expect((await decompress(packed)).toString()).toBe('one two');
    await expect(decompress(packed.subarray(0, -1))).rejects.toThrow('cut');
  });
});

describe('the idle timer of kafkajs', () => {
  const load = createRequire(import.meta.url);
  const queue = () => {
    quietIdleTimer();
    const RequestQueue = load('kafkajs/src/network/requestQueue/index.js');
    const logger = { debug: () => undefined };
    return new RequestQueue({ logger, requestTimeout: 1000, enforceRequestTimeout: false, maxInFlightRequests: 1 });
  };

  test('is not set while nothing is pending', () => {
    const one = queue();
    one.scheduleCheckPendingRequests();
    expect(one.throttleCheckTimeoutId).toBeNull();
  });

  test('is set while something is, and later than at once', () => {
    const one = queue();
    one.pending.push({});
    one.scheduleCheckPendingRequests();
    expect(one.throttleCheckTimeoutId).not.toBeNull();
    one.destroy();
  });

  test('is looked for where it was, and missed if it is gone', () => {
    expect(() => quietIdleTimer(() => Error)).toThrow(/scheduleCheckPendingRequests/);
  });
});

describe('a line of kafkajs', () => {
  test('is a debug line of ours, with nothing in it but where it is about', () => {
    const world = new SourceWorld();
    const log = { message: 'Connection error', broker: 'k:9092', sasl: { password: 'hunter2' }, stack: '...' };
    clientLine(world.ports.log, 'default/kafkasource/it', { level: 1, namespace: 'Connection', log });
    expect(world.lines).toEqual([
      {
        level: 'debug',
        name: 'kafka.client',
        fields: { client: 'default/kafkasource/it', part: 'Connection', message: 'Connection error', broker: 'k:9092' },
      },
    ]);
  });
});

describe('a failure', () => {
  test('says which servers, what Kafka calls it and what to do', () => {
    const inner = Object.assign(new Error('This server does not host this topic-partition'), {
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    const failure = kafkaFailure(new Error('retries', { cause: inner }), BROKERS, { code: 'source-unavailable' });
    expect(failure).toMatchObject({
      code: 'source-unavailable',
      message: 'Kafka at k:9092: This server does not host this topic-partition; create the topic, or correct its name',
    });
    const named = kafkaFailure(inner, BROKERS, { code: 'source-unavailable', topics: ['a', 'b'] });
    expect(named.message).toMatch(/^Kafka at k:9092 \(a, b\): This server does not host/);
  });
});

describe('the partitioner', () => {
  const partitionMetadata = [0, 1, 2].map((partitionId) => ({ partitionId, leader: partitionId === 1 ? -1 : 0 }));
  const args = (message: object): PartitionerArgs =>
    Object.assign(Object.create(null), { topic: 't', partitionMetadata, message });

  test('answers the same for a message ever after', () => {
    const partitioner = new Partitioner();
    const choose = partitioner.create(kafkajs)();
    const messages = [{ value: 'a' }, { value: 'b', key: 'k' }, { value: 'c', partition: 7 }];
    partitioner.sending(messages);
    const first = messages.map((message) => choose(args(message)));
    partitioner.sending([{ value: 'another send' }]);
    expect(messages.map((message) => choose(args(message)))).toEqual(first);
    expect(messages.map((message) => partitioner.of(message))).toEqual(first);
    expect(first[2]).toBe(7);
  });

  test('sends messages without a key together, each send to the next partition that has a leader', () => {
    const partitioner = new Partitioner();
    const choose = partitioner.create(kafkajs)();
    const sends = [0, 1, 2].map(() => [{ value: 'a' }, { value: 'b' }]);
    const chosen = sends.map((messages) => {
      partitioner.sending(messages);
      return messages.map((message) => choose(args(message)));
    });
    for (const send of chosen) expect(new Set(send).size).toBe(1);
    expect(new Set(chosen.flat())).toEqual(new Set([0, 2]));
  });
});
