const KIB = 1024;
const MIB = 1024 * KIB;

/** Every limit of the embedded log, with its unit in its name; each can be set, the defaults are those of the limits table. */
export interface EmbeddedOptions {
  /** A segment is closed once it holds this much. */
  readonly segmentBytes: number;
  /** A group takes no further batch beyond this; one batch alone may be larger. */
  readonly groupBytes: number;
  /** Unacknowledged appends of one broker beyond this are refused with `overloaded`; also the largest single append. */
  readonly queueBytes: number;
  /** The largest event: data and attributes together. */
  readonly eventBytesMax: number;
  /** Bodies from this size on are written from where they are instead of being copied into the group. */
  readonly inPlaceBytes: number;
  /** The newest entries of one broker that stay in memory until they are read, at most; `tailsBytes` bounds all brokers together. */
  readonly tailBytes: number;
  readonly tailEntries: number;
  readonly tailsBytes: number;
  /** One read of a segment. */
  readonly readBytes: number;
  /** Appends are refused while less is free on the volume, so that settling and trimming always can write. */
  readonly reserveBytes: number;
  /** All brokers together may use this share of the volume, each an equal part. */
  readonly volumeShare: number;
  /** How long a measurement of free space, and of the bytes in the state file, is believed. */
  readonly roomCheckMs: number;
  /** Settled entries are kept this long, or while the segments hold no more than this, whichever ends first. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** What counts where nothing else is said. */
export const EMBEDDED_DEFAULTS: EmbeddedOptions = {
  segmentBytes: 64 * MIB,
  groupBytes: MIB,
  queueBytes: 32 * MIB,
  eventBytesMax: 16 * MIB,
  inPlaceBytes: 64 * KIB,
  tailBytes: MIB,
  tailEntries: 2048,
  tailsBytes: 64 * MIB,
  readBytes: 256 * KIB,
  reserveBytes: 64 * MIB,
  volumeShare: 0.8,
  roomCheckMs: 1000,
  retentionMs: 24 * 3_600_000,
  retentionBytes: 1024 * MIB,
};
