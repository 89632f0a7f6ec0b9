import { identityKey, identityOf } from '../../crds/identity.ts';
import type { Foreign } from '../../crds/foreign.ts';
import { parse } from '../../crds/parse.ts';
import type { Status } from '../../crds/conditions.ts';
import type { Fact, Facts } from '../../resources/plan.ts';
import type { Reconciled } from '../../resources/reconcile.ts';
import type { Declared, Snapshot } from '../../resources/store.ts';
import type { World } from '../../resources/world.ts';

export const NOW = '2026-01-01T00:00:00.000Z';
export const LATER = '2026-01-01T00:01:00.000Z';

/** A process of the files kind, with nothing special about it. */
export function world(changes: Partial<World> = {}): World {
  return {
    ingressUrl: 'http://127.0.0.1:8080',
    map: new Map(),
    channelKinds: ['embedded', 'memory'],
    defaultChannel: 'embedded',
    brokerClasses: 'every',
    env: {},
    now: NOW,
    ...changes,
  };
}

/** Everything runs; or what `changes` say of single things. */
export function facts(changes: Partial<Facts> = {}): Facts {
  const ok: Fact = { ok: true };
  return {
    broker: () => ok,
    trigger: () => ok,
    sink: () => ok,
    source: () => ({ conditions: { Deployed: ok, WebhookConfigured: ok } }),
    ...changes,
  };
}

type Fields = Readonly<Record<string, unknown>>;

interface Extra {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly status?: Status;
  readonly generation?: number;
}

function declare(document: Fields, { status, generation = 1 }: Extra = {}): Declared {
  const parsed = parse(document);
  if (parsed.is !== 'resource') throw new Error(`not accepted: ${JSON.stringify(parsed)}`);
  const { resource } = parsed;
  const metadata = { ...resource.metadata, uid: `uid-${resource.metadata.name}`, generation };
  return { ...resource, metadata, ...(status ? { status } : {}) };
}

function metadata(name: string, { annotations = {}, namespace = 'default' }: Extra): Fields {
  return { name, namespace, annotations };
}

export function broker(name: string, spec: Fields = {}, extra: Extra = {}): Declared {
  return declare(
    { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: metadata(name, extra), spec },
    extra,
  );
}

export function trigger(name: string, spec: Fields = {}, extra: Extra = {}): Declared {
  const full = { broker: 'default', subscriber: { uri: 'http://sink.example/' }, ...spec };
  return declare(
    { apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: metadata(name, extra), spec: full },
    extra,
  );
}

export function ping(name: string, spec: Fields = {}, extra: Extra = {}): Declared {
  const full = { sink: { uri: 'http://sink.example/' }, ...spec };
  return declare(
    { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', metadata: metadata(name, extra), spec: full },
    extra,
  );
}

export function github(name: string, spec: Fields = {}, extra: Extra = {}): Declared {
  const full = {
    sink: { uri: 'http://sink.example/' },
    ownerAndRepository: 'octo/repo',
    eventTypes: ['push', 'issues'],
    secretToken: { secretKeyRef: { name: 'hook', key: 'token' } },
    ...spec,
  };
  return declare(
    { apiVersion: 'sources.knative.dev/v1alpha1', kind: 'GitHubSource', metadata: metadata(name, extra), spec: full },
    extra,
  );
}

/** A source of a kind that, as in Knative, has no condition `SecretsProvided`. */
export function redisStream(name: string, spec: Fields = {}): Declared {
  const full = {
    sink: { uri: 'http://sink.example/' },
    address: 'redis://127.0.0.1:6379',
    stream: 'orders',
    password: { secretKeyRef: { name: 'hook', key: 'token' } },
    ...spec,
  };
  const apiVersion = 'sources.knative.dev/v1alpha1';
  return declare({ apiVersion, kind: 'RedisStreamSource', metadata: metadata(name, {}), spec: full });
}

export function secret(name: string, stringData: Readonly<Record<string, string>>, extra: Extra = {}): Declared {
  return declare({ apiVersion: 'v1', kind: 'Secret', metadata: metadata(name, extra), stringData });
}

export function configMap(name: string, data: Readonly<Record<string, string>>, extra: Extra = {}): Declared {
  return declare({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name, extra), data });
}

export function service(name: string, extra: Extra = {}): Declared {
  return declare({ apiVersion: 'v1', kind: 'Service', metadata: metadata(name, extra) });
}

export function snapshot(resources: readonly Declared[], rest: Partial<Snapshot> = {}): Snapshot {
  return { resources, held: new Map(), foreign: [], removed: [], refused: [], ignored: [], ...rest };
}

/** A reference to an object. */
export function ref(kind: string, name: string, more: Fields = {}): { readonly ref: Fields } {
  const apiVersion = kind === 'Broker' ? 'eventing.knative.dev/v1' : 'v1';
  return { ref: { apiVersion, kind, name, ...more } };
}

export function foreign(kind: string, name: string, url: string): Foreign {
  return { apiVersion: 'serving.knative.dev/v1', kind, namespace: 'default', name, addresses: [{ url }] };
}

/** The status one resource gets. */
export function statusOf(result: Reconciled, of: Declared): Status {
  const key = identityKey(identityOf(of));
  const found = result.statuses.find(({ identity }) => identityKey(identity) === key);
  if (!found) throw new Error(`${key} gets no status`);
  return found.status;
}

/** The snapshot after the statuses of a reconcile were put. */
export function put(before: Snapshot, { statuses }: Reconciled): Snapshot {
  const byKey = new Map(statuses.map(({ identity, status }) => [identityKey(identity), status]));
  const resources = before.resources.map((one) => {
    const status = byKey.get(identityKey(identityOf(one)));
    return status ? { ...one, status } : one;
  });
  return { ...before, resources };
}

/** `Ready=True`, or `Ready=False Reason: message`, and so on, of one condition. */
export function shown(status: Status, type: string): string {
  const found = status.conditions?.find((one) => one.type === type);
  if (!found) return `no ${type}`;
  const why = [found.reason, found.message].filter((part) => part !== undefined).join(': ');
  return `${type}=${found.status}${why === '' ? '' : ` ${why}`}`;
}
