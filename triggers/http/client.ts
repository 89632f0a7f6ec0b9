import type { Clock } from '../../events/clock.ts';
import { quoted, RefusedError } from '../../events/errors.ts';
import { HTTP_LIMITS, type Address, type Http, type HttpLimits, type Sender } from '../http.ts';
import { Deadlines } from './deadlines.ts';
import { Origin, type OriginAddress, type SocketBudget } from './origin.ts';
import { OriginSender, type SenderShares } from './sender.ts';

// How many waiting senders are tried when a socket becomes free, before the next such moment.
const TRIES_MAX = 8;

/** Opens the client that all triggers of a process send through: undici's connections, bounded by `limits`. Opens no socket before the first post. */
export function openHttp(clock: Clock, limits: Partial<HttpLimits> = {}): Http {
  return new UndiciHttp(clock, { ...HTTP_LIMITS, ...limits });
}

/**
 * Shares the sockets of the process among origins, and those of an origin among its senders. While fewer than half are in use everyone gets what it asks for up to its limit; from
 * then on at most an equal share. When none is left, whoever waits longest gets the next, for which an idle connection of somebody else is closed.
 *
 * Not undici's Pool: that can neither change its number of connections, nor close an idle one for the sake of another origin, nor give up a request it still queues.
 */
class UndiciHttp implements Http, SocketBudget, SenderShares {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly deadlines: Deadlines;
  readonly #origins = new Map<string, Origin>();
  readonly #idle = new Set<Origin>();
  readonly #active = new Set<OriginSender>();
  readonly #starving = new Set<OriginSender>();
  #sockets = 0;
  #closing: Promise<void> | undefined;
  inFlight = 0;

  constructor(clock: Clock, limits: HttpLimits) {
    this.clock = clock;
    this.limits = limits;
    this.deadlines = new Deadlines(clock);
  }

  get sockets(): number {
    return this.#sockets;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  open(address: Address, connections: number): Sender {
    const url = URL.canParse(address.url) ? new URL(address.url) : undefined;
    if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw new RefusedError(
        'reference-unresolved',
        `${quoted(address.url)} is no http or https URL; give an absolute one`,
      );
    }
    const origin = this.#originOf({
      key: `${url.origin} ${address.caCerts ?? ''}`,
      origin: url.origin,
      caCerts: address.caCerts,
    });
    return new OriginSender(this, origin, { url, connections });
  }

  take(): boolean {
    if (this.#sockets < this.limits.socketsMax) {
      this.#sockets++;
      return true;
    }
    for (const origin of this.#idle) {
      origin.evict();
      break;
    }
    return false;
  }

  freed(origin: Origin): void {
    this.#sockets--;
    this.left(origin);
    this.serve();
  }

  left(origin: Origin): void {
    if (origin.empty) this.#origins.delete(origin.key);
  }

  idle(origin: Origin, any: boolean): void {
    if (any) this.#idle.add(origin);
    else this.#idle.delete(origin);
  }

  activate(sender: OriginSender, active: boolean): void {
    if (active) this.#active.add(sender);
    else this.#active.delete(sender);
  }

  starve(sender: OriginSender): void {
    this.#starving.add(sender);
  }

  serve(): void {
    let tries = Math.min(this.#starving.size, TRIES_MAX);
    for (const sender of this.#starving) {
      if (tries-- <= 0) break;
      this.#starving.delete(sender);
      sender.pump();
    }
  }

  share(): number {
    if (this.inFlight * 2 < this.limits.socketsMax) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(this.limits.socketsMax / this.#active.size));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.deadlines[Symbol.dispose]();
    this.#starving.clear();
    for (const sender of this.#active) sender.abandon();
    await Promise.all([...this.#origins.values()].map((origin) => origin.close()));
  }

  #originOf(address: OriginAddress): Origin {
    const known = this.#origins.get(address.key);
    if (known) return known;
    try {
      const origin = new Origin(address, this, { clock: this.clock, idleMs: this.limits.idleMs });
      this.#origins.set(address.key, origin);
      return origin;
    } catch (cause) {
      throw new RefusedError(
        'resource-invalid',
        `CACerts of ${quoted(address.origin)} cannot be read; give certificates in PEM`,
        { cause },
      );
    }
  }
}
