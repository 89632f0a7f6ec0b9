import type { Dispatcher } from 'undici';
import type { Answer, HttpLimits, Message } from '../http.ts';
import type { Timed } from './deadlines.ts';
import { failureName, statusBehind } from './failure.ts';

// What is left of a body nobody needs is read to its end up to here, so that the connection can be used again; a longer one costs the connection.
const DRAINED_BYTES_MAX = 65_536;
const NOTHING = new Uint8Array(0);
const NO_HEADERS: readonly string[] = [];

/** How an exchange ended; `reusable`: the connection has nothing left of it. */
export interface ExchangeEnd {
  readonly reusable: boolean;
  readonly nowMs: number;
}

/** Who is told, once, that an exchange is over. */
export interface ExchangeOwner {
  ended(end: ExchangeEnd): void;
}

/** One request and its answer on one connection: undici's handler. Settles exactly once; what undici says afterwards is ignored. */
export class Exchange implements Dispatcher.DispatchHandler, Timed {
  readonly message: Message;
  readonly timeoutMs: number;
  deadlineMs = 0;
  readonly #limits: HttpLimits;
  readonly #resolve: (answer: Answer) => void;
  readonly #now: () => number;
  #owner: ExchangeOwner | undefined;
  #settled = false;
  #startedMs = 0;
  #status = 0;
  #headers: readonly string[] = NO_HEADERS;
  #kept: Uint8Array = NOTHING;
  #chunks: Uint8Array[] | undefined;
  #bytes = 0;
  #reply = false;

  constructor(
    message: Message,
    limits: HttpLimits,
    ends: { readonly now: () => number; readonly resolve: (answer: Answer) => void },
  ) {
    this.message = message;
    this.timeoutMs = message.timeoutMs;
    this.#limits = limits;
    this.#now = ends.now;
    this.#resolve = ends.resolve;
  }

  /** From now on it is in flight, and its owner hears of its end. */
  begin(owner: ExchangeOwner, nowMs: number): void {
    this.#owner = owner;
    this.#startedMs = nowMs;
  }

  expire(): void {
    this.#fail('timeout');
  }

  /** Ends it without an answer, begun or not. */
  abort(): void {
    this.#settle({ kind: 'aborted' }, { reusable: false, nowMs: this.#now() });
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    // Interim answers (102, 103) precede the final one.
    if (status < 200) return;
    this.#status = status;
    const success = status < 300;
    const event = success && announcesEvent(headers);
    this.#reply = event && status !== 202;
    if (event || !success) this.#headers = flat(controller.rawHeaders);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += chunk.byteLength;
    if (this.#reply) {
      if (this.#bytes > this.#limits.replyBytesMax) return this.#respond(true, false);
      (this.#chunks ??= []).push(chunk);
    } else {
      const room = this.#limits.errorBytesMax - before;
      // A copy: the chunk is a piece of a read of up to 64 KiB, which it would pin.
      if (this.#status >= 300 && room > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, room)]);
      if (this.#bytes > DRAINED_BYTES_MAX) this.#respond(false, false);
    }
  }

  onResponseEnd(): void {
    this.#respond(false, true);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const status = statusBehind(error);
    if (status === undefined) return this.#fail(failureName(error));
    this.#status = status;
    this.#respond(false, false);
  }

  #respond(tooLarge: boolean, reusable: boolean): void {
    const body = this.#chunks && !tooLarge ? Buffer.concat(this.#chunks) : this.#kept;
    const [status, headers, bodyBytes] = [this.#status, this.#headers, this.#bytes];
    const nowMs = this.#now();
    const tookMs = this.#tookMs(nowMs);
    this.#settle({ kind: 'response', status, headers, body, bodyBytes, tooLarge, tookMs }, { reusable, nowMs });
  }

  #fail(error: string): void {
    const nowMs = this.#now();
    this.#settle({ kind: 'error', error, tookMs: this.#tookMs(nowMs) }, { reusable: false, nowMs });
  }

  #settle(answer: Answer, end: ExchangeEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner?.ended(end);
    this.#resolve(answer);
  }

  #tookMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#startedMs);
  }
}

/** Whether headers say that an event comes: the decoder decides, this only saves reading bodies nobody needs. */
function announcesEvent(headers: Record<string, unknown>): boolean {
  for (const name in headers) if (name.startsWith('ce-')) return true;
  const type = headers['content-type'];
  return typeof type === 'string' && type.slice(0, 23).toLowerCase() === 'application/cloudevents';
}

function flat(raw: unknown): readonly string[] {
  if (!Array.isArray(raw)) return NO_HEADERS;
  return raw.map((part: unknown) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}
