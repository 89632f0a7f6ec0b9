import { identityKey } from '../../crds/identity.ts';
import type { Declared, Refused, Removed, Snapshot } from '../store.ts';
import { foreignIn } from './gather.ts';
import type { Reading } from './read.ts';
import type { Known, Records } from './records.ts';

/** What the store answers of what it knows. Pure. */
export function snapshotOf(
  known: Records,
  refused: readonly Refused[],
  rest: { readonly held: ReadonlyMap<string, string>; readonly readings: readonly Reading[] },
): Snapshot {
  const all = [...known.values()];
  const resources = all.flatMap((one) => declared(one) ?? []);
  const there = new Set(
    resources.map(({ apiVersion, kind, metadata }) => identityKey({ apiVersion, kind, ...metadata })),
  );
  return {
    resources,
    held: new Map([...rest.held].filter(([key]) => there.has(key))),
    foreign: foreignIn(rest.readings),
    removed: all.flatMap((one) => removed(one) ?? []),
    refused,
    ignored: rest.readings.filter(({ ignored }) => ignored).map(({ file }) => file),
  };
}

/** A resource as the store answers it; undefined if it is not declared, or unknown since a restart. */
export function declared({ resource, removedAtMs, uid, generation, status }: Known): Declared | undefined {
  if (!resource || removedAtMs !== undefined) return undefined;
  const metadata = { ...resource.metadata, uid, generation };
  return { ...resource, metadata, ...(status ? { status } : {}) };
}

function removed({ resource, removedAtMs, uid }: Known): Removed | undefined {
  return resource && removedAtMs !== undefined ? { resource, uid, removedAtMs } : undefined;
}
