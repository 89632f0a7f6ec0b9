import { isIP, connect as connectPlain, Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type kafkajsModule from 'kafkajs';
import type { ISocketFactoryArgs, Kafka, SASLOptions } from 'kafkajs';
import type { Log } from '../../events/log.ts';
import { clientLine } from './client-log.ts';
import { CODECS } from './codecs.ts';
import type { KafkaConnection, SaslMechanism } from './connection.ts';
import { quietIdleTimer } from './idle-timer.ts';

/** Our own deadlines: to be connected, to be logged in, to be answered. */
const CONNECT_MS = 5_000;
const LOG_IN_MS = 10_000;
const ANSWER_MS = 15_000;
const KEEP_ALIVE_MS = 60_000;
/** kafkajs tries again this often by itself: a broker that restarts its leader is not noticed, one that is gone is told of within two seconds. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 };

/** The module, once it is loaded. */
export type Kafkajs = typeof kafkajsModule;

/** A client of one cluster. Its connections are its own. */
export interface KafkaClient extends Disposable {
  readonly kafkajs: Kafkajs;
  readonly kafka: Kafka;
  /** Ends its connections at once, also those it would still make: what waits for an answer rejects. Idempotent. */
  [Symbol.dispose](): void;
}

/** Who opens a client, for its log lines and for the server's. */
export interface KafkaClientPorts {
  readonly log: Log;
  /** `default/kafkasource/orders`. */
  readonly who: string;
}

/** Loads kafkajs and makes a client; nothing is connected yet. */
export async function openKafka(connection: KafkaConnection, { log, who }: KafkaClientPorts): Promise<KafkaClient> {
  const { default: kafkajs } = await import('kafkajs');
  quietIdleTimer();
  Object.assign(kafkajs.CompressionCodecs, CODECS);
  const sockets = new Sockets();
  const kafka = new kafkajs.Kafka({
    clientId: `weir ${who}`,
    brokers: [...connection.brokers],
    ...(connection.tls && { ssl: connection.tls }),
    ...(connection.sasl && { sasl: sasl(connection.sasl) }),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: LOG_IN_MS,
    requestTimeout: ANSWER_MS,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (line) => clientLine(log, who, line),
    socketFactory: (to) => sockets.open(to),
  });
  return { kafkajs, kafka, [Symbol.dispose]: () => sockets.close() };
}

function sasl(as: NonNullable<KafkaConnection['sasl']>): SASLOptions {
  const { username, password } = as;
  const mechanisms = {
    PLAIN: { mechanism: 'plain', username, password },
    'SCRAM-SHA-256': { mechanism: 'scram-sha-256', username, password },
    'SCRAM-SHA-512': { mechanism: 'scram-sha-512', username, password },
  } as const satisfies Record<SaslMechanism, SASLOptions>;
  return mechanisms[as.mechanism];
}

/** Every socket of a client, so that none outlives it: kafkajs waits for answers before it lets go. */
class Sockets {
  readonly #open = new Set<Socket>();
  #closed = false;

  open({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    const socket = this.#closed ? new Socket() : connected({ host, port }, ssl, onConnect);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    if (this.#closed) this.#end(socket);
    else socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#open) this.#end(socket);
  }

  // An error, as kafkajs hears of nothing else that ends a connection from this side.
  #end(socket: Socket): void {
    socket.once('error', () => undefined);
    process.nextTick(() => socket.destroy(new Error('the client is closed')));
  }
}

function connected(
  to: { readonly host: string; readonly port: number },
  ssl: ConnectionOptions | undefined,
  onConnect: () => void,
): Socket {
  if (!ssl) return connectPlain(to, onConnect);
  return connectTls({ ...to, ...(isIP(to.host) === 0 && { servername: to.host }), ...ssl }, onConnect);
}
