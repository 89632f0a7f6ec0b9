import { type Clock, pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import { type Change, changeSince, isGone, type KnownVersion, readWatchLine, versionOf } from './kube-change.ts';
import { type KubeApi, kubeError } from './kube-api.ts';
import { isObject, member, parsedJson } from '../member.ts';
import { rawAt, rawElements } from '../raw-json.ts';

/** How long the API lets one watch last; then it is asked again, from where it came to. */
const WATCH_SECONDS = 240;
/** A watch that the API has not ended by then is half open. */
const WATCH_MS_MAX = (WATCH_SECONDS + 15) * 1000;
/** One that ends sooner than this was not let last, by a proxy or an API in trouble: who does so is not asked again at once. */
const WATCH_MS_MIN = 1000;
/** Objects of one page of a list, and so the most of one emit. */
const PAGE = 500;

/** What is watched, and who gets it. */
export interface KubeWatch {
  /** `/apis/apps/v1/namespaces/default/deployments`. */
  readonly path: string;
  /** As the API takes it; empty for all. */
  readonly selector: string;
  /** Gets changes in their order; the next come only after it resolved. `listed`: they stand in a list of that version, where every object is added. */
  take(changes: readonly Change[], listed?: string): Promise<void>;
  /** All changes up to this version were taken. */
  reached(known: KnownVersion): Promise<void>;
  /** The versions after `from` are no more: what was deleted since then, and states that were passed through, will never be seen. */
  lost(from: KnownVersion, why: string): void | Promise<void>;
}

interface Watching {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Watches from a version on, from `now`, or from `all` that is there; over ends of the stream, until `signal` is aborted or the API does not answer, which rejects. If the version is no more, the objects are listed, and those that
 * have another version since then are taken as added or updated. [Kubernetes API concepts "410 Gone responses"]
 */
export async function watchChanges(watch: KubeWatch, from: KnownVersion | 'now' | 'all', x: Watching): Promise<never> {
  let known = typeof from === 'object' ? from : await list(watch, from, x);
  for (;;) {
    const beganMs = x.clock.now();
    const end = await watchFrom(watch, known, x);
    known = end.known;
    if (end.gone !== undefined) {
      await watch.lost(known, end.gone);
      known = await list(watch, known, x);
    }
    await pause(x.clock, WATCH_MS_MIN - (x.clock.now() - beganMs), x.signal);
  }
}

interface WatchEnd {
  readonly known: KnownVersion;
  /** Why it cannot go on from there. */
  readonly gone?: string;
}

async function watchFrom(watch: KubeWatch, from: KnownVersion, { api, clock, signal }: Watching): Promise<WatchEnd> {
  let known = from;
  let gone: string | undefined;
  const path = pathOf(watch, {
    watch: '1',
    resourceVersion: from.version,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(WATCH_SECONDS),
  });
  const take = async (lines: readonly Uint8Array[]): Promise<void> => {
    if (gone !== undefined) return;
    const told = lines.map(readWatchLine).filter((one) => one !== undefined);
    const end = told.findIndex(({ kind }) => kind === 'error');
    const before = end < 0 ? told : told.slice(0, end);
    const changes = before.flatMap((one) => (one.kind === 'change' ? [one.change] : []));
    if (changes.length > 0) await watch.take(changes);
    const version = before.findLast((one) => one.kind !== 'error')?.version;
    if (version !== undefined && version !== known.version) {
      known = { version, atMs: clock.now() };
      await watch.reached(known);
    }
    const error = told[end];
    if (error?.kind !== 'error') return;
    if (!error.gone)
      throw new UnavailableError('source-unavailable', `${api.url}: watching ${watch.path}: ${error.message}`);
    gone = error.message;
  };
  const answer = await api.lines(path, { take, lastingMs: WATCH_MS_MAX, signal });
  if (answer.status !== 200) {
    const error = kubeError(api.url, `watching ${watch.path}`, answer);
    if (!isGone(answer.status, error.message)) throw error;
    gone = error.message;
  }
  return gone === undefined ? { known } : { known, gone };
}

/** Lists all, those that changed since a version, or nothing but the version that is now. */
async function list(watch: KubeWatch, since: KnownVersion | 'now' | 'all', x: Watching): Promise<KnownVersion> {
  const { api, clock, signal } = x;
  let next = '';
  for (;;) {
    const atMs = clock.now();
    const limit = String(since === 'now' ? 1 : PAGE);
    const answer = await api.get(pathOf(watch, { limit, ...(next === '' ? {} : { continue: next }) }), signal);
    // The pages of a long list are of one version too, which may be gone before its end: begin again.
    if (answer.status === 410 && next !== '') {
      next = '';
      continue;
    }
    const json = parsedJson(new TextDecoder().decode(answer.body));
    const version = versionOf(json);
    if (answer.status !== 200 || version === undefined) throw kubeError(api.url, `listing ${watch.path}`, answer);
    if (since !== 'now') {
      const all = listed(answer.body, json);
      const changes = since === 'all' ? all : all.flatMap((one) => changeSince(one, since) ?? []);
      if (changes.length > 0) await watch.take(changes, version);
      const token = member('metadata.continue')(json);
      next = typeof token === 'string' ? token : '';
    }
    if (next !== '') continue;
    const known = { version, atMs };
    await watch.reached(known);
    return known;
  }
}

function listed(body: Uint8Array, json: unknown): readonly Change[] {
  const raws = rawElements(rawAt(body, ['items']) ?? new Uint8Array()) ?? [];
  const items: unknown = member('items')(json);
  if (!Array.isArray(items)) return [];
  return raws.flatMap((raw, i) => {
    const object: unknown = items[i];
    return isObject(object) ? [{ verb: 'add' as const, raw: Uint8Array.from(raw), object }] : [];
  });
}

function pathOf({ path, selector }: KubeWatch, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters);
  if (selector !== '') query.set('labelSelector', selector);
  return `${path}?${query.toString()}`;
}
