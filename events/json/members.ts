import { byteAt, skipSpace, stringEnd, valueEnd, valueStart } from './scan.ts';

/** One member of an object: its name, and where its value lies. */
export interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the members of the object at `from` (its `{`) into `members`, in order, twice if they come twice; values are checked, not decoded. The bytes are UTF-8. Returns where the object
 * ends, or `~at` where it stops being JSON.
 */
export function readMembers(bytes: Buffer, from: number, members: Member[]): number {
  let at = skipSpace(bytes, from + 1);
  if (byteAt(bytes, at) === 0x7d) return at + 1;
  for (;;) {
    if (byteAt(bytes, at) !== 0x22) return ~at;
    const nameEnd = stringEnd(bytes, at);
    if (nameEnd < 0) return nameEnd;
    const start = valueStart(bytes, nameEnd);
    if (start < 0) return start;
    const end = valueEnd(bytes, start);
    if (end < 0) return end;
    members.push({ name: stringAt(bytes, at, nameEnd), start, end });
    at = skipSpace(bytes, end);
    if (byteAt(bytes, at) === 0x7d) return at + 1;
    if (byteAt(bytes, at) !== 0x2c) return ~at;
    at = skipSpace(bytes, at + 1);
  }
}

/** The text of the string from its opening quote at `start` to `end`, behind its closing one. */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  const text: unknown = JSON.parse(`"${raw}"`);
  return String(text);
}
