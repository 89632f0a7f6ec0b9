/** A header's value: bytes, text that stands for its UTF-8, none, or several where the name comes more than once. */
export type KafkaHeader = Uint8Array | string | null | undefined | readonly (Uint8Array | string | null | undefined)[];

/** A record of a topic. `null` and undefined are Kafka's null: no key, no value (which is a tombstone where a topic is compacted). */
export interface KafkaRecord {
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: Readonly<Record<string, KafkaHeader>>;
}

/** A record where it lies in its topic. */
export interface PlacedRecord extends KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
  /** Ms since the epoch, decimal; below 0: it has none. */
  readonly timestamp: string;
}
