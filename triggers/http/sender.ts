import type { Clock } from '../../events/clock.ts';
import type { Answer, HttpLimits, Message, Sender } from '../http.ts';
import type { Connection, Runner } from './connection.ts';
import type { Deadlines } from './deadlines.ts';
import { Exchange, type ExchangeEnd } from './exchange.ts';
import type { Origin } from './origin.ts';

/** What the senders of a process share. */
export interface SenderShares {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly deadlines: Deadlines;
  readonly closed: boolean;
  /** Exchanges in flight, of all senders. */
  inFlight: number;
  /** How many exchanges one sender may have in flight now. */
  share(): number;
  /** Whether a sender has anything in flight or waiting. */
  activate(sender: OriginSender, active: boolean): void;
  /** This sender waits for a connection: pump it when there may be one. */
  starve(sender: OriginSender): void;
  /** Something became free: pumps those who have waited longest. */
  serve(): void;
  /** A sender has left this origin. */
  left(origin: Origin): void;
}

/** One sender: its posts in order, as many in flight as its connections and its share allow. */
export class OriginSender implements Sender, Runner {
  readonly #shares: SenderShares;
  readonly #origin: Origin;
  readonly #path: string;
  readonly #authorization: string | undefined;
  readonly #connections: number;
  readonly #now: () => number;
  readonly #waiting: Exchange[] = [];
  readonly #running = new Set<Exchange>();
  #disposed = false;

  constructor(shares: SenderShares, origin: Origin, way: { readonly url: URL; readonly connections: number }) {
    this.#shares = shares;
    this.#origin = origin;
    this.#path = `${way.url.pathname}${way.url.search}`;
    this.#authorization = basicAuthorization(way.url);
    this.#connections = way.connections;
    this.#now = () => shares.clock.now();
    origin.resize(way.connections);
  }

  post(message: Message): Promise<Answer> {
    return new Promise((resolve) => {
      if (this.#shares.closed) return resolve({ kind: 'aborted' });
      if (this.#authorization) message.headers.push('authorization', this.#authorization);
      if (this.#running.size === 0 && this.#waiting.length === 0) this.#shares.activate(this, true);
      this.#waiting.push(new Exchange(message, this.#shares.limits, { now: this.#now, resolve }));
      this.pump();
    });
  }

  /** Starts what waits, as far as it may. Over its share it is tried again when one of its own ends; without a connection, when anybody's does. */
  pump(): void {
    while (this.#waiting.length > 0 && this.#running.size < this.#shares.share()) {
      const connection = this.#origin.take();
      if (!connection) return this.#shares.starve(this);
      const exchange = this.#waiting.shift();
      if (!exchange) return;
      const nowMs = this.#shares.clock.now();
      this.#running.add(exchange);
      this.#shares.inFlight++;
      this.#shares.deadlines.start(exchange, nowMs);
      connection.run(exchange, { path: this.#path, nowMs, runner: this });
    }
  }

  ended(connection: Connection, exchange: Exchange, { reusable, nowMs }: ExchangeEnd): void {
    const shares = this.#shares;
    shares.deadlines.stop(exchange);
    this.#running.delete(exchange);
    shares.inFlight--;
    if (this.#running.size === 0 && this.#waiting.length === 0) shares.activate(this, false);
    this.#origin.give(connection, reusable, nowMs);
    shares.serve();
    this.pump();
  }

  /** Answers what waits and what is in flight with `aborted`. */
  abandon(): void {
    for (const exchange of this.#waiting.splice(0)) exchange.abort();
    for (const exchange of this.#running) exchange.abort();
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#origin.resize(-this.#connections);
    this.#shares.left(this.#origin);
  }
}

/** A URL's userinfo as other clients send it. [RFC 7617] */
function basicAuthorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
}
