import { labelSelectorText } from '../../crds/label-selector.ts';
import { pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { ServedKind } from './access.ts';
import { type ApiServerRun, watchKey, watchObjects } from './watch.ts';
import { type Change, versionOf } from './kube-change.ts';
import type { Beginning } from './versions.ts';
import { type KubeWatch, watchChanges } from './kube-watch.ts';
import { member } from '../member.ts';

/** Each is a connection. */
const WATCHES_MAX = 1000;
/** How long the objects of a namespace are watched after it is gone or no longer meant: their watch may be behind. */
const AFTERWARDS_MS = 60_000;
/** The version of this watch in the position; no other is named so. */
const NAMESPACES = 'namespaces';

/** Watches which namespaces have the labels of `spec.namespaceSelector`, and the objects of these kinds in those; as members of the group. */
export function watchNamespaces(run: ApiServerRun, kinds: readonly ServedKind[]): void {
  const { config, api, versions, group, context } = run;
  const { clock, spec } = config;
  const places = new Places(run, kinds);
  const saved = versions.get(NAMESPACES);
  const before = places.saved();
  const meant = new Set<string>();
  let listing = typeof saved !== 'object';
  const watch: KubeWatch = {
    path: '/api/v1/namespaces',
    selector: labelSelectorText(spec.namespaceSelector ?? {}),
    async take(changes, listed) {
      for (const change of changes) {
        const name = nameOf(change);
        meant.add(name);
        if (change.verb === 'delete') await places.leave(name);
        else await places.enter(name, { version: listed ?? versionOf(change.object) ?? '', atMs: clock.now() });
      }
    },
    async reached(version) {
      if (listing) for (const name of before) if (!meant.has(name)) await places.forget(name);
      listing = false;
      await versions.reached(NAMESPACES, version);
    },
    lost(_from, why) {
      // What came and went is not to be had by looking at what changed: all are listed, by the next run.
      versions.drop(NAMESPACES);
      context.tell({ skipped: 1 });
      throw new UnavailableError('source-unavailable', `${api.url}: watching namespaces: ${why}`);
    },
  };
  if (typeof saved === 'object') for (const name of before) places.begin(name, saved);
  group.start(NAMESPACES, (signal) =>
    watchChanges(watch, typeof saved === 'object' ? saved : 'all', { api, clock, signal }),
  );
}

/** The namespaces that are meant. */
class Places {
  readonly #run: ApiServerRun;
  readonly #kinds: readonly ServedKind[];

  constructor(run: ApiServerRun, kinds: readonly ServedKind[]) {
    this.#run = run;
    this.#kinds = kinds;
  }

  /** Those that were watched when the position was saved. */
  saved(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const key of this.#run.versions.keys) {
      const parts: unknown = key === NAMESPACES ? undefined : JSON.parse(key);
      const name: unknown = Array.isArray(parts) ? parts[3] : undefined;
      if (typeof name === 'string' && this.#kinds.some((kind) => watchKey(kind, name) === key)) names.add(name);
    }
    return names;
  }

  /** Nothing of a namespace that came to be meant is passed over: it is watched from where that was told. */
  begin(name: string, told: Beginning): void {
    const { versions, group, config, api } = this.#run;
    if (group.size + this.#kinds.length > WATCHES_MAX)
      throw new UnavailableError(
        'source-unavailable',
        `${api.url}: spec.namespaceSelector means too many namespaces, more than ${WATCHES_MAX} watches; leave it empty, which watches all namespaces at once`,
      );
    for (const kind of this.#kinds) {
      const key = watchKey(kind, name);
      if (versions.get(key) === undefined) versions.put(key, config.start === 'earliest' ? 'begin' : told);
      watchObjects(this.#run, kind, name);
    }
  }

  async enter(name: string, told: Beginning): Promise<void> {
    await this.#run.group.stop(leaving(name));
    this.begin(name, told);
  }

  async leave(name: string): Promise<void> {
    const { group, config } = this.#run;
    await group.stop(leaving(name));
    group.start(leaving(name), async (signal) => {
      await pause(config.clock, AFTERWARDS_MS, signal);
      if (!signal.aborted) await this.forget(name);
    });
  }

  async forget(name: string): Promise<void> {
    const { group, versions } = this.#run;
    for (const kind of this.#kinds) {
      await group.stop(watchKey(kind, name));
      versions.drop(watchKey(kind, name));
    }
  }
}

function leaving(name: string): string {
  return `leaving ${name}`;
}

function nameOf({ object }: Change): string {
  const name = member('metadata.name')(object);
  return typeof name === 'string' ? name : '';
}
