/** The bytes of base64 with padding, or undefined if `text` is not exactly what encoding some bytes gives: no white space, no URL alphabet, no spare bits. [RFC 4648 4, 3.5] */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Base64 with padding. [RFC 4648 4] */
export function encodeBase64(bytes: Uint8Array): string {
  return buffered(bytes).toString('base64');
}

/** The same bytes, not copied, as the Buffer whose conversions are native. */
export function buffered(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
