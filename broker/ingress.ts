import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BrokerRef, Channel } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import type { Entry } from '../events/entry.ts';
import type { CloudEvent } from '../events/event.ts';
import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import { decodeHttp } from '../events/http/decode.ts';
import type { Log } from '../events/log.ts';
import type { Histogram, Metrics } from '../events/metrics.ts';
import { refusalOf, refuse, type Refusal } from './answer.ts';
import { AppendQueue, type QueueShare } from './append-queue.ts';
import { incomingHops, withoutOurs } from './hops.ts';
import { bytesText, type Limits } from './limits.ts';
import { refuseUnread } from './refuse-unread.ts';
import { requestFacts, type RequestFacts } from './request-facts.ts';
import type { Route, Routes } from './routes.ts';

/** What the event route works with. */
export interface IngressParts {
  readonly routes: Routes;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** True from the first signal on: requests already begun are finished, new ones get 503. */
  readonly draining: () => boolean;
  /** A channel answered `channel-full`. */
  readonly full: (broker: BrokerRef) => void;
}

/** Every response of the event route says it. [Knative data plane D5] */
export const ALLOW: readonly string[] = ['Allow', 'POST, OPTIONS'];

const NOTHING = Buffer.alloc(0);
const ACCEPTED = [...ALLOW, 'Content-Length', '0'];

/**
 * The event route: `POST /<namespace>/<broker>`. Answers 202 once all events of the request are durable, else `{code, message, attribute?}`.
 * On node:http itself and without a promise per step, because every event passes here.
 */
export class Ingress {
  readonly #parts: IngressParts;
  readonly #seconds: Histogram;
  readonly #queue: AppendQueue;

  constructor(parts: IngressParts) {
    this.#parts = parts;
    this.#queue = new AppendQueue(parts.limits.appendQueueBytes);
    this.#seconds = parts.metrics.histogram(
      'weir_ingress_duration_seconds',
      'From the headers of a request to its 202.',
    );
    parts.metrics.gauge('weir_ingress_queued_bytes', 'Bodies that are being read or stored.', () => [
      [{}, this.#queue.bytes],
    ]);
  }

  /** Handles one request; never throws. `expecting`: the sender waits for 100 before it sends the body, and gets it once nothing speaks against the request. */
  handle(request: IncomingMessage, response: ServerResponse, expecting = false): void {
    try {
      const received = this.#admit(request);
      if (expecting) response.writeContinue();
      if (received) this.#receive(request, response, received);
      else handshake(request, response);
    } catch (error) {
      if (expecting) response.shouldKeepAlive = false;
      this.#refused(request, response, error);
    }
  }

  /** What a request is for, undefined for a handshake; throws what it is refused with before its body is read. */
  #admit(request: IncomingMessage): Received | undefined {
    const { routes, limits } = this.#parts;
    const facts = requestFacts(request.rawHeaders);
    const { method } = request;
    if (method !== 'POST' && method !== 'OPTIONS') {
      throw new RefusedError(
        'method-not-allowed',
        `${method ?? ''}: is not possible here; send events with POST to /<namespace>/<broker>; health and metrics are at the address of --admin`,
      );
    }
    const route = routes.find(request.url ?? '/');
    if (method === 'OPTIONS') return undefined;
    if (this.#parts.draining())
      throw new UnavailableError('shutting-down', 'the process is shutting down; send it again');
    if (facts.bodyBytes !== undefined && facts.bodyBytes > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
    if (facts.encoding !== undefined) {
      throw new RefusedError(
        'content-type-unsupported',
        `Content-Encoding: ${quoted(facts.encoding)} is not supported; send the body as it is`,
      );
    }
    if (!route.channel) throw new UnavailableError('broker-not-ready', route.waiting);
    const share = this.#queue.shareOf(route);
    const refused = this.#queue.refusal(share, {
      own: 0,
      more: facts.bodyBytes ?? 0,
      alone: routes.size === 1,
    });
    if (refused) throw refused;
    return { route, facts, share, startMs: this.#parts.clock.now(), body: NOTHING };
  }

