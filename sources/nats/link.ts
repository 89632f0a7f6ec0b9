import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions as ConnectionOptionsOfTls } from 'node:tls';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection as Connection, TlsOptions } from '@nats-io/transport-node';
import type { NatsConnection } from '../../crds/nats-jet-stream-source.ts';
import type { Clock } from '../../events/clock.ts';
import type { SourceInstance } from '../kind.ts';
import { secretValue } from '../secret-value.ts';
import { serverSaid } from '../server-said.ts';
import { unlessAborted, within } from '../within.ts';

/** A server must have answered after this. */
const ANSWER_MS = 10_000;
const PING_MS = 10_000;
/** Asked for at once; how many of them lie here unaccepted is for the consumer's maxAckPending to bound. */
const FETCHED = 500;

/** The server's codes for a consumer and for a stream that is not there. */
const NO_CONSUMER = 10_014;
const NO_STREAM = 10_059;
/** How long a goodbye may take: the whole source has a second to stop. */
const GOODBYE_MS = 75;

/** The servers and how to log in there: secrets as values. */
export interface NatsServers {
  readonly servers: readonly string[];
  readonly login: Readonly<Partial<Record<'token' | 'user' | 'password' | 'nkey' | 'creds', string>>>;
  readonly tls: Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>> | undefined;
}

/** A message of a stream, and what becomes of it. All three throw once the connection is lost. */
export interface NatsDelivery {
  readonly message: NatsMessage;
  /** It is settled. */
  ack(): void;
  /** It is to come again at once. */
  nak(): void;
  /** It is to come again later than it would: the time of the consumer's ackWait begins anew. */
  working(): void;
}

/** A message of a stream. */
export interface NatsMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  /** When the stream stored it, RFC 3339. */
  readonly time: string;
  readonly data: Uint8Array;
  /** In their order. Throws if they are none, which the server lets pass. */
  headers(): readonly (readonly [name: string, value: string])[];
}

/** A durable consumer. */
export interface NatsConsumer {
  readonly ackWaitMs: number;
  /** What the server knows: messages not handed out yet, and the sequence up to which all are settled. Rejects if the consumer is gone. */
  facts(): Promise<{ readonly pending: number; readonly settled: number }>;
  /** Calls `take` with what the server hands out, until the answer is called: then the server knows that nobody takes any more. */
  consume(take: (delivery: NatsDelivery) => void): Promise<() => void>;
}

/** A connection; it is not made again when it is lost. Disposal sends what was acknowledged, and is idempotent. */
export interface NatsLink extends AsyncDisposable {
  /** Rejects `source-unavailable` when it is lost, by whatever. */
  readonly lost: Promise<never>;
  /** The last sequence of a stream, and when it was created, which tells it from one that had its name before; what it rejects with if there is none says so. */
  stream(stream: string): Promise<{ readonly last: number; readonly created: string }>;
  /** The configuration of a consumer; undefined: there is none. */
  config(stream: string, consumer: string): Promise<ConsumerConfig | undefined>;
  create(stream: string, config: Partial<ConsumerConfig>): Promise<void>;
  update(stream: string, consumer: string, config: Partial<ConsumerConfig>): Promise<void>;
  consumer(stream: string, consumer: string): Promise<NatsConsumer>;
  /** Deletes a consumer; nothing there = done. */
  remove(stream: string, consumer: string): Promise<void>;
}

/** The servers that a spec names. `path` is that of the connection's fields. Throws `secret-missing`. */
export function natsServers(
  { servers, credentials = {}, tls }: NatsConnection,
  instance: Pick<SourceInstance, 'secrets'>,
  path = 'spec',
): NatsServers {
  const values = Object.entries(credentials).map(([name, reference]) => [
    name,
    secretValue(instance, reference, `${path}.credentials.${name}`),
  ]);
  const secure = tls !== undefined || servers.some((server) => server.startsWith('tls:'));
  const { caCert, cert, key } = tls ?? {};
  return {
    servers,
    login: Object.fromEntries(values),
    tls: secure
      ? {
          ...(caCert ? { ca: secretValue(instance, caCert, `${path}.tls.caCert`) } : {}),
          ...(cert ? { cert: secretValue(instance, cert, `${path}.tls.cert`) } : {}),
          ...(key ? { key: secretValue(instance, key, `${path}.tls.key`) } : {}),
        }
      : undefined,
  };
}

/** Connects to one of the servers. Rejects `source-unavailable`, whatever the reason, and `shutting-down` when `signal` is aborted meanwhile. */
export async function natsLink(servers: NatsServers, clock: Clock, signal: AbortSignal): Promise<NatsLink> {
  const where = whereOf(servers);
  const { connect } = await import('@nats-io/transport-node');
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const connecting = connect(await connectionOptions(servers));
  const answered: Answered = (work) =>
    within(work, clock, { delayMs: ANSWER_MS, late: `${where}: no answer within ${ANSWER_MS / 1000} s` });
  try {
    const nc = await unlessAborted(answered(connecting), signal);
    const manager = await unlessAborted(answered(jetstreamManager(nc, { timeout: ANSWER_MS })), signal);
    const lost = nc.closed().then((error) => {
      throw serverSaid(error ?? 'the connection was closed', where);
    });
    lost.catch(() => undefined);
    return { lost, ...streams(manager, answered), [Symbol.asyncDispose]: () => goodbye(nc, clock) };
  } catch (error) {
    connecting.then((nc) => nc.close()).catch(() => undefined);
    throw serverSaid(error, where);
  }
}

