import { isDeepStrictEqual } from 'node:util';
import { resolve } from 'node:path';
import { field } from '../../crds/foreign.ts';
import { identityKey, identityOf } from '../../crds/identity.ts';
import { kindOf, type Resource } from '../../crds/kinds.ts';
import { pathText } from '../../crds/refusal.ts';
import type { Refused } from '../store.ts';
import type { Found } from './paths.ts';
import { refusedAt, whole, type Placed, type Reading } from './read.ts';
import type { Known, Records } from './records.ts';

/** How long a removed resource is remembered, ms. */
export const REMEMBERED_MS = 86_400_000;

/** What was read, and what was known before. */
export interface Offer {
  readonly readings: readonly Reading[];
  readonly unreadable: Found['unreadable'];
  readonly known: Records;
  readonly nowMs: number;
  readonly newUid: () => string;
}

/** What counts from now on. */
export interface Accepted {
  readonly known: Records;
  readonly refused: readonly Refused[];
  /** By `identityKey`, why one is held. */
  readonly held: ReadonlyMap<string, string>;
}

/**
 * Decides what counts. A resource is accepted if it stands once and changes nothing immutable; otherwise its last good version stays: running if this process accepted it, held if
 * only an earlier one did. One that is read nowhere is removed, unless it may stand in what cannot be read or understood. Pure but for `newUid`.
 */
export function accept(offer: Offer): Accepted {
  const placed = byKey(offer.readings.flatMap((reading) => reading.placed));
  const wrong = offer.readings.flatMap((reading) => reading.refused);
  const unreadable = offer.unreadable.map(({ path, why }) => whole(path, 'folder-unreadable', why));
  const refused = [...unreadable, ...wrong].map((one) => sayingWhatStays(one, offer));
  const why = new Map(
    wrong.flatMap((one) => (one.identity ? [[identityKey(one.identity), one.message] as const] : [])),
  );
  const known = new Map<string, Known>();
  for (const [key, candidates] of placed) {
    const verdict = judge(candidates, offer, why.get(key));
    if ('accepted' in verdict) known.set(key, verdict.accepted);
    else {
      refused.push(...verdict.refused);
      why.set(key, why.get(key) ?? verdict.refused[0]?.message ?? 'it is refused');
    }
  }
  const held = new Map<string, string>();
  for (const [key, before] of offer.known) {
    if (known.has(key)) continue;
    const reason = why.get(key) ?? unclear(before, offer);
    const after = reason === undefined ? removed(before, offer.nowMs) : before;
    if (after) known.set(key, after);
    if (reason !== undefined && !before.fresh && before.removedAtMs === undefined) held.set(key, reason);
  }
  return { known, refused, held };
}

type Judged = { readonly accepted: Known } | { readonly refused: readonly Refused[] };

function judge(candidates: readonly Placed[], offer: Offer, why: string | undefined): Judged {
  const [first, ...others] = candidates;
  if (!first) return { refused: [] };
  if (others.length > 0 || why !== undefined) return { refused: duplicates(candidates) };
  const before = offer.known.get(identityKey(identityOf(first.resource)));
  const changed = before?.resource && changedImmutably(before.resource, first.resource);
  if (!before || forgotten(before, offer.nowMs) || (changed && before.removedAtMs !== undefined))
    return { accepted: fresh(first, offer.newUid()) };
  if (changed) return { refused: [immutable(first, changed)] };
  return { accepted: updated(before, first) };
}

function fresh({ resource, place }: Placed, uid: string): Known {
  return { identity: identityOf(resource), uid, generation: 1, resource, file: resolve(place.file), fresh: true };
}

function updated(before: Known, { resource, place }: Placed): Known {
  const { removedAtMs: _, ...rest } = before;
  const same = before.resource === undefined || isDeepStrictEqual(bodyOf(before.resource), bodyOf(resource));
  const generation = before.generation + (same ? 0 : 1);
  return { ...rest, generation, resource, file: resolve(place.file), fresh: true };
}

// What a generation counts the changes of: all but the metadata.
function bodyOf(resource: Resource): unknown {
  const { metadata: _, ...body } = resource;
  return body;
}

function removed(before: Known, nowMs: number): Known | undefined {
  const removedAtMs = before.removedAtMs ?? nowMs;
  const hasStatus = kindOf(before.identity)?.conditions !== undefined;
  const after = { ...before, removedAtMs };
  return hasStatus && !forgotten(after, nowMs) ? after : undefined;
}

// Whoever removed a file that was named meant to remove what it declared.
function sayingWhatStays(one: Refused, { known }: Offer): Refused {
  const path = one.file;
  if (one.code !== 'folder-unreadable' || path === undefined) return one;
  const declared = [...known.values()].some(
    ({ file, removedAtMs }) => file !== undefined && removedAtMs === undefined && liesIn(file, path),
  );
  if (!declared) return one;
  const stays = 'what was declared there stays in force until it can be read; empty it to remove that';
  return { ...one, message: `${one.message}; ${stays}` };
}

function liesIn(file: string, path: string): boolean {
  return file === resolve(path) || file.startsWith(`${resolve(path)}/`);
}

function forgotten({ removedAtMs }: Known, nowMs: number): boolean {
  return removedAtMs !== undefined && nowMs - removedAtMs >= REMEMBERED_MS;
}

// Why a resource that was not read may still be declared: in something that cannot be read or understood.
function unclear({ file, removedAtMs }: Known, { readings, unreadable }: Offer): string | undefined {
  if (file === undefined || removedAtMs !== undefined) return undefined;
  const reading = readings.find((one) => one.unclear && resolve(one.file) === file);
  if (reading) return reading.refused.find(({ identity }) => identity === undefined)?.message;
  const around = unreadable.find(({ path }) => liesIn(file, path));
  return around && `${around.path}: ${around.why}`;
}

function changedImmutably(before: Resource, after: Resource): readonly string[] | undefined {
  const at = (resource: Resource, steps: readonly string[]): unknown => steps.reduce<unknown>(field, resource);
  return kindOf(after)?.immutable.find((steps) => !isDeepStrictEqual(at(before, steps), at(after, steps)));
}

function immutable({ resource, place }: Placed, steps: readonly string[]): Refused {
  const path = pathText(steps);
  const text = `${path}: may not change; undo the change, or remove the ${resource.kind}, wait until that is noticed, and declare it again`;
  return refusedAt({ code: 'resource-immutable', identity: identityOf(resource), at: place, path, text });
}

function duplicates(candidates: readonly Placed[]): readonly Refused[] {
  return candidates.map(({ resource, place }) => {
    const other = candidates.find((one) => one.place !== place)?.place;
    const where = other ? `${other.file}:${other.line}` : 'another place, where it is refused for something else';
    const text = `is declared again at ${where}; keep one of them`;
    return refusedAt({ code: 'resource-duplicate', identity: identityOf(resource), at: place, path: '', text });
  });
}

function byKey(all: readonly Placed[]): ReadonlyMap<string, readonly Placed[]> {
  const map = new Map<string, Placed[]>();
  for (const one of all) {
    const key = identityKey(identityOf(one.resource));
    const there = map.get(key);
    if (there) there.push(one);
    else map.set(key, [one]);
  }
  return map;
}
