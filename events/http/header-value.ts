import { isUtf8 } from 'node:buffer';
import { RefusedError, quoted } from '../errors.ts';

const ESCAPES: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

/** A string as a header carries it: space, `"`, `%` and everything outside U+0021-7E as upper-case percent-encoded UTF-8. [CloudEvents HTTP binding 3.1.3.2] */
export function encodeHeaderValue(text: string): string {
  const length = text.length;
  for (let at = 0; at < length; at++) {
    if (!isPlain(text.charCodeAt(at))) return encodeFrom(text, at);
  }
  return text;
}

function encodeFrom(text: string, from: number): string {
  let value = text.slice(0, from);
  for (const byte of Buffer.from(text.slice(from), 'utf8')) {
    value += isPlain(byte) ? String.fromCharCode(byte) : (ESCAPES[byte] ?? '');
  }
  return value;
}

function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== 0x22 && code !== 0x25;
}

/**
 * The string that a header carries, as node:http hands it over (a character per byte): a value in double quotes is unquoted, then one round of percent-decoding, and the bytes must be
 * UTF-8, or it is refused with `attribute-invalid`. `name` is the attribute's, for the error. [CloudEvents HTTP binding 3.1.3.2]
 *
 * Senders that do not encode are understood as far as that is not a guess: bytes above 0x7F are read as UTF-8; a value with a `%` that begins no triplet was not encoded, so all of it
 * stands as it is; quotes that do not enclose the whole value are part of it.
 */
export function decodeHeaderValue(name: string, value: string): string {
  const length = value.length;
  if (value.charCodeAt(0) === 0x22) return decodeBytes(name, unquote(value));
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x25 || code > 0x7e) return decodeBytes(name, value);
  }
  return value;
}

const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;

/** A quoted-string without its quotes and backslashes; what is none, as it is. [RFC 9110 5.6.4] */
export function unquote(value: string): string {
  return QUOTED.test(value) ? value.slice(1, -1).replace(/\\(.)/gs, '$1') : value;
}

// A `%` that begins no triplet.
const STRAY = /%(?![\dA-Fa-f]{2})/;
const WIDE = /[^\0-\xff]/;

function decodeBytes(name: string, value: string): string {
  // Characters above U+00FF come from a caller that has decoded the bytes already.
  const bytes = Buffer.from(value, WIDE.test(value) ? 'utf8' : 'latin1');
  const length = value.includes('%') && !STRAY.test(value) ? decodeTriplets(bytes) : bytes.length;
  const decoded = bytes.subarray(0, length);
  if (!isUtf8(decoded)) {
    throw new RefusedError(
      'attribute-invalid',
      `${name}: is ${quoted(value)}, which is not UTF-8; percent-encode its UTF-8 bytes`,
      { path: name },
    );
  }
  return decoded.toString('utf8');
}

/** Decodes in place and returns how many bytes are left. */
function decodeTriplets(bytes: Buffer): number {
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    bytes[to++] = byte === 0x25 ? hex(bytes[++at]) * 16 + hex(bytes[++at]) : byte;
  }
  return to;
}

function hex(digit = 0x30): number {
  return digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57;
}
