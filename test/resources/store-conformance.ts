import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityKey, identityOf, type Identity } from '../../crds/identity.ts';
import type { Declared, ResourceStore, Snapshot } from '../../resources/store.ts';

/** Something that resources are declared in, and stores over it. */
export interface StoreWorld extends AsyncDisposable {
  /** A store, as a process opens it; again after that is disposed: the next process. */
  open(): Promise<ResourceStore>;
  /** Declares or changes a resource as its users do, not through a store. */
  declare(document: Document): Promise<void>;
  /** Removes one as its users do. */
  remove(document: Document): Promise<void>;
}

/** An object as people write it. */
export type Document = Readonly<Record<string, unknown>>;

/** A Broker document. */
export function brokerDocument(name: string, spec: Document = {}, annotations: Document = {}): Document {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name, annotations }, spec };
}

/** A Trigger document. */
export function triggerDocument(name: string, spec: Document = {}, annotations: Document = {}): Document {
  const full = { broker: 'default', subscriber: { uri: 'http://sink.example/' }, ...spec };
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: { name, annotations }, spec: full };
}

/** Who a Trigger in the namespace `default` is. */
export function triggerNamed(name: string): Identity {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', namespace: 'default', name };
}

/** The first snapshot that fits, the present one included. */
export async function until(store: ResourceStore, fits: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  for await (const snapshot of store.watch(new AbortController().signal)) if (fits(snapshot)) return snapshot;
  throw new Error('the watch ended');
}

/** One resource of a snapshot. */
export function found(snapshot: Snapshot, identity: Identity): Declared | undefined {
  return snapshot.resources.find((one) => identityKey(identityOf(one)) === identityKey(identity));
}

const HOOK = triggerNamed('hook');

