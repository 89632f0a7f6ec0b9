import type { WatchedKind } from '../../crds/api-server-source.ts';
import { quoted, RefusedError, UnavailableError } from '../../events/errors.ts';
import { type KubeApi, kubeError } from './kube-api.ts';
import { member, parsedJson } from '../member.ts';

/** A kind as the API serves it. */
export interface ServedKind extends WatchedKind {
  /** `pods`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Finds what the API calls the kinds of `spec.resources`. Rejects `source-unavailable` for one that it does not serve: it may come to be served. */
export async function servedKinds(
  api: KubeApi,
  kinds: readonly WatchedKind[],
  signal: AbortSignal,
): Promise<readonly ServedKind[]> {
  const served: ServedKind[] = [];
  for (const [i, one] of kinds.entries()) {
    const answer = await api.get(groupPath(one.apiVersion), signal);
    if (answer.status !== 200 && answer.status !== 404)
      throw kubeError(api.url, `asking for ${one.apiVersion}`, answer);
    const resources: unknown = member('resources')(parsedJson(new TextDecoder().decode(answer.body)));
    // `pods/status` has the kind of `pods`.
    const found: unknown = (Array.isArray(resources) ? resources : []).find(
      (resource: unknown) => member('kind')(resource) === one.kind && !String(nameOf(resource)).includes('/'),
    );
    const plural = nameOf(found);
    if (plural === undefined)
      throw new UnavailableError(
        'source-unavailable',
        `spec.resources[${i}]: ${api.url} does not serve ${quoted(`${one.apiVersion} ${one.kind}`)}; correct it, or install what defines it`,
      );
    served.push({ ...one, plural, namespaced: member('namespaced')(found) === true });
  }
  return served;
}

/** Where objects of a kind are: in a namespace, or in all (undefined). */
export function objectsPath({ apiVersion, plural, namespaced }: Omit<ServedKind, 'kind'>, namespace?: string): string {
  const within = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
  return `${groupPath(apiVersion)}${within}/${plural}`;
}

/** What must be allowed: to list and watch this. */
export interface Access {
  readonly apiVersion: string;
  readonly plural: string;
  /** Undefined: in all. */
  readonly namespace: string | undefined;
}

/** Asks the API whether the objects may be listed and watched. Rejects `forbidden` with all that is missing. [Kubernetes SelfSubjectAccessReview; Knative SufficientPermissions] */
export async function checkAccess(api: KubeApi, wanted: readonly Access[], signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const { apiVersion, plural, namespace } of wanted) {
    const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    for (const verb of ['list', 'watch']) {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: { verb, group, resource: plural, ...(namespace === undefined ? {} : { namespace }) },
        },
      };
      const answer = await api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, signal);
      if (answer.status !== 201) throw kubeError(api.url, 'asking for permissions', answer);
      const allowed = member('status.allowed')(parsedJson(new TextDecoder().decode(answer.body)));
      if (allowed !== true)
        missing.push(
          `${verb} ${plural} ${namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`}`,
        );
    }
  }
  if (missing.length > 0)
    throw new RefusedError(
      'forbidden',
      `${api.url}: not allowed to ${missing.join(', ')}; grant it with a Role or ClusterRole`,
    );
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function nameOf(resource: unknown): string | undefined {
  const name = member('name')(resource);
  return typeof name === 'string' ? name : undefined;
}
