import type { Entry } from '../../events/entry.ts';

/** What an entry counts for beside its data. */
const OVERHEAD_BYTES = 512;

/** The bytes an entry is charged with, in memory and as a dead letter. */
export function entryBytes(entry: Entry): number {
  return (entry.event.data?.byteLength ?? 0) + OVERHEAD_BYTES;
}