  #receive(request: IncomingMessage, response: ServerResponse, x: Received): void {
    const { routes, limits } = this.#parts;
    let chunks: Buffer[] | undefined = [];
    let bytes = 0;
    const give = (): void => {
      this.#queue.add(x.share, -bytes);
      bytes = 0;
      chunks = undefined;
    };
    request.on('data', (chunk: Buffer) => {
      if (!chunks) return;
      const more = chunk.length;
      const refused =
        bytes + more > limits.bodyBytes
          ? tooLarge(limits.bodyBytes)
          : this.#queue.refusal(x.share, { own: bytes, more, alone: routes.size === 1 });
      if (refused) {
        give();
        return this.#refused(request, response, refused);
      }
      bytes += more;
      this.#queue.add(x.share, more);
      chunks.push(chunk);
    });
    request.on('end', () => {
      if (!chunks) return;
      x.body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
      chunks = undefined;
      bytes = 0;
      this.#store(request, response, x);
    });
    // A sender that goes away in the middle: nothing was stored, nothing is owed.
    request.on('close', give);
  }

  #store(request: IncomingMessage, response: ServerResponse, x: Received): void {
    const heldBytes = x.body.length;
    let stored: Promise<void>;
    let count = 1;
    try {
      const entries = this.#entries(request, x);
      count = entries.length;
      stored = count === 0 ? Promise.resolve() : channelOf(x.route).append(entries);
    } catch (error) {
      this.#queue.add(x.share, -heldBytes);
      this.#refused(request, response, error);
      return;
    }
    stored.then(
      () => {
        this.#queue.add(x.share, -heldBytes);
        x.route.received.add(count);
        this.#seconds.observe((this.#parts.clock.now() - x.startMs) / 1000);
        if (this.#parts.draining()) response.shouldKeepAlive = false;
        response.writeHead(202, ACCEPTED);
        response.end();
      },
      (error: unknown) => {
        this.#queue.add(x.share, -heldBytes);
        if (error instanceof UnavailableError && error.code === 'channel-full') this.#parts.full(x.route.broker);
        this.#refused(request, response, error);
      },
    );
  }

  #entries(request: IncomingMessage, x: Received): readonly Entry[] {
    const decoded = decodeHttp({ rawHeaders: request.rawHeaders, body: x.body });
    switch (decoded.kind) {
      case 'event':
        return [this.#entry(decoded.event, x)];
      case 'batch':
        if (decoded.events.length > this.#parts.limits.batchEvents) {
          throw new RefusedError(
            'batch-too-large',
            `the batch has ${decoded.events.length} events, more than the limit of ${this.#parts.limits.batchEvents}; send it in parts`,
          );
        }
        return decoded.events.map((event) => this.#entry(event, x));
      case 'not-an-event':
        throw new RefusedError(
          'not-an-event',
          'the request holds no event: it has neither ce- headers nor Content-Type application/cloudevents+json; `weir send --help` shows how one looks',
        );
      default:
        return decoded satisfies never;
    }
  }

  #entry(event: CloudEvent, x: Received): Entry {
    const hops = incomingHops(event, this.#parts.limits.hops);
    const entry = { event: withoutOurs(event), hops, receivedAtMs: x.startMs };
    return x.facts.trace === undefined ? entry : { ...entry, trace: x.facts.trace };
  }

  #refused(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { metrics, log } = this.#parts;
    const refusal = refusalOf(error) ?? bug(error, log);
    metrics
      .counter('weir_events_refused_total', 'Requests that were refused, by code.', { reason: refusal.code })
      .add(1);
    log.debug('event.refused', { code: refusal.code, message: refusal.message, path: request.url });
    // What is left of a small body is read and thrown away by node:http itself, and the connection lives on.
    if (request.complete || !response.shouldKeepAlive || !mayBeLong(request, this.#parts.limits))
      refuse(response, refusal, ALLOW);
    else refuseUnread(request, response, { refusal, headers: ALLOW });
  }
}

/** One request to store events. */
interface Received {
  readonly route: Route;
  readonly facts: RequestFacts;
  readonly share: QueueShare;
  readonly startMs: number;
  /** Set once it has come whole. */
  body: Buffer;
}

function channelOf(route: Route): Channel {
  if (route.channel) return route.channel;
  throw new UnavailableError('broker-not-ready', route.waiting);
}

function tooLarge(bodyBytes: number): RefusedError {
  return new RefusedError(
    'event-too-large',
    `the body is larger than the limit of ${bytesText(bodyBytes)}; send the data elsewhere and a link in the event`,
  );
}

function mayBeLong(request: IncomingMessage, limits: Limits): boolean {
  return 'transfer-encoding' in request.headers || Number(request.headers['content-length'] ?? 0) > limits.bodyBytes;
}

/** Answers a sender that asks whether it may send. [CloudEvents Web Hooks 4.2] */
function handshake(request: IncomingMessage, response: ServerResponse): void {
  const origin = request.headers['webhook-request-origin'];
  const asked = typeof origin === 'string' && origin !== '' ? origin : '*';
  response.writeHead(200, [
    ...ALLOW,
    'WebHook-Allowed-Origin',
    asked,
    'WebHook-Allowed-Rate',
    '*',
    'Content-Length',
    '0',
  ]);
  response.end();
}

function bug(error: unknown, log: Log): Refusal {
  log.error('ingress.failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  return { status: 500, code: 'internal', message: 'a bug in Weir; its log says more' };
}
