import { labelSelectorText } from '../../crds/label-selector.ts';
import { RefusedError } from '../../events/errors.ts';
import { type Access, checkAccess, type ServedKind, servedKinds } from './access.ts';
import { watchNamespaces } from './namespaces.ts';
import { type ApiServerConfig, type ApiServerRun, watchObjects } from './watch.ts';
import { Versions } from './versions.ts';
import { KubeApi } from './kube-api.ts';
import type { Source, SourceContext } from '../source.ts';
import { WatchGroup } from './watch-group.ts';

/** The condition that says whether the API lets the source watch. [Knative ApiServerSource] */
const PERMITTED = 'SufficientPermissions';

/**
 * Watches the kinds of `spec.resources` in the namespaces that are meant and emits each change. Position: the version that each watch came to, saved after the emit; changes while nothing ran come when it runs again. If the API
 * has forgotten that version, what is there and changed since is emitted, and that something may be lost is said and counted (skipped). Rejects when the API does not answer or does not let it; then it is begun again.
 */
export const apiServer: Source<ApiServerConfig> = async (config, context) => {
  const api = await KubeApi.open(config.access);
  const kinds = await servedKinds(api, config.spec.resources, context.signal);
  const scopes = kinds.map((kind) => scopeOf(kind, config));
  await permitted(api, scopes.map(accessOf), context);
  const versions = new Versions(api.url, context.position, (position) => context.save(position));
  await using group = new WatchGroup(context.signal);
  const run: ApiServerRun = { config, context, api, versions, group };
  for (const { kind, namespace, byLabels } of scopes) if (!byLabels) watchObjects(run, kind, namespace);
  const kindsByLabels = scopes.filter(({ byLabels }) => byLabels).map(({ kind }) => kind);
  if (kindsByLabels.length > 0) watchNamespaces(run, kindsByLabels);
  await group.ended;
};

interface Scope {
  readonly kind: ServedKind;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** Not all, but those that `spec.namespaceSelector` means. */
  readonly byLabels: boolean;
}

function scopeOf(kind: ServedKind, { spec, namespace }: ApiServerConfig): Scope {
  if (kind.namespaced && spec.namespaceSelector === undefined) return { kind, namespace, byLabels: false };
  const byLabels = kind.namespaced && labelSelectorText(spec.namespaceSelector ?? {}) !== '';
  return { kind, namespace: undefined, byLabels };
}

function accessOf({ kind: { apiVersion, plural }, namespace, byLabels }: Scope): Access {
  // Which namespaces there are must be known; each of them says for itself that it may not be watched.
  if (byLabels) return { apiVersion: 'v1', plural: 'namespaces', namespace: undefined };
  return { apiVersion, plural, namespace };
}

async function permitted(api: KubeApi, wanted: readonly Access[], context: SourceContext): Promise<void> {
  try {
    await checkAccess(api, wanted, context.signal);
  } catch (error) {
    // Told as reached, so that the end of this run, which follows at once, is the reason that it is not.
    if (error instanceof RefusedError) context.tell({ reached: [PERMITTED] });
    throw error;
  }
  context.tell({ reached: [PERMITTED] });
}
