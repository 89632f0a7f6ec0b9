import { isUtf8 } from 'node:buffer';
import type { KafkaHeader } from './record.ts';

/** The values of a header, one or several. */
export function headerValues(header: KafkaHeader): readonly (Uint8Array | string | null | undefined)[] {
  return isList(header) ? header : [header];
}

function isList(header: KafkaHeader): header is readonly (Uint8Array | string | null | undefined)[] {
  return Array.isArray(header);
}

/** Bytes as text; undefined if they are not UTF-8. */
export function utf8Text(value: Uint8Array | string): string | undefined {
  if (typeof value === 'string') return value;
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  // The replacement character comes from bytes that are no UTF-8, or it was sent.
  return text.includes('\uFFFD') && !isUtf8(value) ? undefined : text;
}

/** `content-type`, in any case. */
export function isContentType(name: string): boolean {
  return name === 'content-type' || (name.length === 12 && name.toLowerCase() === 'content-type');
}
