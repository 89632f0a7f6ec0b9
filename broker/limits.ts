/** Every limit of the process, in one place; docs/limits.md says what happens at each, and which test holds it. Bytes are bytes, times are ms. */
export interface Limits {
  /** Request line and headers of one request together; above it 431. */
  readonly headerBytes: number;
  /** Body of one request; above it 413. */
  readonly bodyBytes: number;
  /** Events of one batch; above it 413. */
  readonly batchEvents: number;
  /** Bodies that are being read or stored, over all requests; above it 503, and above half of it 429 to the senders of one broker among several. */
  readonly appendQueueBytes: number;
  /** How many more brokers an event may pass when it enters; an incoming value above it is lowered to it. */
  readonly hops: number;
  /** Deliveries one trigger may have unsettled, unless it says otherwise. */
  readonly inFlight: number;
  /** Requests to subscribers that are open at once, over all triggers. Once half are, each trigger has its equal share. */
  readonly sockets: number;
  /** A connection to a subscriber that has been idle for so long is closed. */
  readonly idleOriginMs: number;
  /** Event bodies in memory that wait for delivery; beyond it they are read again from the log. One trigger's queue holds at most an eighth. */
  readonly bodyMemoryBytes: number;
  /** Events and bytes of one trigger that wait in memory; beyond either it is behind, and reads them again from the log. */
  readonly triggerQueueEntries: number;
  readonly triggerQueueBytes: number;
  /** Events of one trigger that wait for their retry, or take long; beyond it the trigger looks at no further event until some are settled. */
  readonly triggerRows: number;
  /** How many of them are held in memory; the others are on disk alone until they are nearly due. */
  readonly triggerDueRows: number;
  /** Dead letters of one trigger; beyond either it is held. */
  readonly deadLetters: number;
  readonly deadLetterBytes: number;
  /** Settled events are kept this long, or while they are no more than this, whichever ends first. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** A file of the log is closed once it holds this much; the disk gets space back in such pieces. */
  readonly segmentBytes: number;
  /** While less is free on the volume, events are refused, so that settling can still be written. */
  readonly reserveBytes: number;
  /** All brokers together may use this share of the volume, each an equal part; beyond its part a broker refuses events. */
  readonly volumeShare: number;
  /** What a memory channel keeps; beyond it events are refused. */
  readonly memoryChannelBytes: number;
  /** Of it, the last events that are kept for triggers declared later. */
  readonly memoryChannelRetained: number;
  /** Dead letters of one trigger on a memory channel; beyond either it is held. */
  readonly memoryChannelDeadLetters: number;
  readonly memoryChannelDeadLetterBytes: number;
  /** What is read of a subscriber's answer if it is a reply; a larger one is a failed attempt. */
  readonly replyBytes: number;
  /** What is kept of a subscriber's answer that is an error. */
  readonly errorBytes: number;
  /** How long a removed trigger is kept on files, should it return. */
  readonly releasedMs: number;
  /** From the first signal until attempts still running are given up. */
  readonly drainMs: number;
  /** A reload waits for this much quiet. */
  readonly quietMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** What counts where nothing else is said. */
export const DEFAULT_LIMITS: Limits = {
  headerBytes: 128 * KIB,
  bodyBytes: MIB,
  batchEvents: 1000,
  appendQueueBytes: 32 * MIB,
  hops: 32,
  inFlight: 64,
  sockets: 4096,
  idleOriginMs: 60_000,
  bodyMemoryBytes: 64 * MIB,
  triggerQueueEntries: 256,
  triggerQueueBytes: 8 * MIB,
  triggerRows: 100_000,
  triggerDueRows: 1000,
  deadLetters: 1_000_000,
  deadLetterBytes: GIB,
  retentionMs: 24 * 60 * 60 * 1000,
  retentionBytes: GIB,
  segmentBytes: 64 * MIB,
  reserveBytes: 64 * MIB,
  volumeShare: 0.8,
  memoryChannelBytes: 256 * MIB,
  memoryChannelRetained: 1000,
  memoryChannelDeadLetters: 10_000,
  memoryChannelDeadLetterBytes: 32 * MIB,
  replyBytes: MIB,
  errorBytes: KIB,
  releasedMs: 24 * 60 * 60 * 1000,
  drainMs: 25_000,
  quietMs: 200,
};

/** Bytes as a person says them in a message: `1 GiB`, `1 MiB`, `128 KiB`, `1500 bytes`. */
export function bytesText(bytes: number): string {
  if (bytes >= GIB && bytes % GIB === 0) return `${bytes / GIB} GiB`;
  if (bytes >= MIB && bytes % MIB === 0) return `${bytes / MIB} MiB`;
  if (bytes >= KIB && bytes % KIB === 0) return `${bytes / KIB} KiB`;
  return `${bytes} bytes`;
}
