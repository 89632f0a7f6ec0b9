const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * Reads JSON text where it lies, as bytes: nothing is decoded, nothing is built. Every function takes where to begin and returns where what it read ends, or, if that is not JSON, the
 * complement (`~at`, negative) of where it stops being JSON. Whether bytes above 0x7F are UTF-8 is for the caller to check (`isUtf8`). [RFC 8259]
 */

/** The end of the white space that begins at `at`. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let end = at;
  for (;;) {
    const byte = bytes[end];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return end;
    end++;
  }
}

/** The end of the value that begins at `at`, however deep it is: the nesting is kept in a list, not on the stack. */
export function valueEnd(bytes: Uint8Array, from: number): number {
  const nesting: number[] = [];
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      at = skipSpace(bytes, at + 1);
      // `}` and `]` are two above what opens them.
      if (bytes[at] === byte + 2) at++;
      else {
        nesting.push(byte);
        if (byte === OPEN_OBJECT) at = nameEnd(bytes, at);
        if (at < 0) return at;
        continue;
      }
    } else {
      at = scalarEnd(bytes, at);
      if (at < 0) return at;
    }
    at = closed(bytes, at, nesting);
    if (at < 0 || nesting.length === 0) return at;
  }
}

/** After a value: closes what ends here, until there is another value to read or nothing is open. */
function closed(bytes: Uint8Array, from: number, nesting: number[]): number {
  let at = from;
  for (;;) {
    const open = nesting.at(-1);
    if (open === undefined) return at;
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    if (byte === COMMA) {
      at = skipSpace(bytes, at + 1);
      return open === OPEN_OBJECT ? nameEnd(bytes, at) : at;
    }
    if (byte !== (open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) return ~at;
    nesting.pop();
    at++;
  }
}

/** Of a member's name at `at`: where its value begins. */
function nameEnd(bytes: Uint8Array, at: number): number {
  const end = bytes[at] === QUOTE ? stringEnd(bytes, at) : ~at;
  return end < 0 ? end : valueStart(bytes, end);
}

/** From the end of a member's name to where its value begins. */
export function valueStart(bytes: Uint8Array, nameEnd: number): number {
  const colon = skipSpace(bytes, nameEnd);
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : ~colon;
}

function scalarEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return stringEnd(bytes, at);
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

/** The end of the string whose opening quote is at `at`. */
export function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    // Control characters must be escaped; past the end there is no byte at all.
    if (byte === undefined || byte < 0x20) return ~at;
    if (byte !== BACKSLASH) at++;
    else {
      at = escapeEnd(bytes, at + 1);
      if (at < 0) return at;
    }
  }
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
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
      for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(bytes[digit])) return ~digit;
      return at + 5;
    default:
      return ~at;
  }
}

function numberEnd(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  at = bytes[at] === 0x30 ? at + 1 : digitsEnd(bytes, at);
  if (at >= 0 && bytes[at] === 0x2e) at = digitsEnd(bytes, at + 1);
  if (at >= 0 && ((bytes[at] ?? 0) | 0x20) === 0x65) {
    const sign = bytes[at + 1];
    at = digitsEnd(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at === from ? ~at : at;
}

function wordEnd(bytes: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return ~(at + i);
  return at + word.length;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
