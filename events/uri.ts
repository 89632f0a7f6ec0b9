import { isIPv6 } from 'node:net';

const PATH = 1;
const SCHEME = 2;
const HEX = 4;

// What each ASCII character may be part of: a path, query or fragment (pchar, `/`, `?`), a scheme, a percent-encoded byte. [RFC 3986 2, 3]
const CLASSES = new Uint8Array(128);
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?", PATH);
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.', SCHEME);
mark('0123456789ABCDEFabcdef', HEX);

// Each alternative begins with another character, so there is one way to read an authority.
const AUTHORITY =
  /^(?:(?:[\w\-.~!$&'()*+,;=:]|%[\dA-F]{2})*@)?(?:\[(?:([\dA-F:.]+)|V[\dA-F]+\.[\w\-.~!$&'()*+,;=:]+)\]|(?:[\w\-.~!$&'()*+,;=]|%[\dA-F]{2})*)(?::\d*)?$/i;

/** Whether `text` is a URI or a relative reference; also empty, which means "here". [RFC 3986 4.1] */
export function isUriReference(text: string): boolean {
  const scheme = schemeEnd(text);
  return scheme >= 0 && isRest(text, scheme, true);
}

/** Whether `text` is a URI with a scheme and without a fragment. [RFC 3986 4.3] */
export function isAbsoluteUri(text: string): boolean {
  const scheme = schemeEnd(text);
  return scheme > 0 && isRest(text, scheme, false);
}

/** Where what follows the scheme begins; 0 without one, -1 if there is a colon where only a scheme may have one. */
function schemeEnd(text: string): number {
  let valid = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return valid && at > 0 && isLetter(text.charCodeAt(0)) ? at + 1 : -1;
    if (code === 0x2f || code === 0x3f || code === 0x23) return 0;
    if (code > 127 || ((CLASSES[code] ?? 0) & SCHEME) === 0) valid = false;
  }
  return 0;
}

function isRest(text: string, from: number, fragment: boolean): boolean {
  let at = from;
  if (text.charCodeAt(at) === 0x2f && text.charCodeAt(at + 1) === 0x2f) {
    at = authorityEnd(text, at + 2);
    if (at < 0) return false;
  }
  let fragments = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return false;
    if (((CLASSES[code] ?? 0) & PATH) !== 0) continue;
    if (code === 0x23 && fragment && fragments === 0) fragments++;
    else if (code === 0x25 && isHex(text, at + 1) && isHex(text, at + 2)) at += 2;
    else return false;
  }
  return true;
}

/** Where the authority that begins at `from` ends, or -1 if it is none. */
function authorityEnd(text: string, from: number): number {
  let at = from;
  let isName = true;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2f || code === 0x3f || code === 0x23) break;
    // The characters of a scheme are all a name of a host needs, mostly.
    if (code > 127 || ((CLASSES[code] ?? 0) & SCHEME) === 0) isName = false;
  }
  if (isName) return at;
  const authority = AUTHORITY.exec(text.slice(from, at));
  return authority && (authority[1] === undefined || isIPv6(authority[1])) ? at : -1;
}

function isHex(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && ((CLASSES[code] ?? 0) & HEX) !== 0;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function mark(characters: string, bit: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    CLASSES[code] = (CLASSES[code] ?? 0) | bit;
  }
}
