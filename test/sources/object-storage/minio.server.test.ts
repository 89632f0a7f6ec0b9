import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { attribute } from '../../../events/event.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { subscriber, type Subscriber } from '../../support/subscriber.ts';
import { type Serving, weirServing } from '../../support/weir-command.ts';
import { brokerYaml, document, TO_BROKER, triggerYaml } from '../../support/yaml.ts';
import { S3User } from './aws.ts';

const ARN = 'arn:minio:sqs::weir:webhook';
const TOKEN = 'correct-horse-battery';

let minio: Server;
let s3: S3User;
let queueDir: string;
let port: number;
let buckets = 0;

beforeAll(async () => {
  port = await freePort();
  queueDir = await mkdtemp(join(tmpdir(), 'weir-minio-queue-'));
  const env = {
    MINIO_NOTIFY_WEBHOOK_ENABLE_weir: 'on',
    MINIO_NOTIFY_WEBHOOK_ENDPOINT_weir: `http://127.0.0.1:${port}/-/sources/default/objectstoragesource/photos`,
    MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_weir: TOKEN,
    MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_weir: queueDir,
  };
  minio = await startServer('minio', { env });
  s3 = new S3User(minio.env['S3'] ?? '', minio.env);
});

afterAll(async () => {
  s3[Symbol.dispose]();
  await minio[Symbol.asyncDispose]();
  await rm(queueDir, { recursive: true, force: true });
});

/** What a MinIO tells by webhook, through `weir serve` and a Trigger, to a subscriber. */
class Pipeline {
  readonly bucket: string = `photos-${(buckets += 1)}`;
  readonly #sink: Subscriber;
  readonly #cwd: string;
  #weir: Serving;

  constructor(sink: Subscriber, cwd: string, weir: Serving) {
    [this.#sink, this.#cwd, this.#weir] = [sink, cwd, weir];
  }

  static async begin(): Promise<Pipeline> {
    const sink = await subscriber();
    const cwd = await mkdtemp(join(tmpdir(), 'weir-minio-'));
    const one = triggerYaml('all', sink.url).replace(
      'name: all',
      'name: all\n  annotations:\n    weir.dev/in-flight: "1"',
    );
    await writeFile(join(cwd, 'all.yaml'), `${brokerYaml()}${sourceYaml()}${one}`);
    const it = new Pipeline(sink, cwd, await serve(cwd));
    await s3.bucket(it.bucket, ARN, ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']);
    return it;
  }

  async kill(): Promise<void> {
    await this.#weir.stop('SIGKILL');
  }

  async restart(): Promise<void> {
    this.#weir = await serve(this.#cwd);
  }

  /** `<type> <subject>` of each different event, in the order in which they first came. */
  get told(): string[] {
    const byId = new Map<string, string>();
    for (const { event } of this.#sink.received) {
      const id = attribute(event, 'id') ?? '';
      const type = attribute(event, 'type')?.replace('com.amazonaws.s3.', '');
      if (!byId.has(id) && attribute(event, 'source') === `minio:s3..${this.bucket}`)
        byId.set(id, `${type} ${attribute(event, 'subject')}`);
    }
    return [...byId.values()];
  }

  /** Waits until so many came. */
  async came(count: number): Promise<string[]> {
    await vi.waitUntil(() => this.told.length >= count, { timeout: 60_000, interval: 100 });
    return this.told;
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.#cwd, { recursive: true, force: true });
  }
}

describe('MinIO by its webhook, with a queue folder, through weir serve', () => {
  test('every object comes by its name, in the order of the happenings', async () => {
    const it = await Pipeline.begin();
    const keys = [
      'plain.txt',
      'with space.txt',
      'a+b=c&d.txt',
      '100%25.txt',
      'folder/',
      'folder/ünï 日本 😀.txt',
      "quotes'(1)!*~@:,;$.txt",
    ];
    for (const key of keys) await s3.put(it.bucket, key);
    expect(await it.came(keys.length)).toEqual(keys.map((key) => `ObjectCreated:Put ${key}`));
    await it.end();
  });

  test('a multi-object delete is an event for each object', async () => {
    const it = await Pipeline.begin();
    const keys = ['a b.txt', 'c+d.txt', 'e/f.txt'];
    for (const key of keys) await s3.put(it.bucket, key);
    await s3.remove(it.bucket, keys);
    const told = await it.came(6);
    expect(new Set(told.slice(3))).toEqual(new Set(keys.map((key) => `ObjectRemoved:Delete ${key}`)));
    await it.end();
  });

  test('what is put while Weir is away, killed without warning, comes when it is back: all of it, in order', async () => {
    const it = await Pipeline.begin();
    await s3.put(it.bucket, 'before');
    await it.came(1);
    await it.kill();
    const keys = Array.from({ length: 20 }, (_, n) => `away ${n}`);
    for (const key of keys) await s3.put(it.bucket, key);
    await it.restart();
    await s3.put(it.bucket, 'after');
    expect(await it.came(22)).toEqual(['before', ...keys, 'after'].map((key) => `ObjectCreated:Put ${key}`));
    await it.end();
  });

  test('Weir is killed in the middle: nothing is lost', async () => {
    const it = await Pipeline.begin();
    const keys = Array.from({ length: 60 }, (_, n) => `put ${n}`);
    for (const [n, key] of keys.entries()) {
      await s3.put(it.bucket, key);
      if (n === 30) await it.kill();
      if (n === 45) await it.restart();
    }
    expect(new Set(await it.came(60))).toEqual(new Set(keys.map((key) => `ObjectCreated:Put ${key}`)));
    await it.end();
  });

  test('MinIO is killed while Weir is away: what it had kept comes', async () => {
    const it = await Pipeline.begin();
    await it.kill();
    for (const key of ['1', '2', '3']) await s3.put(it.bucket, key);
    await minio.kill();
    await minio.start();
    await it.restart();
    expect(await it.came(3)).toEqual(['1', '2', '3'].map((key) => `ObjectCreated:Put ${key}`));
    await it.end();
  });
});

function sourceYaml(): string {
  return [
    {
      apiVersion: 'sources.weir.dev/v1alpha1',
      kind: 'ObjectStorageSource',
      metadata: { name: 'photos' },
      spec: {
        sink: TO_BROKER,
        provider: 'minio',
        http: { authToken: { secretKeyRef: { name: 'minio', key: 'token' } } },
      },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'minio' }, stringData: { token: TOKEN } },
  ]
    .map(document)
    .join('');
}

/** `weir serve` where MinIO calls. */
function serve(cwd: string): Promise<Serving> {
  const words = ['serve', 'all.yaml', '--listen', `127.0.0.1:${port}`, '--admin', '127.0.0.1:0'];
  return weirServing(words, { cwd });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
