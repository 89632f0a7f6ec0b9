import { API_SERVER_TYPES, type ApiServerSourceSpec } from '../../crds/api-server-source.ts';
import { cloudEvent } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../dead-letter.ts';
import type { Change } from './kube-change.ts';
import { member } from '../member.ts';

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
