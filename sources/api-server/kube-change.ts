import { isObject, member, parsedJson } from '../member.ts';
import { rawAt } from '../raw-json.ts';

/** What happened to an object. */
export type Verb = 'add' | 'update' | 'delete';

/** One change, with the object as it is then; of a deleted one as it was last. */
export interface Change {
  readonly verb: Verb;
  /** The object's bytes, as the API wrote them. */
  readonly raw: Uint8Array;
  readonly object: object;
}

/** What a line of a watch says: a change, how far the watch is, or that it cannot go on. Undefined: nothing that is known. */
export type Told =
  | { readonly kind: 'change'; readonly change: Change; readonly version: string }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'error'; readonly gone: boolean; readonly message: string };

const VERBS: ReadonlyMap<unknown, Verb> = new Map<unknown, Verb>([
  ['ADDED', 'add'],
  ['MODIFIED', 'update'],
  ['DELETED', 'delete'],
]);

/** Reads one line of a watch. Pure. [Kubernetes API concepts "Efficient detection of changes"] */
export function readWatchLine(line: Uint8Array): Told | undefined {
  const json = parsedJson(new TextDecoder().decode(line));
  const [type, object] = [member('type')(json), member('object')(json)];
  if (type === 'ERROR') {
    const said = member('message')(object);
    const message = typeof said === 'string' ? said : 'no reason is given';
    return { kind: 'error', gone: isGone(member('code')(object), message), message };
  }
  const version = versionOf(object);
  if (version === undefined || !isObject(object)) return undefined;
  if (type === 'BOOKMARK') return { kind: 'version', version };
  const verb = VERBS.get(type);
  const raw = rawAt(line, ['object']);
  // The line lies in a buffer with others: what is kept of it must not keep them.
  return verb && raw ? { kind: 'change', change: { verb, raw: Uint8Array.from(raw), object }, version } : undefined;
}

/** Whether an answer or error means that the version asked for is no more (compacted), or not there yet (a cluster that was restored). */
export function isGone(code: unknown, message: string): boolean {
  return code === 410 || /too large resource version/i.test(message);
}

/** The version of an object or a list. */
export function versionOf(object: unknown): string | undefined {
  const version = member('metadata.resourceVersion')(object);
  return typeof version === 'string' && version !== '' ? version : undefined;
}

/** A version of the cluster, and when it was known to be the last. */
export interface KnownVersion {
  readonly version: string;
  readonly atMs: number;
}

/**
 * What an object of a list is to who knows all up to a version: a change if it is newer, added if it was created since then. Creation is known to the second, so of what happened in the very second of that version
 * an update may pass for an addition. Versions are numbers that grow, in every cluster there is; one that is none is taken as newer. [KEP-5504]
 */
export function changeSince(one: Change, since: KnownVersion): Change | undefined {
  const version = versionOf(one.object) ?? '';
  if (DIGITS.test(version) && DIGITS.test(since.version) && BigInt(version) <= BigInt(since.version)) return undefined;
  const created = member('metadata.creationTimestamp')(one.object);
  const isAdded = typeof created === 'string' && Date.parse(created) + SECOND_MS > since.atMs;
  return { ...one, verb: isAdded ? 'add' : 'update' };
}

const DIGITS = /^\d{1,30}$/;
const SECOND_MS = 1000;
