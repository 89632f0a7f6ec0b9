import { API_SERVER_TYPES, type ApiServerSourceSpec } from '../crds/api-server-source.ts';
import { cloudEvent } from '../events/attributes.ts';
import { RefusedError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { deadLetter } from './dead-letter.ts';
import { isObject, member, parsedJson } from './member.ts';
import { rawAt } from './raw-json.ts';

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

/** Whose event it is, and what the API calls the kind of the object. */
export interface Watched {
  readonly namespace: string;
  readonly name: string;
  readonly spec: ApiServerSourceSpec;
  /** Where the API is. */
  readonly url: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/**
 * The event of a change, as Knative's adapter makes it but for the id, which is `<uid>/<resourceVersion>/<verb>`: the same change has the same in every process. A dead letter of what has no uid or version. Undefined: the
 * object has another owner than is wanted. Pure. [Knative ApiServerSource adapter]
 */
export function changeEvent(change: Change, watched: Watched, nowMs: number): CloudEvent | undefined {
  const { verb, object } = change;
  const { spec, url, apiVersion, kind, plural } = watched;
  if (spec.owner && !isControlledBy(object, spec.owner)) return undefined;
  const text = (names: string): string => {
    const value = member(names)(object);
    return typeof value === 'string' ? value : '';
  };
  const [name, namespace] = [text('metadata.name'), text('metadata.namespace')];
  const id = `${text('metadata.uid')}/${text('metadata.resourceVersion')}/${verb}`;
  try {
    const attributes = {
      specversion: '1.0',
      id,
      source: url,
      type: `${API_SERVER_TYPES[spec.mode]}.${verb}`,
      subject: `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`,
      time: new Date(nowMs).toISOString(),
      datacontenttype: 'application/json',
      apiversion: apiVersion,
      kind,
      name,
      ...(namespace === '' ? {} : { namespace }),
    };
    return cloudEvent(attributes, dataOf(change, watched, { name, namespace }));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const letter = { id, reason: error.message, data: change.raw, contentType: 'application/json', subject: plural };
    return deadLetter(letter, { ...watched, kind: 'ApiServerSource' });
  }
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

function dataOf({ raw, object }: Change, { spec, apiVersion, kind }: Watched, { name, namespace }: Named): Uint8Array {
  if (spec.mode === 'Reference') {
    const reference = { kind, ...(namespace === '' ? {} : { namespace }), name, apiVersion };
    return new TextEncoder().encode(JSON.stringify(reference));
  }
  // The items of a list do not say what they are.
  if (member('kind')(object) !== undefined) return raw;
  const begin = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)}`;
  const rest = Buffer.from(raw.subarray(1));
  return Uint8Array.from(Buffer.concat([Buffer.from(Object.keys(object).length === 0 ? begin : `${begin},`), rest]));
}

/** [Knative ApiServerSource "owner": the controller among the owners] */
function isControlledBy(object: object, { apiVersion, kind }: NonNullable<ApiServerSourceSpec['owner']>): boolean {
  const owners: unknown = member('metadata.ownerReferences')(object);
  const controller: unknown = Array.isArray(owners)
    ? owners.find((owner: unknown) => member('controller')(owner) === true)
    : undefined;
  return member('apiVersion')(controller) === apiVersion && member('kind')(controller) === kind;
}
