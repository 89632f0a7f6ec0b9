import type { ApiServerSourceSpec } from '../../crds/api-server-source.ts';
import { labelSelectorText } from '../../crds/label-selector.ts';
import type { Clock } from '../../events/clock.ts';
import type { Log } from '../../events/log.ts';
import type { Random } from '../../events/random.ts';
import { objectsPath, type ServedKind } from './access.ts';
import { changeEvent, type Watched } from './event.ts';
import type { Versions } from './versions.ts';
import type { KubeAccess, KubeApi } from './kube-api.ts';
import { type KubeWatch, watchChanges } from './kube-watch.ts';
import { offer } from '../offer.ts';
import type { SourceContext } from '../source.ts';
import type { WatchGroup } from './watch-group.ts';

/** One ApiServerSource, and through what it runs. */
export interface ApiServerConfig {
  readonly namespace: string;
  readonly name: string;
  readonly spec: ApiServerSourceSpec;
  /** Whether what is there at first is emitted, or passed over. */
  readonly start: 'earliest' | 'latest';
  readonly access: KubeAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One run of it. */
export interface ApiServerRun {
  readonly config: ApiServerConfig;
  readonly context: SourceContext;
  readonly api: KubeApi;
  readonly versions: Versions;
  readonly group: WatchGroup;
}

/** The name of a watch, and of its version in the position. `namespace` undefined: all. */
export function watchKey(kind: ServedKind, namespace: string | undefined): string {
  return JSON.stringify([kind.apiVersion, kind.kind, labelSelectorText(kind.selector ?? {}), namespace ?? '']);
}

/** Emits the changes of the objects of a kind in a namespace, or in all, from where their watch came to; as a member of the group. */
export function watchObjects(run: ApiServerRun, kind: ServedKind, namespace: string | undefined): void {
  const { config, context, api, versions, group } = run;
  const { clock, start, log } = config;
  const key = watchKey(kind, namespace);
  const watched: Watched = { ...config, url: api.url, ...kind };
  const watch: KubeWatch = {
    path: objectsPath(kind, namespace),
    selector: labelSelectorText(kind.selector ?? {}),
    async take(changes) {
      const events = changes.flatMap((change) => changeEvent(change, watched, clock.now()) ?? []);
      if (events.length > 0) await offer(events, context, { ...config, kind: 'ApiServerSource' });
    },
    reached: (known) => versions.reached(key, known),
    lost(from, why) {
      context.tell({ skipped: 1 });
      log.warn('source.lost', {
        source: `${config.namespace}/apiserversource/${config.name}`,
        what: watch.path,
        version: from.version,
        since: new Date(from.atMs).toISOString(),
        error: why,
        lost: 'what was deleted since then, and states that were passed through; what is there and changed is emitted',
      });
    },
  };
  const saved = versions.get(key);
  const from = typeof saved === 'object' ? saved : start === 'earliest' ? 'all' : 'now';
  group.start(key, (signal) => watchChanges(watch, from, { api, clock, signal }));
}
