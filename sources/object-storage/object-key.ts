// What no attribute may hold: it stays percent-encoded. [CloudEvents 1.0 "Type System"]
const UNSPEAKABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/**
 * The key of an object as people know it, from the form encoding of an S3 record: `+` is a space, then percent escapes are UTF-8 bytes (so `%2B` is a plus, `%2F` a slash). What cannot be such an encoding
 * (a space, a letter beyond ASCII, `%` without two digits, bytes that are no UTF-8) was never encoded, as some servers send it, and stays as it is. [AWS S3 "Event message structure"]
 */
export function decodedKey(key: string): string {
  if (!/^(?:[!-$&-~]|%[\dA-Fa-f]{2})*$/.test(key)) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** A key, or what holds one, as a `subject`: characters that no attribute may hold are percent-encoded. */
export function subjectOf(text: string): string {
  return text.toWellFormed().replaceAll(UNSPEAKABLE, encodeURIComponent);
}

/** A name as part of a `source`: percent-encoded where a URI needs it. */
export function sourcePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%3A', ':');
}
