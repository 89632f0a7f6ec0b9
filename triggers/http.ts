/** Where requests go: an absolute http or https URL, and the certificates (PEM) trusted there beside the system's. Userinfo becomes Basic authorization. */
export interface Address {
  readonly url: string;
  readonly caCerts?: string;
}

/**
 * One POST. `headers` are flat (name, value, ...), valid, and belong to the client from then on; it adds content-length, host and connection.
 * `timeoutMs`: from connecting to the last byte of the answer.
 */
export interface Message {
  readonly headers: string[];
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
}

/** What one POST came to. A final status that arrived with the whole answer is a `response`, whatever it is; redirects are not followed. */
export type Answer =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Flat, as they came (latin1); left out (empty) for a 2xx that announces no event. */
      readonly headers: readonly string[];
      /** A reply whole, up to 1 MiB; of an error the first KiB; of any other success nothing. */
      readonly body: Uint8Array;
      /** How many bytes of body came, kept or not. */
      readonly bodyBytes: number;
      /** A reply was larger than 1 MiB: `body` is not all of it. */
      readonly tooLarge: boolean;
      readonly tookMs: number;
    }
  /** `error`: `timeout`, `connect-timeout`, `closed`, `malformed-answer`, `headers-too-large`, or the system's code (`ECONNREFUSED`). */
  | { readonly kind: 'error'; readonly error: string; readonly tookMs: number }
  /** The client was disposed under it: nothing can be said of the request. */
  | { readonly kind: 'aborted' };

/** A way to one address. Disposing it takes back its connections from what the origin may open; what is in flight goes on. */
export interface Sender extends Disposable {
  /** Never rejects. Waits for a connection without limit, and that wait is no part of the timeout: a sender must not have more posts unsettled than connections. */
  post(message: Message): Promise<Answer>;
}

/** Sends what triggers send. Disposal answers what is in flight with `aborted`, closes every connection and is idempotent. */
export interface Http extends AsyncDisposable {
  /**
   * `connections`: how many posts this sender may have in flight; an origin opens as many as its senders add up to. Throws `RefusedError` for a URL
   * that is not http or https, and for certificates that cannot be read.
   */
  open(address: Address, connections: number): Sender;
  /** Connections that are open or being opened, for metrics. */
  readonly sockets: number;
}

/** What bounds the client; each has a default in the table of limits. */
export interface HttpLimits {
  readonly socketsMax: number;
  readonly idleMs: number;
  readonly replyBytesMax: number;
  readonly errorBytesMax: number;
}

/** The defaults of the table of limits. */
export const HTTP_LIMITS: HttpLimits = {
  socketsMax: 4096,
  idleMs: 60_000,
  replyBytesMax: 1_048_576,
  errorBytesMax: 1024,
};
