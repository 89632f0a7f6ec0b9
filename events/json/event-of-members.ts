import { addAttribute, checkName, eventOf, invalidAttribute } from '../attributes.ts';
import { RefusedError, quoted } from '../errors.ts';
import type { AttributeValue, CloudEvent } from '../event.ts';
import { isJson } from '../media-type.ts';
import { decodeBase64 } from './base64.ts';
import { stringAt, type Member } from './members.ts';
import { isUtf8Text } from './text.ts';

const QUOTE = 0x22;
const NULL = 0x6e;
const BACKSLASH = 0x5c;
const INTEGER = /^-?(?:0|[1-9]\d{0,9})$/;

/** The event of an object's members; `bytes` are UTF-8 and the values valid JSON. Throws what `decodeJson` throws. [CloudEvents JSON format 2.2, 3.1.2] */
export function eventOfMembers(bytes: Buffer, members: readonly Member[]): CloudEvent {
  const attributes = new Map<string, AttributeValue>();
  let unset: Set<string> | undefined;
  let data: Member | undefined;
  let base64: Member | undefined;
  for (const member of members) {
    const { name } = member;
    if (name === 'data') {
      if (data) throw twice(name);
      data = member;
    } else if (name === 'data_base64') {
      if (base64) throw twice(name);
      base64 = member;
    } else {
      if (attributes.has(name) || unset?.has(name)) throw twice(name);
      if (bytes[member.start] === NULL) {
        // Null is as good as absent, but not as a second statement of the same. [JSON format 2.2]
        checkName(name);
        unset = (unset ?? new Set()).add(name);
      } else addAttribute(attributes, name, valueOf(bytes, member));
    }
  }
  if (base64 && bytes[base64.start] === NULL) base64 = undefined;
  if (data && base64) throw invalidData('data', 'comes together with data_base64; send one of them');
  if (data) return eventOf(attributes, dataOf(bytes, data, attributes));
  return eventOf(attributes, base64 && bytesOf(bytes, base64));
}

function valueOf(bytes: Buffer, { name, start, end }: Member): AttributeValue {
  switch (bytes[start]) {
    case QUOTE:
      return stringAt(bytes, start, end);
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x7b:
    case 0x5b:
      throw invalidAttribute(name, 'is an object or an array; send a string, an integer or a boolean');
    default: {
      const text = bytes.toString('latin1', start, end);
      if (INTEGER.test(text)) return Number(text);
      throw invalidAttribute(
        name,
        `is ${quoted(text)}; an integer has 32 bits, no fraction and no exponent (send other numbers as a string)`,
      );
    }
  }
}

/** What the `data` member stands for, by the media type; sets the one that it implies. [JSON format 3.1.2] */
function dataOf(bytes: Buffer, data: Member, attributes: Map<string, AttributeValue>): Uint8Array {
  const type = attributes.get('datacontenttype');
  if (typeof type !== 'string') {
    attributes.set('datacontenttype', 'application/json');
    return cut(bytes, data.start, data.end);
  }
  if (isJson(type)) return cut(bytes, data.start, data.end);
  if (bytes[data.start] !== QUOTE) {
    throw invalidData('data', `is no string, but datacontenttype is ${quoted(type)}; send text or data_base64`);
  }
  const text = stringAt(bytes, data.start, data.end);
  if (!text.isWellFormed())
    throw invalidData('data', 'has a lone surrogate, which no text has; correct it, or send data_base64');
  if (!isUtf8Text(type, text)) throw invalidData('data', `cannot be read as ${quoted(type)}; send data_base64`);
  const raw = bytes.subarray(data.start + 1, data.end - 1);
  return raw.includes(BACKSLASH) ? Buffer.from(text, 'utf8') : cut(bytes, data.start + 1, data.end - 1);
}

function bytesOf(bytes: Buffer, { start, end }: Member): Uint8Array {
  const decoded = bytes[start] === QUOTE ? decodeBase64(stringAt(bytes, start, end)) : undefined;
  if (decoded === undefined)
    throw invalidData('data_base64', 'is not base64; use the alphabet with + and /, with padding');
  return decoded;
}

/** A part of the body, copied if it is the smaller part: ten bytes of data must not keep a megabyte of batch. */
function cut(bytes: Buffer, start: number, end: number): Uint8Array {
  const part = bytes.subarray(start, end);
  return part.length * 2 >= bytes.length ? part : Buffer.from(part);
}

function twice(name: string): RefusedError {
  return new RefusedError('json-invalid', `${quoted(name)}: comes more than once; send it once`, { path: name });
}

function invalidData(path: string, what: string): RefusedError {
  return new RefusedError('data-invalid', `${path}: ${what}`, { path });
}
