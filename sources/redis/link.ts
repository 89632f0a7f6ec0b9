import type { RedisConnection } from '../../crds/redis-stream-source.ts';
import type { Clock } from '../../events/clock.ts';
import type { SourceInstance } from '../kind.ts';
import { secretValue } from '../secret-value.ts';
import { serverSaid } from '../server-said.ts';
import { within } from '../within.ts';

/** A server must have answered after this, on top of what a command asks it to wait. */
const ANSWER_MS = 10_000;
/** How long a goodbye may take: the whole source has a second to stop. */
const GOODBYE_MS = 75;

/** A server of Redis and how to log in there. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: {
    readonly rejectUnauthorized: boolean;
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
  };
}

/** What Redis answers: texts as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

/** One connection to Redis; it is not made again when it is lost. Disposal is idempotent and ends commands under way. */
export interface RedisLink extends Disposable {
  /** What the server answers. Rejects `source-unavailable` when the connection is lost or ended, and when no answer came 10 s after `blockMs`; and what the server refuses, with its own text. */
  call(command: readonly (string | number | Buffer)[], blockMs?: number): Promise<RedisReply>;
}

/** The server that a spec names. `path` is that of the connection's fields. Throws `secret-missing`. */
export function redisServer(
  connection: RedisConnection,
  instance: Pick<SourceInstance, 'secrets'>,
  path = 'spec',
): RedisServer {
  const { address, username, password, dialOptions = {} } = connection;
  const url = new URL(address);
  const { caCert, cert, key } = dialOptions;
  const secure = url.protocol === 'rediss:' || dialOptions.useTLS === true;
  const at = `${path}.dialOptions`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(url.pathname.slice(1)),
    ...(username ? { username: secretValue(instance, username, `${path}.username`) } : {}),
    ...(password ? { password: secretValue(instance, password, `${path}.password`) } : {}),
    ...(secure
      ? {
          tls: {
            rejectUnauthorized: dialOptions.skipVerify !== true,
            ...(caCert ? { ca: secretValue(instance, caCert, `${at}.caCert`) } : {}),
            ...(cert ? { cert: secretValue(instance, cert, `${at}.cert`) } : {}),
            ...(key ? { key: secretValue(instance, key, `${at}.key`) } : {}),
          },
        }
      : {}),
  };
}

/** Connects. Rejects `source-unavailable`, or what the server says to who logs in. Ends with `signal`. */
export async function redisLink(server: RedisServer, clock: Clock, signal: AbortSignal): Promise<RedisLink> {
  const { Redis } = await import('ioredis');
  const where = whereOf(server);
  const redis = new Redis({
    ...server,
    lazyConnect: true,
    // Whoever lost it begins anew from what the server knows, and says so meanwhile: nothing is repeated behind our back.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    connectTimeout: ANSWER_MS,
    // What a server does not close by itself when it is told to.
    disconnectTimeout: GOODBYE_MS,
    maxLoadingRetryTime: ANSWER_MS,
    keepAlive: ANSWER_MS,
    protocol: 2,
    disableClientInfo: true,
  });
  // Without a listener the client prints. What went wrong is what the commands reject with; of a broken connection they know only that it closed.
  let broken: Error | undefined;
  redis.on('error', (error: Error) => (broken = error));
  const end = (): void => redis.disconnect();
  signal.addEventListener('abort', end, { once: true });
  const link: RedisLink = {
    call: async ([name = '', ...args], blockMs = 0) => {
      const answer = redis.callBuffer(String(name), ...args).catch((error: unknown) => {
        throw isRefusal(error) ? error : serverSaid(broken ?? error, where);
      });
      const late = `${where}: ${String(name)} was not answered within ${ANSWER_MS / 1000} s`;
      return readReply(await within(answer, clock, { delayMs: ANSWER_MS + blockMs, late }));
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', end);
      end();
    },
  };
  try {
    signal.throwIfAborted();
    const late = `${where}: no connection within ${(2 * ANSWER_MS) / 1000} s`;
    await within(redis.connect(), clock, { delayMs: 2 * ANSWER_MS, late });
    return link;
  } catch (error) {
    link[Symbol.dispose]();
    throw isRefusal(broken) ? broken : serverSaid(broken ?? error, where);
  }
}

/** What the server itself says: `NOGROUP ...`, `WRONGPASS ...`. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** What the server itself said, in our words; any other error as it is. */
export function redisSaid(error: unknown, server: RedisServer): unknown {
  if (!isRefusal(error)) return error;
  const [word = ''] = error.message.split(' ');
  return serverSaid(error, whereOf(server), ADVICE.get(word));
}

/** By the word that an error of Redis begins with. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['NOAUTH', 'name its password in `password`'],
  ['WRONGPASS', 'check username and password'],
  ['WRONGTYPE', 'name a stream, or a key that is not there yet'],
  ['NOPERM', 'allow this user the commands and the key'],
]);

function whereOf({ host, port }: RedisServer): string {
  return `redis at ${host}:${port}`;
}

/** The answer, parsed: what no reply of a stream's command holds is nothing. */
function readReply(reply: unknown): RedisReply {
  if (Array.isArray(reply)) return reply.map(readReply);
  return Buffer.isBuffer(reply) || typeof reply === 'number' ? reply : null;
}
