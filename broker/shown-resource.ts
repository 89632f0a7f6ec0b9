import { kindOf } from '../crds/kinds.ts';
import type { Declared } from '../resources/store.ts';

/** A resource as the admin API shows it: of a kind whose values are secret only their keys and sizes. */
export function shownResource(resource: Declared): Readonly<Record<string, unknown>> {
  if (kindOf(resource)?.confidential !== true) return { ...resource };
  const { apiVersion, kind, metadata, ...rest } = resource;
  return {
    apiVersion,
    kind,
    metadata,
    ...Object.fromEntries(Object.entries(rest).map(([field, value]) => [field, hidden(value)])),
  };
}

function hidden(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return `(${Buffer.byteLength(String(value))} bytes)`;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(inner)]));
}
