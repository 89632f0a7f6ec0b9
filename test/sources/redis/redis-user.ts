import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisStreamKind } from '../../../sources/redis/kind.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import type { SourceSubject } from '../../conformance/source-subject.ts';
import { type Server, startServer } from '../../servers/server.ts';
import { instance } from '../source-world.ts';

const PASSWORD = 'hunter2-of-redis';

/** A server that asks for a password, and somebody who adds to its streams. */
export class RedisUser implements AsyncDisposable {
  readonly server: Server;
  readonly redis: Redis;

  private constructor(server: Server) {
    this.server = server;
    this.redis = new Redis(server.env['REDIS'] ?? '', { password: PASSWORD, protocol: 2, maxRetriesPerRequest: 200 });
    this.redis.on('error', () => undefined);
  }

  static async start(): Promise<RedisUser> {
    return new RedisUser(await startServer('redis', { env: { REDIS_ARGS: `--requirepass ${PASSWORD}` } }));
  }

  /** A stream of its own with a group that begins at its beginning. */
  async stream(...groups: readonly string[]): Promise<string> {
    const stream = `s:${randomUUID()}`;
    for (const group of groups) await this.redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
    return stream;
  }

  /** Resolves when it is there; what was sent to a server that was killed may be there twice. */
  async add(stream: string, n: number): Promise<void> {
    for (;;) {
      try {
        await this.redis.xadd(stream, '*', 'n', String(n));
        return;
      } catch (error) {
        if (this.redis.status === 'end') throw error;
      }
    }
  }

  spec(stream: string, more: object = {}): object {
    return {
      sink: { uri: 'http://sink.example' },
      address: this.server.env['REDIS'],
      password: { secretKeyRef: { name: 'redis', key: 'password' } },
      stream,
      ...more,
    };
  }

  instance(stream: string, more: object = {}): SourceInstance {
    return instance('RedisStreamSource', this.spec(stream, more), { secrets: new Map([['redis/password', PASSWORD]]) });
  }

  async subject(more: object = {}): Promise<SourceSubject> {
    const stream = await this.stream('first', 'second');
    let happened = 0;
    return {
      kind: redisStreamKind,
      instance: this.instance(stream, { group: 'first', ...more }),
      clock: 'real',
      position: 'server',
      server: this.server,
      happen: async (_world, count) => {
        for (let i = 0; i < count; i += 1) await this.add(stream, (happened += 1));
      },
      afresh: () => this.instance(stream, { group: 'second' }),
      wrong: { spec: this.spec(stream, { consumers: 0 }), path: 'spec.consumers' },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
    await this.server[Symbol.asyncDispose]();
  }
}