type Answered = <T>(work: Promise<T>) => Promise<T>;

function streams(manager: JetStreamManager, answered: Answered): Omit<NatsLink, 'lost' | typeof Symbol.asyncDispose> {
  return {
    stream: async (stream) => {
      const { state, created } = await answered(manager.streams.info(stream));
      return { last: state.last_seq, created };
    },
    config: async (stream, consumer) =>
      (await answered(manager.consumers.info(stream, consumer)).catch(unless(NO_CONSUMER)))?.config,
    create: async (stream, config) => void (await answered(manager.consumers.add(stream, config))),
    update: async (stream, name, config) => void (await answered(manager.consumers.update(stream, name, config))),
    remove: async (stream, name) =>
      void (await answered(manager.consumers.delete(stream, name)).catch(unless(NO_CONSUMER, NO_STREAM))),
    consumer: async (stream, name) => {
      const consumer = await answered(manager.jetstream().consumers.get(stream, name));
      const info = (): Promise<ConsumerInfo> => answered(consumer.info());
      return {
        ackWaitMs: ((await info()).config.ack_wait ?? 30e9) / 1e6,
        facts: async () => {
          const { num_pending, ack_floor } = await info();
          return { pending: num_pending, settled: ack_floor.stream_seq };
        },
        consume: async (take) => {
          const taking = consumer.consume({ max_messages: FETCHED, callback: (m) => take(delivery(m)) });
          const messages = await answered(taking);
          return () => messages.stop();
        },
      };
    },
  };
}

/** What was acknowledged is on its way; sees that it arrives, but not for long. */
async function goodbye(nc: Connection, clock: Clock): Promise<void> {
  const soon = { delayMs: GOODBYE_MS, late: 'no goodbye' };
  if (!nc.isClosed()) await within(nc.flush(), clock, soon).catch(() => undefined);
  await within(nc.close(), clock, soon).catch(() => undefined);
}

/** Nothing, where the server says with one of these codes that there is none. */
function unless(...codes: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (says(error, ...codes)) return undefined;
    throw error;
  };
}

function says(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

async function connectionOptions({ servers, login, tls }: NatsServers): Promise<ConnectionOptions> {
  const { credsAuthenticator, nkeyAuthenticator } = await import('@nats-io/transport-node');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return {
    servers: [...servers],
    // Whoever lost it begins anew from what the server knows, and says so meanwhile.
    reconnect: false,
    timeout: ANSWER_MS,
    pingInterval: PING_MS,
    ...(login.token === undefined ? {} : { token: login.token }),
    ...(login.user === undefined ? {} : { user: login.user }),
    ...(login.password === undefined ? {} : { pass: login.password }),
    ...(login.nkey === undefined ? {} : { authenticator: nkeyAuthenticator(bytes(login.nkey.trim())) }),
    ...(login.creds === undefined ? {} : { authenticator: credsAuthenticator(bytes(login.creds)) }),
    ...(tls ? { tls: tlsOptions(servers, tls) } : {}),
    ignoreClusterUpdates: true,
  };
}

/** The client says no name where a server is named by its address, and Node then checks for `localhost`, which anybody may be: it must be the address. */
function tlsOptions(
  servers: readonly string[],
  files: NonNullable<NatsServers['tls']>,
): TlsOptions & Pick<ConnectionOptionsOfTls, 'checkServerIdentity'> {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  return {
    ...files,
    checkServerIdentity: (host, cert) => {
      const addresses = host === 'localhost' && !hosts.includes(host) ? hosts.filter((name) => isIP(name) !== 0) : [];
      const wrong = addresses.map((address) => checkServerIdentity(address, cert));
      return wrong.length === 0 ? checkServerIdentity(host, cert) : wrong.every(Boolean) ? wrong[0] : undefined;
    },
  };
}

function delivery(m: JsMsg): NatsDelivery {
  return {
    message: {
      stream: m.info.stream,
      sequence: m.seq,
      subject: m.subject,
      time: m.timestamp,
      data: m.data,
      headers: () => [...(m.headers ?? [])].flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    },
    ack: () => m.ack(),
    nak: () => m.nak(),
    working: () => m.working(),
  };
}

/** What the server itself said, in our words; any other error as it is. */
export function natsSaid(error: unknown, servers: NatsServers): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) return error;
  return serverSaid(
    error,
    whereOf(servers),
    says(error, NO_STREAM) ? 'create the stream, or correct its name' : undefined,
  );
}

function whereOf({ servers }: NatsServers): string {
  return `nats at ${servers.join(', ')}`;
}
