import type { Entry } from '../../events/entry.ts';

/** What an entry counts for in the limits: bytes of its data and of the names and values of its attributes. */
export function entryBytes(entry: Entry): number {
  let bytes = entry.event.data?.byteLength ?? 0;
  for (const [name, value] of entry.event.attributes) bytes += name.length + Buffer.byteLength(String(value));
  return bytes;
}
