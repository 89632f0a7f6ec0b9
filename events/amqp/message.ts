/** A message as an AMQP client reads or writes it: what of its properties events are about. */
export interface AmqpMessage {
  readonly contentType?: string;
  readonly messageId?: string;
  /** Seconds since the epoch, as AMQP 0-9-1 has it. */
  readonly timestamp?: number;
  /** Values as a client hands them over: strings, booleans, numbers, bytes, `{'!': 'timestamp', value: seconds}`, tables, lists, null. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

const SECONDS_MAX = 1e11;

/** The instant of an AMQP timestamp in RFC 3339; undefined if it is none. Numbers beyond the year 5138 are the milliseconds that many clients write by mistake. */
export function timestampText(seconds: number): string | undefined {
  const date = new Date(Math.abs(seconds) > SECONDS_MAX ? seconds : seconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return undefined;
  return date.toISOString().replace('.000Z', 'Z');
}