/** What every resource store promises. */
export function resourceStoreConformance(name: string, make: () => Promise<StoreWorld>): void {
  describe(`${name} as a resource store`, () => {
    let world: StoreWorld;
    let store: ResourceStore;
    beforeEach(async () => {
      world = await make();
      await world.declare(triggerDocument('hook'));
      store = await world.open();
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    });
    const hook = async (): Promise<Declared | undefined> => await store.get(HOOK);
    const reopen = async (meanwhile: () => Promise<void> = async () => {}): Promise<void> => {
      await store[Symbol.asyncDispose]();
      await meanwhile();
      store = await world.open();
    };

    test('lists what is declared, with a uid, the first generation and defaults', async () => {
      const { resources } = await store.list();
      expect(resources).toHaveLength(1);
      const [one] = resources;
      expect(one?.metadata).toMatchObject({ name: 'hook', namespace: 'default', generation: 1 });
      expect(one?.metadata.uid).not.toBe('');
      expect(one?.metadata.labels).toMatchObject({ 'eventing.knative.dev/broker': 'default' });
    });

    test('answers one by who it is, and undefined for what is not declared', async () => {
      expect((await hook())?.metadata.name).toBe('hook');
      expect(await store.get(triggerNamed('other'))).toBeUndefined();
      expect(await store.get({ ...HOOK, namespace: 'other' })).toBeUndefined();
    });

    test('a watch begins with what there is and goes on with each change, for several watchers', async () => {
      const both = [
        until(store, ({ resources }) => resources.length === 2),
        until(store, (s) => s.resources.length === 2),
      ];
      await world.declare(brokerDocument('default'));
      for (const snapshot of await Promise.all(both)) expect(snapshot.resources).toHaveLength(2);
    });

    test('a watch ends with its signal', async () => {
      const ended = new AbortController();
      const seen: Snapshot[] = [];
      for await (const snapshot of store.watch(ended.signal)) {
        seen.push(snapshot);
        ended.abort();
      }
      expect(seen).toHaveLength(1);
    });

    test('two resources have two uids', async () => {
      await world.declare(triggerDocument('second'));
      const { resources } = await until(store, (snapshot) => snapshot.resources.length === 2);
      expect(new Set(resources.map(({ metadata }) => metadata.uid)).size).toBe(2);
    });

    test('a changed spec is the next generation of the same uid', async () => {
      const before = await hook();
      await world.declare(triggerDocument('hook', { delivery: { retry: 3 } }));
      const after = found(await until(store, (s) => found(s, HOOK)?.metadata.generation === 2), HOOK);
      expect(after?.metadata.uid).toBe(before?.metadata.uid);
    });

    test('a changed annotation is no next generation', async () => {
      await world.declare(triggerDocument('hook', {}, { note: 'a' }));
      const changed = await until(store, (s) => found(s, HOOK)?.metadata.annotations['note'] === 'a');
      expect(found(changed, HOOK)?.metadata.generation).toBe(1);
    });

    test('uid and generation last across a restart', async () => {
      await world.declare(triggerDocument('hook', { delivery: { retry: 3 } }));
      const before = found(await until(store, (s) => found(s, HOOK)?.metadata.generation === 2), HOOK);
      await reopen();
      expect((await hook())?.metadata).toEqual(before?.metadata);
    });

    test('a spec that changes while no process runs is the next generation', async () => {
      await reopen(() => world.declare(triggerDocument('hook', { delivery: { retry: 3 } })));
      expect((await hook())?.metadata.generation).toBe(2);
    });

    test('what is removed is gone, and is in removed', async () => {
      const before = await hook();
      await world.remove(triggerDocument('hook'));
      const snapshot = await until(store, (s) => found(s, HOOK) === undefined);
      expect(snapshot.removed.map(({ uid }) => uid)).toEqual([before?.metadata.uid]);
      expect(await hook()).toBeUndefined();
    });

    test('what is removed while no process runs is noticed', async () => {
      const before = await hook();
      await reopen(() => world.remove(triggerDocument('hook')));
      expect(await hook()).toBeUndefined();
      const { removed } = await store.list();
      expect(removed.map(({ uid, resource }) => [uid, resource.metadata.name])).toEqual([
        [before?.metadata.uid, 'hook'],
      ]);
    });

    test('apply declares, and replaces', async () => {
      const first = await store.apply(triggerDocument('new'));
      expect(first.metadata.generation).toBe(1);
      const second = await store.apply(triggerDocument('new', { delivery: { retry: 1 } }));
      expect(second.metadata).toMatchObject({ uid: first.metadata.uid, generation: 2 });
      await reopen();
      expect((await store.get(triggerNamed('new')))?.metadata).toEqual(second.metadata);
      expect(await hook()).toBeDefined();
    });

    test('apply refuses what is wrong, with its path, and changes nothing', async () => {
      const before = await store.list();
      const wrong = store.apply(triggerDocument('hook', { delivery: { retry: -1 } }));
      await expect(wrong).rejects.toMatchObject({ code: 'resource-invalid', path: 'spec.delivery.retry' });
      expect(await store.list()).toEqual(before);
    });

    test('apply refuses a change of what is immutable [C14]', async () => {
      const changed = store.apply(triggerDocument('hook', { broker: 'other' }));
      await expect(changed).rejects.toMatchObject({ code: 'resource-immutable', path: 'spec.broker' });
      expect(await hook()).toMatchObject({ spec: { broker: 'default' } });
    });

    test('a status is answered by list and get, and is no change of the resource', async () => {
      const before = await hook();
      await store.putStatus(HOOK, before?.metadata.uid ?? '', { observedGeneration: 1, subscriberUri: 'http://a/' });
      expect((await hook())?.status).toEqual({ observedGeneration: 1, subscriberUri: 'http://a/' });
      expect(found(await store.list(), HOOK)?.status).toMatchObject({ observedGeneration: 1 });
      expect((await hook())?.metadata).toEqual(before?.metadata);
    });

    test('a status lasts across a restart', async () => {
      const uid = (await hook())?.metadata.uid ?? '';
      await store.putStatus(HOOK, uid, { observedGeneration: 1 });
      await reopen();
      expect((await hook())?.status).toEqual({ observedGeneration: 1 });
    });

    test('a status for another uid is passed over', async () => {
      await store.putStatus(HOOK, 'another', { observedGeneration: 7 });
      await store.putStatus(triggerNamed('other'), 'another', { observedGeneration: 7 });
      expect((await hook())?.status).toBeUndefined();
    });

    test('disposal ends watches, is idempotent, and later calls reject', async () => {
      const watching = until(store, () => false);
      await store[Symbol.asyncDispose]();
      await expect(watching).rejects.toThrow('the watch ended');
      await store[Symbol.asyncDispose]();
      await expect(store.list()).rejects.toMatchObject({ code: 'channel-closed' });
      await expect(store.get(HOOK)).rejects.toMatchObject({ code: 'channel-closed' });
      await expect(store.apply(triggerDocument('a'))).rejects.toMatchObject({ code: 'channel-closed' });
      await expect(store.putStatus(HOOK, '', {})).rejects.toMatchObject({ code: 'channel-closed' });
      await expect(until(store, () => true)).rejects.toMatchObject({ code: 'channel-closed' });
    });
  });
}
