import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { isShared } from '../../crds/mqtt-filter.ts';
import type { MqttTopic } from '../../crds/mqtt-source.ts';
import { type Clock } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import { Inbox } from '../inbox.ts';
import type { MqttDelivered } from './event.ts';
import { within } from '../within.ts';

const CONNECT_MS = 15_000;
const ANSWER_MS = 15_000;
const CLOSE_MS = 150;
/** Messages of QoS 0 know no flow control: what comes while so much waits is dropped and counted, as its sender allowed. */
const WAITING_MAX = 2000;

/** Where a server is, as whom it is spoken to, and which session is gone on with. Holds secrets: never into a message or a log. */
export interface MqttServer {
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly keepaliveS: number;
  readonly sessionExpiryS: number;
  readonly receiveMaximum: number;
}

/**
 * One connection to an MQTT server, with a session that outlives it: what is not acknowledged comes again with the next. It is lost once, with the reason. Messages of QoS 1 are acknowledged by us, in order, as late as we
 * like: up to `receiveMaximum` of them are on their way, and pings go on meanwhile. The one file that knows mqtt.
 */
export class MqttLink implements AsyncDisposable {
  readonly inbox = new Inbox<MqttDelivered>(({ payload }) => payload.byteLength);
  readonly #client: MqttClient;
  readonly #server: MqttServer;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  #said: string | undefined;
  #dropped = 0;
  #arrivals = 0;
  #sessionPresent = false;
  #closing: Promise<void> | undefined;

