import type { Entry } from '../../events/entry.ts';

// An estimate of what is stored and held beside the event itself.
const PER_ENTRY_BYTES = 64;
const PER_ATTRIBUTE_BYTES = 6;

/** What an entry takes: `event` are its data with the names and values of its attributes, `all` is nearly what it takes on disk. Cheaper than encoding it. */
export function entrySize({ event, trace }: Entry): { readonly event: number; readonly all: number } {
  let bytes = event.data?.byteLength ?? 0;
  for (const [name, value] of event.attributes) bytes += name.length + (typeof value === 'string' ? value.length : 8);
  return {
    event: bytes,
    all: bytes + PER_ENTRY_BYTES + event.attributes.size * PER_ATTRIBUTE_BYTES + (trace?.length ?? 0),
  };
}
