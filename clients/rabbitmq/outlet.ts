import type { AmqpMessage } from '../../events/amqp/message.ts';
import type { Clock } from '../../events/clock.ts';
import { RefusedError, UnavailableError, type ErrorCode } from '../../events/errors.ts';
import { buffered } from '../../events/json/base64.ts';
import type { RabbitmqConfirmChannel, RabbitmqLink } from './link.ts';

/** Unconfirmed at once on one connection; beyond it a publication is rejected. */
const UNCONFIRMED_MAX = 10_000;
/** A queue without a leader confirms nothing for about 65 s, and then negatively. */
const CONFIRM_MS = 30_000;
/** While it is blocked, or has too much to do. */
const BUSY_MS = 5000;

/** A message and where it goes: by the routing key through an exchange, or (`''`) straight into the queue of that name. */
export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly message: AmqpMessage;
}

/** A publication that is neither confirmed nor given up by the server. */
interface Unconfirmed extends Publication {
  readonly body: Buffer;
  returned: boolean;
}

/** What an outlet works with. */
export interface OutletPorts {
  readonly clock: Clock;
  readonly code: ErrorCode;
}

/** The publishing end of a link: persistent, mandatory and confirmed. */
export class RabbitmqOutlet {
  readonly link: RabbitmqLink;
  readonly #channel: RabbitmqConfirmChannel;
  readonly #ports: OutletPorts;
  readonly #unconfirmed = new Set<Unconfirmed>();
  #answeredAtMs: number;

  /** A channel of its own on `link`, which is closed with it if that fails. */
  static async open(link: RabbitmqLink, ports: OutletPorts): Promise<RabbitmqOutlet> {
    return new RabbitmqOutlet(link, await link.confirmChannel(), ports);
  }

  constructor(link: RabbitmqLink, channel: RabbitmqConfirmChannel, ports: OutletPorts) {
    this.link = link;
    this.#channel = channel;
    this.#ports = ports;
    this.#answeredAtMs = ports.clock.now();
    channel.on('return', ({ fields, properties, content }) => {
      const { exchange, routingKey } = fields;
      this.#returned({ exchange, routingKey, content, headers: properties.headers ?? {} });
    });
  }

  /** Resolves if the exchange is there. Rejects `UnavailableError`. */
  async check(exchange: string): Promise<void> {
    this.#checkBlocked();
    if (exchange !== '') await this.link.answer(`find exchange ${exchange}`, this.#channel.checkExchange(exchange));
  }

  /**
   * Resolves when every queue that it was routed to has it durably. Rejects `UnavailableError` if there was none, and if it was not confirmed in time, or before `signal` was aborted: it may be there all the same;
   * `RefusedError` `event-too-large` if its headers fit into no message.
   */
  publish(publication: Publication, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#checkBlocked();
      const { message } = publication;
      const one: Unconfirmed = { ...publication, body: buffered(message.body), returned: false };
      const beganMs = this.#ports.clock.now();
      const give = (): void => reject(this.#unavailable('nobody waits for it any more; it may be there all the same'));
      const over = (): void => {
        cancel();
        signal.removeEventListener('abort', give);
      };
      const cancel = this.#ports.clock.after(CONFIRM_MS, () => reject(this.#late(beganMs)));
      signal.addEventListener('abort', give, { once: true });
      try {
        this.#send(one, (failed) => {
          over();
          if (failed !== undefined) reject(failed);
          else resolve();
        });
      } catch (error) {
        over();
        throw error;
      }
    });
  }

  #send(one: Unconfirmed, settled: (failed?: Error) => void): void {
    const { exchange, routingKey, message, body } = one;
    const { body: _bytes, ...properties } = message;
    try {
      this.#channel.publish(
        exchange,
        routingKey,
        body,
        { ...properties, persistent: true, mandatory: true },
        (error: unknown) => {
          this.#unconfirmed.delete(one);
          this.#answeredAtMs = this.#ports.clock.now();
          settled(this.#outcome(one, error));
        },
      );
      this.#unconfirmed.add(one);
    } catch (error) {
      // The one thing of it that may be wrong is its size: names, properties and headers have limits of their own.
      if (error instanceof RangeError || error instanceof TypeError)
        throw new RefusedError(
          'event-too-large',
          'the attributes do not fit into the headers of a message; use contentMode: structured',
          { cause: error },
        );
      this.link.lose(error);
      throw this.link.reason;
    }
  }

  #outcome(one: Unconfirmed, error: unknown): Error | undefined {
    if (error !== undefined && error !== null) {
      if (this.link.lost.aborted) return this.link.reason;
      return this.#unavailable('a queue could not store it');
    }
    if (!one.returned) return undefined;
    const where =
      one.exchange === '' ? `queue ${one.routingKey}` : `exchange ${one.exchange} with routing key ${one.routingKey}`;
    return this.#unavailable(`no queue gets what is sent to ${where}; bind one`);
  }

  // What could not be routed comes back before it is confirmed, as if all were well. It has no number: whichever of those that are alike is meant, they all share its fate.
  #returned({
    exchange,
    routingKey,
    content,
    headers,
  }: Omit<Publication, 'message'> & { readonly content: Buffer; readonly headers: object }): void {
    const text = JSON.stringify(headers);
    for (const one of this.#unconfirmed) {
      if (one.returned || one.exchange !== exchange || one.routingKey !== routingKey) continue;
      if (!one.body.equals(content) || JSON.stringify(one.message.headers) !== text) continue;
      one.returned = true;
      return;
    }
  }

  // Nothing at all was confirmed for as long as that: it is not one queue that is late.
  #late(beganMs: number): Error {
    const error = this.#unavailable(`it was not confirmed within ${CONFIRM_MS / 1000} s; it may be there all the same`);
    if (this.#answeredAtMs < beganMs && this.link.blocked === undefined) this.link.lose(error);
    return error;
  }

  #checkBlocked(): void {
    const { blocked } = this.link;
    if (this.link.lost.aborted) throw this.link.reason;
    if (blocked !== undefined) throw this.#unavailable(`the server takes nothing now (${blocked})`, BUSY_MS);
    if (this.#unconfirmed.size >= UNCONFIRMED_MAX)
      throw this.#unavailable(`${UNCONFIRMED_MAX} messages are not confirmed yet`, BUSY_MS);
  }

  #unavailable(what: string, retryAfterMs?: number): UnavailableError {
    return new UnavailableError(
      this.#ports.code,
      `RabbitMQ: ${what}`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
}
