import { buffered } from '../events/json/base64.ts';
import { type Member, readMembers } from '../events/json/members.ts';
import { byteAt, skipSpace, valueEnd } from '../events/json/scan.ts';

/*
 * Cuts values out of a JSON text byte for byte, so that what is split into several events is not written anew: numbers keep their digits, members their order.
 */

/** The bytes of the value that `steps` lead to in a JSON text: names of members, positions in arrays. Undefined if there is none, or if what is read is not JSON. Of members that come twice the last counts. */
export function rawAt(json: Uint8Array, steps: readonly string[]): Uint8Array | undefined {
  const bytes = buffered(json);
  const start = skipSpace(bytes, 0);
  const [step, ...rest] = steps;
  if (step === undefined) {
    const end = valueEnd(bytes, start);
    return end < 0 ? undefined : bytes.subarray(start, end);
  }
  // What finds a part reads the whole, and cuts the part out as it is: neither is read once more to find its end.
  const inner = byteAt(bytes, start) === 0x5b ? rawElements(bytes)?.[position(step)] : rawMember(bytes, start, step);
  return inner && rest.length > 0 ? rawAt(inner, rest) : inner;
}

/** The bytes of each element of a JSON text that is an array; undefined if it is none. */
export function rawElements(json: Uint8Array): readonly Uint8Array[] | undefined {
  let at = skipSpace(json, 0);
  if (byteAt(json, at) !== 0x5b) return undefined;
  const elements: Uint8Array[] = [];
  at = skipSpace(json, at + 1);
  if (byteAt(json, at) === 0x5d) return elements;
  for (;;) {
    const end = valueEnd(json, at);
    if (end < 0) return undefined;
    elements.push(json.subarray(at, end));
    at = skipSpace(json, end);
    if (byteAt(json, at) === 0x5d) return elements;
    if (byteAt(json, at) !== 0x2c) return undefined;
    at = skipSpace(json, at + 1);
  }
}

function rawMember(bytes: Buffer, start: number, name: string): Uint8Array | undefined {
  const members: Member[] = [];
  if (byteAt(bytes, start) !== 0x7b || readMembers(bytes, start, members) < 0) return undefined;
  const found = members.findLast((member) => member.name === name);
  return found && bytes.subarray(found.start, found.end);
}

function position(step: string): number {
  return /^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : -1;
}
