import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { attribute } from '../../../events/event.ts';
import { apiServerKind } from '../../../sources/api-server/kind.ts';
import { member, parsedJson } from '../../../sources/member.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { KubeUser } from './kube-user.ts';
import { instance, SourceWorld } from '../source-world.ts';

let server: Server;
let user: KubeUser;
let sources: OpenSource[] = [];

beforeAll(async () => {
  server = await startServer('kubernetes');
  user = await KubeUser.of(server);
}, 240_000);

afterEach(async () => {
  for (const source of sources) await source[Symbol.asyncDispose]();
  sources = [];
});

afterAll(() => server?.[Symbol.asyncDispose]());

interface Watching {
  readonly world: SourceWorld;
  readonly source: OpenSource;
}

async function watching(
  namespace: string,
  spec: object = {},
  { world = new SourceWorld(systemClock), labels = {} }: { world?: SourceWorld; labels?: Record<string, string> } = {},
): Promise<Watching> {
  const full = {
    sink: { uri: 'http://sink.example' },
    resources: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
    kubeconfig: { secretKeyRef: { name: 'cluster', key: 'config' } },
    ...spec,
  };
  const more = { namespace, labels, secrets: new Map([['cluster/config', user.kubeconfig]]) };
  const source = openSource(instance('ApiServerSource', full, more), world.ports, [apiServerKind]);
  sources.push(source);
  return { world, source };
}

const KEY = (namespace: string): string => `${namespace}/apiserversource/it`;
/** It watches from a version on. */
const begun = ({ world }: Watching, namespace: string): Promise<void> =>
  world.until(() => world.positions.has(KEY(namespace)));
const told = ({ world }: Watching): readonly string[] =>
  world.emitted.map((event) => `${attribute(event, 'type')?.split('.').pop()} ${attribute(event, 'name')}`);
const data = ({ world }: Watching, at: number): unknown =>
  parsedJson(new TextDecoder().decode(world.emitted[at]?.data));

describe('changes', () => {
  test('are events as Knative makes them, and what was there before is passed over', async () => {
    const namespace = await user.namespace();
    await user.create(namespace, 'before');
    const it = await watching(namespace, { mode: 'Resource' });
    await begun(it, namespace);
    const created = await user.create(namespace, 'one');
    await user.change(namespace, 'one', { a: 'b' });
    await user.remove(namespace, 'one');
    await it.world.until(() => it.world.emitted.length === 3);
    expect(told(it)).toEqual(['add one', 'update one', 'delete one']);
    expect(Object.fromEntries(it.world.emitted[0]?.attributes ?? [])).toEqual({
      specversion: '1.0',
      id: `${String(member('metadata.uid')(created))}/${String(member('metadata.resourceVersion')(created))}/add`,
      source: (await user.api()).url,
      type: 'dev.knative.apiserver.resource.add',
      subject: `/apis/v1/namespaces/${namespace}/configmaps/one`,
      time: expect.any(String),
      datacontenttype: 'application/json',
      apiversion: 'v1',
      kind: 'ConfigMap',
      name: 'one',
      namespace,
    });
    expect(data(it, 1)).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'one' },
      data: { a: 'b' },
    });
    expect(data(it, 2)).toMatchObject({ data: { a: 'b' } });
  });

  test('carry a reference by default', async () => {
    const namespace = await user.namespace();
    const it = await watching(namespace);
    await begun(it, namespace);
    await user.create(namespace, 'one');
    await it.world.until(() => it.world.emitted.length === 1);
    expect(attribute(it.world.emitted[0] ?? { attributes: new Map() }, 'type')).toBe('dev.knative.apiserver.ref.add');
    expect(data(it, 0)).toEqual({ kind: 'ConfigMap', namespace, name: 'one', apiVersion: 'v1' });
  });

  test('of objects with another owner are passed over', async () => {
    const namespace = await user.namespace();
    const it = await watching(namespace, { owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet' } });
    await begun(it, namespace);
    const owned = (kind: string, controller: boolean): object => ({
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'x', uid: '1', controller }],
    });
    await user.create(namespace, 'none');
    await user.create(namespace, 'other', owned('Deployment', true));
    await user.create(namespace, 'no-controller', owned('ReplicaSet', false));
    await user.create(namespace, 'owned', owned('ReplicaSet', true));
    await it.world.until(() => it.world.emitted.length === 1);
    expect(told(it)).toEqual(['add owned']);
  });

  test('while it is away come in their order when it is back, deletions among them', async () => {
    const namespace = await user.namespace();
    const first = await watching(namespace);
    await begun(first, namespace);
    await user.create(namespace, 'one');
    await first.world.until(() => first.world.emitted.length === 1);
    await first.source[Symbol.asyncDispose]();
    await user.create(namespace, 'two');
    await user.change(namespace, 'one', { a: 'b' });
    await user.remove(namespace, 'one');
    const second = await watching(namespace, {}, { world: first.world });
    await second.world.until(() => second.world.emitted.length === 4);
    expect(told(second)).toEqual(['add one', 'add two', 'update one', 'delete one']);
    expect(second.source.status().skipped).toBe(0);
  });

  test('that were not accepted come again, and no version beyond them is saved', async () => {
    const namespace = await user.namespace();
    const first = await watching(namespace);
    await begun(first, namespace);
    const before = first.world.positions.get(KEY(namespace));
    first.world.sink = () => new Promise(() => undefined);
    await user.create(namespace, 'one');
    await first.world.until(() => first.world.offered.length === 1);
    await first.source[Symbol.asyncDispose]();
    expect(first.world.positions.get(KEY(namespace))).toBe(before);
    first.world.sink = async () => undefined;
    const second = await watching(namespace, {}, { world: first.world });
    await second.world.until(() => second.world.emitted.length === 1);
    expect(told(second)).toEqual(['add one']);
  });

  test('that the API has forgotten are made up for by what is there, and that something may be lost is said and counted', async () => {
    const namespace = await user.namespace();
    const first = await watching(namespace, { mode: 'Resource' });
    await begun(first, namespace);
    for (const name of ['changed', 'removed', 'same']) await user.create(namespace, name);
    await first.world.until(() => first.world.emitted.length === 3);
    await first.source[Symbol.asyncDispose]();
    await user.create(namespace, 'added');
    await user.change(namespace, 'changed', { a: 'b' });
    await user.remove(namespace, 'removed');
    // The API server keeps the history of watches in memory.
    await server.kill();
    await server.start();
    const second = await watching(namespace, { mode: 'Resource' }, { world: first.world });
    await second.world.until(() => second.world.emitted.length === 5);
    // Which of the two is an addition is told by the second of creation: see the table of `changeSince`.
    const names = second.world.emitted.slice(3).map((event) => attribute(event, 'name') ?? '');
    expect(names.sort()).toEqual(['added', 'changed']);
    expect(data(second, 3)).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(second.source.status().skipped).toBe(1);
    expect(second.world.lines.find(({ name }) => name === 'source.lost')?.fields).toMatchObject({
      what: `/api/v1/namespaces/${namespace}/configmaps`,
    });
    await user.change(namespace, 'same', { c: 'd' });
    await second.world.until(() => second.world.emitted.length === 6);
    expect(told(second).at(-1)).toBe('update same');
  });
});

