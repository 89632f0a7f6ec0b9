import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import type { Clock } from '../../events/clock.ts';
import { UnavailableError, type ErrorCode } from '../../events/errors.ts';
import type { RabbitmqAddress } from './address.ts';
import { rabbitmqFailure } from './failure.ts';

/** How long opening a connection may take, and one answer: a queue whose leader is being elected answers late, one that lost it never. */
const CONNECT_MS = 15_000;
const ANSWER_MS = 30_000;
/** After that the socket is destroyed, whatever the server says. */
const CLOSE_MS = 150;
/** A server that is silent for twice as long is gone. */
const HEARTBEAT_S = 20;

/** What a link is opened through. */
export interface RabbitmqPorts {
  readonly clock: Clock;
  /** What a failure is to who asks: `source-unavailable` or alike. */
  readonly code: ErrorCode;
}

/** A channel of amqplib. */
export type RabbitmqChannel = Channel;
/** A channel of amqplib that confirms what is published. */
export type RabbitmqConfirmChannel = ConfirmChannel;

/**
 * One connection to RabbitMQ, for one purpose: what publishes is blocked while the server lacks memory, and then answers nothing, so who consumes has a link of its own. It does not recover: whatever closes it or one of its channels,
 * a link is lost once, with the reason, and its owner opens another. Nothing here waits for ever. The one file that knows amqplib.
 */
export class RabbitmqLink implements AsyncDisposable {
  readonly #model: ChannelModel;
  readonly #address: RabbitmqAddress;
  readonly #ports: RabbitmqPorts;
  /** Aborted: the socket is destroyed. */
  readonly #end: AbortController;
  readonly #lost = new AbortController();
  readonly #channels: Channel[] = [];
  #blocked: string | undefined;
  #closing: Promise<void> | undefined;

  /** Opens a connection. Rejects `UnavailableError` with what is wrong, and soon after `signal` is aborted. */
  static async connect(address: RabbitmqAddress, ports: RabbitmqPorts, signal: AbortSignal): Promise<RabbitmqLink> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    let late = false;
    const cancel = ports.clock.after(CONNECT_MS, () => {
      late = true;
      stop();
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { connect } = await import('amqplib');
      const { host: hostname, port, username, password, vhost, tls } = address;
      // The name is decoded once more by amqplib.
      const url = {
        protocol: tls ? 'amqps' : 'amqp',
        hostname,
        port,
        username,
        password,
        heartbeat: HEARTBEAT_S,
        vhost: encodeURIComponent(vhost),
      };
      // As an object, so that no message of the client can hold a URL with a password.
      const socket = { ...tls, noDelay: true, signal: end.signal };
      return new RabbitmqLink(await connect(url, socket), { address, ports, end });
    } catch (error) {
      end.abort();
      const why = late ? new Error(`it did not open a connection within ${CONNECT_MS / 1000} s`) : error;
      throw rabbitmqFailure(why, { address, code: ports.code });
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  constructor(
    model: ChannelModel,
    {
      address,
      ports,
      end,
    }: { readonly address: RabbitmqAddress; readonly ports: RabbitmqPorts; readonly end: AbortController },
  ) {
    this.#model = model;
    this.#address = address;
    this.#ports = ports;
    this.#end = end;
    // Without a listener `error` ends the process; it always comes before `close`.
    model.on('error', (error) => this.lose(error));
    model.on('close', (error) => this.lose(error ?? new Error('the connection is closed')));
    model.on('blocked', (reason) => (this.#blocked = reason));
    model.on('unblocked', () => (this.#blocked = undefined));
  }

  /** Aborted once, when the connection or one of its channels is gone; the reason is the error to end with. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Why the server takes nothing from this connection now: `low on memory`. It says so only after something was published. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  async channel(): Promise<RabbitmqChannel> {
    return this.#kept(await this.answer('open a channel', this.#model.createChannel()));
  }

  async confirmChannel(): Promise<RabbitmqConfirmChannel> {
    return this.#kept(await this.answer('open a channel', this.#model.createConfirmChannel()));
  }

  /** What the server answers to `what` (`declare queue q`). Rejects `UnavailableError` with its refusal, when the link is lost, and when it does not answer in time, after which the link is lost. */
  answer<T>(what: string, asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        cancel();
        this.lost.removeEventListener('abort', gone);
      };
      const gone = (): void => {
        over();
        reject(this.reason);
      };
      const cancel = this.#ports.clock.after(ANSWER_MS, () =>
        this.lose(new Error(`it did not answer within ${ANSWER_MS / 1000} s when asked to ${what}`)),
      );
      if (this.lost.aborted) gone();
      else this.lost.addEventListener('abort', gone, { once: true });
      asked.finally(over).then(resolve, (error: unknown) => reject(this.#failure(error)));
    });
  }

  /** Why it was lost. */
  get reason(): Error {
    const { reason } = this.lost;
    return reason instanceof Error ? reason : new UnavailableError(this.#ports.code, 'the connection is gone');
  }

  /** Gives the link up, for `error`: from now on it is lost. */
  lose(error: unknown): void {
    if (this.lost.aborted) return;
    this.#lost.abort(this.#failure(error));
    this.#end.abort();
  }

  /** Closes it, which gives back what is not acknowledged; what was written before is sent first, if the server takes it soon. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.lost.aborted) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = this.#ports.clock.after(CLOSE_MS, resolve);
      await Promise.race([this.#farewell(), late]);
      cancel();
    }
    this.lose(new Error('the connection is closed'));
  }

  // The close of a connection overtakes what its channels still have to send: acknowledgements. That of a channel does not.
  async #farewell(): Promise<void> {
    try {
      await Promise.all(this.#channels.map((channel) => channel.close()));
      await this.#model.close();
    } catch {
      // It is gone already, which is what was wanted.
    }
  }

  #kept<C extends Channel>(channel: C): C {
    this.#channels.push(channel);
    channel.on('error', (error) => this.lose(error));
    channel.on('close', () => {
      if (!this.#closing) this.lose(new Error('a channel is closed'));
    });
    return channel;
  }

  #failure(error: unknown): Error {
    return rabbitmqFailure(error, { address: this.#address, code: this.#ports.code });
  }
}
