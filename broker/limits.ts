/** Every limit of the process, in one place. Bytes are bytes, times are ms; each has a test. */
export interface Limits {
  /** Request line and headers of one request together; above it 431. */
  readonly headerBytes: number;
  /** Body of one request; above it 413. */
  readonly bodyBytes: number;
  /** Events of one batch; above it 413. */
  readonly batchEvents: number;
  /** Bodies that are being read or stored, over all requests; above it 503. */
  readonly appendQueueBytes: number;
  /** How many more brokers an event may pass when it enters; an incoming value above it is lowered to it. */
  readonly hops: number;
  /** Deliveries one trigger may have unsettled, unless it says otherwise. */
  readonly inFlight: number;
  /** Requests to subscribers that are open at once, over all triggers. Once half are, each trigger has its equal share. */
  readonly sockets: number;
  /** A connection to a subscriber that has been idle for so long is closed. */
  readonly idleOriginMs: number;
  /** Event bodies in memory that wait for delivery; beyond it they are read again from the log. One trigger holds at most an eighth. */
  readonly bodyMemoryBytes: number;
  /** What is read of a subscriber's answer if it is a reply. */
  readonly replyBytes: number;
  /** How long a removed trigger is kept on files, should it return. */
  readonly releasedMs: number;
  /** From the first signal until attempts still running are given up. */
  readonly drainMs: number;
  /** A reload waits for this much quiet. */
  readonly quietMs: number;
}

/** What counts where nothing else is said. */
export const DEFAULT_LIMITS: Limits = {
  headerBytes: 128 * 1024,
  bodyBytes: 1024 * 1024,
  batchEvents: 1000,
  appendQueueBytes: 32 * 1024 * 1024,
  hops: 32,
  inFlight: 64,
  sockets: 4096,
  idleOriginMs: 60_000,
  bodyMemoryBytes: 64 * 1024 * 1024,
  replyBytes: 1024 * 1024,
  releasedMs: 24 * 60 * 60 * 1000,
  drainMs: 25_000,
  quietMs: 200,
};

/** Bytes as a person says them in a message: `1 MiB`, `128 KiB`, `1500 bytes`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1024 * 1024 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)} MiB`;
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  return `${bytes} bytes`;
}
