import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokerDocument, found, triggerDocument, until, type Document } from '../store-conformance.ts';
import { Folder } from './folder.ts';
import { HOOK, BAD, names, retryOf, messages, lineOf, reopened } from './seen.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.make();
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('a bad resource', () => {
  test('is refused alone, with file, line and path', async () => {
    await folder.write('broken.yaml', '# a comment\n', brokerDocument('default'), BAD, triggerDocument('other'));
    const snapshot = await (await folder.open()).list();
    expect(names(snapshot)).toEqual(['default', 'other']);
    const line = await lineOf(folder, 'broken.yaml', ['type: ""', 1]);
    expect(messages(folder, snapshot)).toEqual([
      `res/broken.yaml:${line}: Trigger default/hook: spec.filters[0].exact.type: is empty; to accept any type, leave the attribute out`,
    ]);
    const { refused } = snapshot;
    expect(refused[0]).toMatchObject({
      code: 'resource-invalid',
      line,
      path: 'spec.filters[0].exact.type',
      identity: HOOK,
    });
  });

  test('was never accepted: it is not declared at all, and not held', async () => {
    await folder.declare(BAD);
    const snapshot = await (await folder.open()).list();
    expect([names(snapshot), snapshot.held.size]).toEqual([[], 0]);
  });

  test('leaves its last good version running until the process ends', async () => {
    await folder.declare(triggerDocument('hook', { delivery: { retry: 5 } }));
    const store = await folder.open();
    await folder.declare(BAD);
    const snapshot = await until(store, ({ refused }) => refused.length > 0);
    expect([retryOf(snapshot), snapshot.held.size]).toEqual([5, 0]);
  });

  test('leaves its last good version held after a restart, until it is corrected', async () => {
    await folder.declare(triggerDocument('hook', { delivery: { retry: 5 } }));
    const store = await reopened(folder, await folder.open(), () => folder.declare(BAD));
    const held = await store.list();
    expect(retryOf(held)).toBe(5);
    expect([...held.held.values()][0]).toContain('spec.filters[0].exact.type: is empty');
    await folder.declare(triggerDocument('hook', { delivery: { retry: 6 } }));
    const corrected = await until(store, (snapshot) => retryOf(snapshot) === 6);
    expect([corrected.held.size, corrected.refused.length]).toEqual([0, 0]);
    expect(found(corrected, HOOK)?.metadata).toMatchObject({ uid: found(held, HOOK)?.metadata.uid, generation: 2 });
  });

  test('that breaks the YAML of one document leaves the others of the file', async () => {
    await folder.write('two.yaml', triggerDocument('hook'), brokerDocument('default'));
    const store = await folder.open();
    await folder.write(
      'two.yaml',
      'kind: Trigger\n  metadata: {\n',
      brokerDocument('default', { delivery: { retry: 1 } }),
    );
    const snapshot = await until(store, ({ refused }) => refused.length > 0);
    expect(names(snapshot)).toEqual(['default', 'hook']);
    expect(snapshot.removed).toEqual([]);
    expect(snapshot.refused[0]?.code).toBe('yaml-invalid');
  });
});

describe('two of one name', () => {
  test('are refused both, each naming the other', async () => {
    await folder.write('a.yaml', triggerDocument('hook'));
    await folder.write('b.yaml', brokerDocument('default'), triggerDocument('hook', { delivery: { retry: 1 } }));
    const snapshot = await (await folder.open()).list();
    expect(names(snapshot)).toEqual(['default']);
    const line = await lineOf(folder, 'b.yaml', ['apiVersion', 2]);
    const text = 'Trigger default/hook: is declared again at';
    expect(messages(folder, snapshot)).toEqual([
      `res/a.yaml:1: ${text} res/b.yaml:${line}; keep one of them`,
      `res/b.yaml:${line}: ${text} res/a.yaml:1; keep one of them`,
    ]);
    expect(snapshot.refused.map(({ code }) => code)).toEqual(['resource-duplicate', 'resource-duplicate']);
  });

  test('in two namespaces are two', async () => {
    await folder.write('a.yaml', triggerDocument('hook'));
    await folder.write('b.yaml', { ...triggerDocument('hook'), metadata: { name: 'hook', namespace: 'other' } });
    expect(names(await (await folder.open()).list())).toEqual(['hook', 'hook']);
  });
});

describe('what is immutable', () => {
  const config = (name: string): Document => ({ config: { apiVersion: 'v1', kind: 'ConfigMap', name } });
  const table: readonly (readonly [string, Document, Document, string])[] = [
    [
      'spec.broker [C14]',
      triggerDocument('x'),
      triggerDocument('x', { broker: 'other' }),
      'Trigger default/x: spec.broker',
    ],
    [
      'the class [C7]',
      brokerDocument('x'),
      brokerDocument('x', {}, { 'eventing.knative.dev/broker.class': 'Weir' }),
      'Broker default/x: metadata.annotations[eventing.knative.dev/broker.class]',
    ],
    [
      'spec.config [C8]',
      brokerDocument('x', config('a')),
      brokerDocument('x', config('b')),
      'Broker default/x: spec.config',
    ],
  ];
  test.each(table)(
    '%s is compared with what was accepted last, by an earlier process too',
    async (...[, before, after, where]) => {
      await folder.write('x.yaml', before);
      const store = await reopened(folder, await folder.open(), () => folder.write('x.yaml', after));
      const snapshot = await store.list();
      expect(messages(folder, snapshot)).toEqual([
        `res/x.yaml:1: ${where}: may not change; undo the change, or remove the ${String(before['kind'])}, wait until that is noticed, and declare it again`,
      ]);
      expect(snapshot.held.size).toBe(1);
    },
  );
});

describe('a removed trigger', () => {
  test('that returns is the same one, its status too', async () => {
    await folder.declare(triggerDocument('hook'));
    const store = await folder.open();
    const before = await store.get(HOOK);
    await store.putStatus(HOOK, before?.metadata.uid ?? '', { observedGeneration: 1 });
    await folder.remove(triggerDocument('hook'));
    await until(store, ({ removed }) => removed.length === 1);
    const next = await reopened(folder, store, () =>
      folder.declare(triggerDocument('hook', { delivery: { retry: 1 } })),
    );
    const after = await next.get(HOOK);
    expect(after?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: 2 });
    expect(after?.status).toEqual({ observedGeneration: 1 });
    expect((await next.list()).removed).toEqual([]);
  });

  test('that returns on another broker is another one', async () => {
    await folder.declare(triggerDocument('hook'));
    const store = await folder.open();
    const before = await store.get(HOOK);
    await folder.remove(triggerDocument('hook'));
    await until(store, ({ removed }) => removed.length === 1);
    await folder.declare(triggerDocument('hook', { broker: 'other' }));
    const after = found(await until(store, (snapshot) => found(snapshot, HOOK) !== undefined), HOOK);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(after?.metadata.generation).toBe(1);
  });
});
