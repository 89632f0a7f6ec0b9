import { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector, Client } from 'undici';
import type { Exchange, ExchangeEnd, ExchangeOwner } from './exchange.ts';

// A connection that cannot be made in this time is an error, however long the attempt may take.
const CONNECT_TIMEOUT_MS = 10_000;
// As long as node:http servers accept; longer and a request may meet a server that is just closing. A server's own hint (Keep-Alive: timeout) counts more.
const KEEP_ALIVE_MS = 4_000;
const ANSWER_HEADER_BYTES_MAX = 131_072;

/** Makes sockets; shared by the connections of an origin for its TLS sessions. */
export type Connector = ReturnType<typeof buildConnector>;

/** The connector of one origin: the system's trust unless `trust` says otherwise, at most 10 s to connect, HTTP/1.1. */
export function connectorOf(trust: { readonly secureContext: SecureContext } | undefined): Connector {
  // HTTP/2 is left out: every connection here carries one request at a time.
  return buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, ...trust });
}

/** Who runs an exchange on a connection; told once when it is over. */
export interface Runner {
  ended(connection: Connection, exchange: Exchange, end: ExchangeEnd): void;
}

/** What a connection tells the origin that owns it. */
export interface ConnectionOwner {
  /** The socket of an idle connection was closed by the other side or by time. */
  lost(connection: Connection): void;
  /** A discarded connection's socket is closed: its place is free. */
  freed(connection: Connection): void;
}

/** One connection to an origin, one exchange at a time: an undici Client, which connects when first used and again after the other side closed. */
export class Connection implements ExchangeOwner {
  readonly #client: Client;
  readonly #owner: ConnectionOwner;
  #socket: Socket | undefined;
  #discarded = false;
  #exchange: Exchange | undefined;
  #runner: Runner | undefined;

  constructor(origin: string, connector: Connector, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#client = new Client(origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
      connect: (options, callback) => {
        // The connector returns its socket, though its type does not say so: with it a connection can be given up while it is being made.
        const socket: unknown = connector(options, callback);
        if (socket instanceof Socket) this.#watch(socket);
      },
    });
    this.#client.on('disconnect', () => {
      if (!this.#exchange && !this.#discarded) this.#owner.lost(this);
    });
  }

  /** Sends; when the exchange is over the runner is told and the connection is its own again. */
  run(exchange: Exchange, way: { readonly path: string; readonly nowMs: number; readonly runner: Runner }): void {
    this.#exchange = exchange;
    this.#runner = way.runner;
    exchange.begin(this, way.nowMs);
    const { headers, body } = exchange.message;
    // Our own deadline covers all of an attempt; undici's timeouts would cut those beyond 300 s.
    this.#client.dispatch(
      { path: way.path, method: 'POST', headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 },
      exchange,
    );
  }

  ended(end: ExchangeEnd): void {
    const runner = this.#runner;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#runner = undefined;
    if (exchange) runner?.ended(this, exchange, end);
  }

  /** Closes it, in whatever state it is; `freed` follows, once. Idempotent. */
  discard(): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#client.destroy(() => {});
    this.#socket?.destroy();
    // Never in the caller's stack: it may be iterating over connections.
    if (!this.#socket) queueMicrotask(() => this.#owner.freed(this));
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      if (this.#discarded) this.#owner.freed(this);
    });
    // A socket that is destroyed while it connects has nobody else to hear of its errors.
    socket.on('error', () => {});
    if (this.#discarded) socket.destroy();
  }
}
