/*
 * Reads JSON text where it lies, as bytes: nothing is decoded, nothing is built. Every function takes where to begin and returns where what it read ends or, if that is not JSON, the
 * complement (`~at`, negative) of where it stops being JSON. Whether bytes above 0x7F are UTF-8 is for the caller to check (`isUtf8`). [RFC 8259]
 *
 * Loops ask for the length before they read: one read past the end makes V8 compile all of them for that case, at twice the cost.
 */

const OBJECT = 0x7b;
const ARRAY = 0x5b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** The end of the white space that begins at `from`. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let at = from;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
    at++;
  }
  return at;
}

/** The end of the value that begins at `from`, however deep it is: the nesting is kept in a list, not on the stack. */
export function valueEnd(bytes: Uint8Array, from: number): number {
  // What is open around `open`; 0 = nothing.
  const nesting: number[] = [];
  let open = 0;
  let at = from;
  for (;;) {
    const first = byteAt(bytes, at);
    if (first === OBJECT || first === ARRAY) {
      at = skipSpace(bytes, at + 1);
      if (byteAt(bytes, at) !== closing(first)) {
        nesting.push(open);
        open = first;
        if (first === OBJECT) at = nameEnd(bytes, at);
        if (at < 0) return at;
        continue;
      }
      at++;
    } else {
      at = first === QUOTE ? stringEnd(bytes, at) : wordOrNumberEnd(bytes, at);
      if (at < 0) return at;
    }
    // A value is read: close what ends here, until there is another to read.
    while (open !== 0) {
      at = skipSpace(bytes, at);
      const next = byteAt(bytes, at);
      if (next === COMMA) break;
      if (next !== closing(open)) return ~at;
      open = nesting.pop() ?? 0;
      at++;
    }
    if (open === 0) return at;
    at = skipSpace(bytes, at + 1);
    if (open === OBJECT) at = nameEnd(bytes, at);
    if (at < 0) return at;
  }
}

/** `}` for `{`, `]` for `[`: two above it. */
function closing(open: number): number {
  return open + 2;
}

/** Of a member's name at `at`: where its value begins. */
function nameEnd(bytes: Uint8Array, at: number): number {
  if (byteAt(bytes, at) !== QUOTE) return ~at;
  const end = stringEnd(bytes, at);
  return end < 0 ? end : valueStart(bytes, end);
}

/** From the end of a member's name to where its value begins. */
export function valueStart(bytes: Uint8Array, nameEnd: number): number {
  const colon = skipSpace(bytes, nameEnd);
  return byteAt(bytes, colon) === COLON ? skipSpace(bytes, colon + 1) : ~colon;
}

/** The end of the string whose opening quote is at `from`. */
export function stringEnd(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let at = from + 1;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    // Control characters must be escaped.
    if (byte < 0x20) return ~at;
    if (byte !== BACKSLASH) at++;
    else {
      at = escapeEnd(bytes, at + 1);
      if (at < 0) return at;
    }
  }
  return ~length;
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  switch (byteAt(bytes, at)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 1;
    case 0x75:
      for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(byteAt(bytes, digit))) return ~digit;
      return at + 5;
    default:
      return ~at;
  }
}

function wordOrNumberEnd(bytes: Uint8Array, at: number): number {
  switch (byteAt(bytes, at)) {
    case 0x74:
      return wordEnd(bytes, at, 'true');
    case 0x66:
      return wordEnd(bytes, at, 'false');
    case 0x6e:
      return wordEnd(bytes, at, 'null');
    default:
      return numberEnd(bytes, at);
  }
}

function wordEnd(bytes: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (byteAt(bytes, at + i) !== word.charCodeAt(i)) return ~(at + i);
  return at + word.length;
}

function numberEnd(bytes: Uint8Array, from: number): number {
  let at = byteAt(bytes, from) === 0x2d ? from + 1 : from;
  at = byteAt(bytes, at) === 0x30 ? at + 1 : digitsEnd(bytes, at);
  if (at >= 0 && byteAt(bytes, at) === 0x2e) at = digitsEnd(bytes, at + 1);
  if (at >= 0 && (byteAt(bytes, at) | 0x20) === 0x65) {
    const sign = byteAt(bytes, at + 1);
    at = digitsEnd(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let at = from;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) break;
    at++;
  }
  return at === from ? ~at : at;
}

/** The byte at `at`; 0, which no JSON text has anywhere, past the end. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return at < bytes.length ? (bytes[at] ?? 0) : 0;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