  /** Connects. Rejects `UnavailableError` with what is wrong, and soon after `signal` is aborted. */
  static async connect(server: MqttServer, clock: Clock, signal: AbortSignal): Promise<MqttLink> {
    const { connect } = await import('mqtt');
    const link = new MqttLink(connect(server.url, optionsOf(server)), server, clock);
    const stop = (): void => link.lose('it is being stopped');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await link.#opened();
      return link;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  constructor(client: MqttClient, server: MqttServer, clock: Clock) {
    this.#client = client;
    this.#server = server;
    this.#clock = clock;
    client.handleMessage = (packet, done) => this.#message(packet, done);
    client.on('error', (error) => this.lose(said(error)));
    client.on('disconnect', ({ reasonCode }) => (this.#said ??= REASONS.get(reasonCode ?? 0)));
    client.on('close', () =>
      this.lose(
        this.#said ??
          'the connection is closed; if that happens again and again, another client has the same client id',
      ),
    );
  }

  /** Aborted once, when the connection is gone; `reason` says why. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get reason(): Error {
    const { reason } = this.lost;
    return reason instanceof Error ? reason : new UnavailableError('source-unavailable', 'the connection is gone');
  }

  /** Whether the server had kept the session: then what was sent meanwhile comes, and subscriptions stand. */
  get sessionPresent(): boolean {
    return this.#sessionPresent;
  }

  /** How many messages of QoS 0 were dropped since it was last asked. */
  dropped(): number {
    const count = this.#dropped;
    this.#dropped = 0;
    return count;
  }

  /** Resolves when all are subscribed to. Rejects `UnavailableError` if one is refused; then the link is lost. */
  async subscribe(topics: readonly MqttTopic[]): Promise<void> {
    // Retained messages come with a new subscription, not again with each renewal. Shared subscriptions have none, and may not say so.
    const options = (filter: string) => (this.#server.protocolVersion === 5 && !isShared(filter) ? { rh: 1 } : {});
    const map = Object.fromEntries(topics.map(({ filter, qos }) => [filter, { qos, ...options(filter) }]));
    const asked = this.#client.subscribeAsync(map);
    await this.#answer(`subscribe to ${topics.map(({ filter }) => filter).join(', ')}`, asked);
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    if (filters.length > 0)
      await this.#answer(`unsubscribe from ${filters.join(', ')}`, this.#client.unsubscribeAsync([...filters]));
  }

  /** Acknowledges, in this order. The order must be the one they came in. [MQTT 5 4.6] */
  acknowledge(messages: readonly MqttDelivered[]): void {
    if (this.lost.aborted) throw this.reason;
    const acks = messages.flatMap(({ packetId }) =>
      packetId === undefined ? [] : [PUBACK, 2, packetId >> 8, packetId & 0xff],
    );
    if (acks.length > 0) this.#client.stream.write(Buffer.from(acks));
  }

  /** Gives the link up. */
  lose(why: string): void {
    if (this.lost.aborted) return;
    const { host } = new URL(this.#server.url);
    this.#lost.abort(new UnavailableError('source-unavailable', `MQTT server at ${host}: ${why}`));
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  /** Says goodbye, which sends what was acknowledged; the session stays. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.lost.aborted) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = this.#clock.after(CLOSE_MS, resolve);
      await Promise.race([this.#client.endAsync().catch(() => undefined), late]);
      cancel();
    }
    this.lose('the connection is closed');
    this.#client.stream.destroy();
  }

  async #opened(): Promise<void> {
    const connected = new Promise<void>((resolve) =>
      this.#client.once('connect', ({ sessionPresent }) => {
        this.#sessionPresent = sessionPresent;
        resolve();
      }),
    );
    await this.#answer('open a connection', connected, CONNECT_MS);
  }

  async #answer<T>(what: string, asked: Promise<T>, delayMs = ANSWER_MS): Promise<T> {
    const over = new AbortController();
    const gone = new Promise<never>((_resolve, reject) => {
      if (this.lost.aborted) reject(this.reason);
      this.lost.addEventListener('abort', () => reject(this.reason), { once: true, signal: over.signal });
    });
    const late = `it did not answer within ${delayMs / 1000} s when asked to ${what}`;
    try {
      return await within(Promise.race([asked, gone]), this.#clock, { delayMs, late });
    } catch (error) {
      this.lose(error instanceof UnavailableError ? error.message : `it refuses to ${what}: ${said(error)}`);
      throw this.reason;
    } finally {
      over.abort();
    }
  }

  // Who is called back with an error sends no PUBACK and goes on: acknowledging is ours.
  #message(packet: IPublishPacket, done: (error?: Error) => void): void {
    const { qos, messageId } = packet;
    if (qos === 0 && this.inbox.size >= WAITING_MAX) {
      this.#dropped += 1;
      return done();
    }
    this.#arrivals += 1;
    const arrival = `${this.#clock.now()}.${this.#arrivals}`;
    this.inbox.add(delivered(packet, qos === 0 ? { packetId: undefined, arrival } : { packetId: messageId }));
    done(qos === 0 ? undefined : LATER);
  }
}

const PUBACK = 0x40;
const LATER = new Error('it is acknowledged later');

/** What the reason codes of a DISCONNECT tell people. [MQTT 5 3.14.2.1] */
const REASONS: ReadonlyMap<number, string> = new Map([
  [130, 'the server saw a protocol error'],
  [135, 'this user is not allowed to stay connected'],
  [137, 'the server is busy'],
  [139, 'the server is shutting down'],
  [141, 'the server heard nothing within the keepalive'],
  [142, 'another client came with the same client id and took the session over; give each its own'],
  [147, 'the server saw more messages on their way than it allows'],
  [149, 'a packet is larger than the server allows'],
]);

function optionsOf(server: MqttServer): IClientOptions {
  const { protocolVersion, clientId, username, password, tls, keepaliveS, sessionExpiryS, receiveMaximum } = server;
  return {
    ...tls,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    protocolVersion,
    clientId,
    clean: false,
    keepalive: keepaliveS,
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum } } : {}),
    // Whoever owns the link opens the next.
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    resubscribe: false,
    timerVariant: 'native',
  };
}

function delivered(
  { topic, payload, properties }: IPublishPacket,
  as: Pick<MqttDelivered, 'packetId' | 'arrival'>,
): MqttDelivered {
  const { contentType, userProperties } = properties ?? {};
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    ...(contentType === undefined || contentType === '' ? {} : { contentType }),
    userProperties: { ...userProperties },
    ...as,
  };
}

function said(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 4 || code === 5 || code === 134 || code === 135)
    return `${text}; check username and password, and what the user may do`;
  if (code === 2 || code === 133) return `${text}; give it another clientId`;
  return text === '' ? (typeof code === 'string' ? code : 'the connection failed') : text;
}