describe('spec.namespaceSelector', () => {
  test('means the namespaces that have the labels, also those that come later, and after a restart', async () => {
    const label = `watched-${process.pid}`;
    const [home, early, other] = [
      await user.namespace(),
      await user.namespace({ [label]: 'yes' }),
      await user.namespace(),
    ];
    const spec = { namespaceSelector: { matchLabels: { [label]: 'yes' } } };
    const first = await watching(home, spec);
    await first.world.until(() => (first.world.positions.get(KEY(home)) ?? '').includes(early));
    const late = await user.namespace({ [label]: 'yes' });
    await user.create(other, 'unseen');
    await user.create(late, 'late');
    await user.create(early, 'early');
    await first.world.until(() => first.world.emitted.length === 2);
    await first.source[Symbol.asyncDispose]();
    const away = await user.namespace({ [label]: 'yes' });
    await user.create(away, 'away');
    await user.create(late, 'later');
    const second = await watching(home, spec, { world: first.world });
    await second.world.until(() => second.world.emitted.length === 4);
    expect([...told(second)].sort()).toEqual(['add away', 'add early', 'add late', 'add later']);
  });

  test('that is empty means all namespaces', async () => {
    const namespace = await user.namespace();
    const it = await watching(namespace, {
      namespaceSelector: {},
      resources: [{ apiVersion: 'v1', kind: 'ConfigMap', selector: { matchLabels: { all: namespace } } }],
    });
    await begun(it, namespace);
    await user.create(await user.namespace(), 'one', { labels: { all: namespace } });
    await user.create(await user.namespace(), 'two', { labels: { all: 'other' } });
    await user.create(await user.namespace(), 'three', { labels: { all: namespace } });
    await it.world.until(() => it.world.emitted.length === 2);
    expect(told(it)).toEqual(['add one', 'add three']);
  });
});

describe('permissions', () => {
  test('that a service account lacks are a condition that says which, until they are granted', async () => {
    const namespace = await user.namespace();
    await user.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'reader' } });
    const it = await watching(namespace, { serviceAccountName: 'reader' });
    await it.world.until(() => it.source.status().conditions['SufficientPermissions']?.ok === false);
    expect(it.source.status().conditions['SufficientPermissions']).toMatchObject({
      message: expect.stringContaining(
        `not allowed to list configmaps in namespace ${namespace}, watch configmaps in namespace ${namespace}; grant it`,
      ),
    });
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    await user.request('POST', `${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
    });
    await user.request('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    });
    await begun(it, namespace);
    await user.create(namespace, 'one');
    await it.world.until(() => it.world.emitted.length === 1);
    expect(it.source.status().conditions).toEqual({ Deployed: { ok: true }, SufficientPermissions: { ok: true } });
  });

  test('a kind that the API does not serve is said', async () => {
    const namespace = await user.namespace();
    const it = await watching(namespace, { resources: [{ apiVersion: 'example.com/v1', kind: 'Nothing' }] });
    await it.world.until(() => it.source.status().lastError !== undefined);
    expect(it.source.status().lastError?.message).toMatch(
      /^spec\.resources\[0\]: .* does not serve "example.com\/v1 Nothing"/,
    );
  });
});

test('no credentials of a kubeconfig reach a log line or a status', async () => {
  const namespace = await user.namespace();
  const it = await watching(namespace);
  await begun(it, namespace);
  await server.kill();
  await it.world.until(() => it.world.warnings.includes('source.failed'));
  await server.start();
  const token = /"?token"?: *"?([^"\s,}]+)/.exec(user.kubeconfig)?.[1] ?? 'no token was found';
  expect(user.kubeconfig).toContain(token);
  expect(JSON.stringify([it.world.lines, it.source.status(), [...it.world.positions]])).not.toContain(token);
});
