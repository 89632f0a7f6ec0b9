import type { Clock } from '../../events/clock.ts';
import { Connection, connectorOf, type ConnectionOwner, type Connector } from './connection.ts';
import { trusting } from './trust.ts';

/** What all origins share: how many sockets there may be. */
export interface SocketBudget {
  /** Takes a socket; false when all are taken (an idle one elsewhere is being closed, if there is one). */
  take(): boolean;
  /** Gives back one that this origin had. */
  freed(origin: Origin): void;
  /** Whether an origin has idle connections that could be closed for others. */
  idle(origin: Origin, any: boolean): void;
}

/** Where an origin is, and what is trusted there. */
export interface OriginAddress {
  readonly key: string;
  /** `https://host:port` */
  readonly origin: string;
  readonly caCerts?: string | undefined;
}

/** The connections to one origin with one set of trusted certificates: at most `limit`, the last used first, closed after `idleMs` without use. */
export class Origin implements ConnectionOwner {
  readonly #url: string;
  readonly #connector: Connector;
  readonly #budget: SocketBudget;
  readonly #clock: Clock;
  readonly #idleMs: number;
  /** What its client knows it by. */
  readonly key: string;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #usedMs = 0;
  #cancel: (() => void) | undefined;
  #drained: (() => void) | undefined;
  /** How many connections its senders add up to. */
  limit = 0;

  constructor(address: OriginAddress, budget: SocketBudget, times: { readonly clock: Clock; readonly idleMs: number }) {
    this.key = address.key;
    this.#url = address.origin;
    this.#connector = connectorOf(address.caCerts === undefined ? undefined : trusting(address.caCerts));
    this.#budget = budget;
    this.#clock = times.clock;
    this.#idleMs = times.idleMs;
  }

  /** A connection for one exchange, or none now. A sender that was disposed with posts waiting still gets one at a time. */
  take(): Connection | undefined {
    const idle = this.#idle.pop();
    if (idle) {
      if (this.#idle.length === 0) this.#budget.idle(this, false);
      return idle;
    }
    if (this.#all.size >= Math.max(this.limit, 1) || !this.#budget.take()) return undefined;
    const connection = new Connection(this.#url, this.#connector, this);
    this.#all.add(connection);
    return connection;
  }

  /** Takes back what `take` gave, when its exchange is over. */
  give(connection: Connection, reusable: boolean, nowMs: number): void {
    if (!reusable || this.#all.size > this.limit) return connection.discard();
    this.#usedMs = nowMs;
    if (this.#idle.push(connection) === 1) this.#budget.idle(this, true);
    if (!this.#cancel) this.#watch(this.#idleMs);
  }

  /** Closes the connection that has been idle longest. */
  evict(): void {
    this.#dropIdle(1);
  }

  /** Changes how many connections there may be; idle ones beyond that are closed. */
  resize(by: number): void {
    this.limit += by;
    this.#dropIdle(this.#all.size - this.limit);
  }

  /** Nobody sends there and no connection is left. */
  get empty(): boolean {
    return this.limit === 0 && this.#all.size === 0;
  }

  lost(connection: Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#idle.length === 0) this.#budget.idle(this, false);
    connection.discard();
  }

  freed(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    this.#budget.freed(this);
    if (this.#all.size > 0) return;
    // Its client forgets an origin without connections: nobody would take the timer back.
    this.#cancel?.();
    this.#cancel = undefined;
    this.#drained?.();
  }

  /** Closes every connection; resolves when they are closed. Exchanges have been ended before, by their senders. */
  async close(): Promise<void> {
    this.#cancel?.();
    for (const connection of this.#all) connection.discard();
    if (this.#all.size > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #dropIdle(count: number): void {
    for (const connection of this.#idle.splice(0, Math.max(count, 0))) connection.discard();
    if (this.#idle.length === 0) this.#budget.idle(this, false);
  }

  #watch(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      const leftMs = this.#usedMs + this.#idleMs - this.#clock.now();
      if (leftMs <= 0) this.#dropIdle(this.#idle.length);
      else if (this.#all.size > 0) this.#watch(leftMs);
    });
  }
}
