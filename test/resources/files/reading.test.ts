import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '../../../resources/files/open.ts';
import { systemClock } from '../../../events/clock.ts';
import { brokerDocument, triggerDocument, until } from '../store-conformance.ts';
import { Folder } from './folder.ts';
import { names, retryOf, messages, lineOf } from './seen.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.make();
});
afterEach(() => folder[Symbol.asyncDispose]());

const KEPT = 'what was declared there stays in force until it can be read; empty it to remove that';

describe('what cannot be read is an error and not a deletion', () => {
  test('a folder that is gone, while it runs and after', async () => {
    await folder.declare(triggerDocument('hook'));
    const store = await folder.open();
    const away = `${folder.resources}.away`;
    await rename(folder.resources, away);
    const gone = await until(store, ({ refused }) => refused.length > 0);
    expect([names(gone), gone.removed, messages(folder, gone)]).toEqual([
      ['hook'],
      [],
      [`res: does not exist; ${KEPT}`],
    ]);
    await rename(away, folder.resources);
    expect(names(await until(store, ({ refused }) => refused.length === 0))).toEqual(['hook']);
  });

  test('a path that is not there at the start is refused at once', async () => {
    await expect(folder.open(join(folder.root, 'nowhere'))).rejects.toMatchObject({
      code: 'folder-unreadable',
      message: `${join(folder.root, 'nowhere')}: does not exist; name a file or folder that can be read`,
    });
  });

  test.each([
    ['that is too large', ' '.repeat(8 * 1024 * 1024 + 1), 'has 8388609 bytes; at most 8388608 are read'],
    ['that is not UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'is not UTF-8'],
  ])('a file %s', async (_title, content, why) => {
    await folder.write('a.yaml', triggerDocument('hook'));
    const store = await folder.open();
    await writeFile(join(folder.resources, 'a.yaml'), content);
    const snapshot = await until(store, ({ refused }) => refused.length > 0);
    expect([names(snapshot), messages(folder, snapshot)]).toEqual([['hook'], [`res/a.yaml: ${why}; ${KEPT}`]]);
  });

  test('a file that is named and gone; one in a folder that is gone was removed', async () => {
    const named = await folder.write('named/a.yaml', triggerDocument('hook'));
    await folder.write('some/b.yaml', brokerDocument('default'));
    const store = await folder.open(named, join(folder.resources, 'some'));
    await rm(named);
    await folder.delete('some/b.yaml');
    const snapshot = await until(store, ({ refused, removed }) => refused.length === 1 && removed.length === 1);
    expect([names(snapshot), messages(folder, snapshot)]).toEqual([
      ['hook'],
      [`res/named/a.yaml: does not exist; ${KEPT}`],
    ]);
  });
});

describe('what is watched', () => {
  test('folders to any depth, new ones too; other files are not read', async () => {
    const store = await folder.open();
    await folder.write('a/b/c/x.yml', triggerDocument('hook'));
    await folder.write('a/b/c/x.txt', 'kind: nonsense');
    await folder.write('.git/x.yaml', 'kind: nonsense');
    await folder.write('node_modules/x.yaml', 'kind: nonsense');
    const snapshot = await until(store, ({ resources }) => resources.length === 1);
    expect(snapshot.refused).toEqual([]);
    await folder.write('a/b/c/x.yml', triggerDocument('hook', { delivery: { retry: 4 } }));
    expect(retryOf(await until(store, (next) => retryOf(next) === 4))).toBe(4);
  });

  test('a named file that an editor replaces by renaming', async () => {
    const path = await folder.write('a.yaml', triggerDocument('hook'));
    const store = await folder.open(path);
    const other = await folder.write('a.yaml.swp', triggerDocument('hook', { delivery: { retry: 4 } }));
    await rename(other, path);
    expect(retryOf(await until(store, (snapshot) => retryOf(snapshot) === 4))).toBe(4);
  });

  test('a folder that is removed and made again', async () => {
    await folder.write('a/x.yaml', triggerDocument('hook'));
    const store = await folder.open();
    await rm(join(folder.resources, 'a'), { recursive: true });
    await folder.write('a/x.yaml', triggerDocument('hook', { delivery: { retry: 1 } }));
    await until(store, (snapshot) => retryOf(snapshot) === 1);
    await folder.write('a/x.yaml', triggerDocument('hook', { delivery: { retry: 2 } }));
    expect(retryOf(await until(store, (snapshot) => retryOf(snapshot) === 2))).toBe(2);
  });

  test('a mounted ConfigMap, whose folder of data is swapped by a link', async () => {
    await folder.write('..1/x.yaml', triggerDocument('hook'));
    await folder.write('..2/x.yaml', triggerDocument('hook', { delivery: { retry: 4 } }));
    await symlink('..1', join(folder.resources, '..data'));
    await symlink('..data/x.yaml', join(folder.resources, 'x.yaml'));
    const store = await folder.open();
    expect(names(await store.list())).toEqual(['hook']);
    await symlink('..2', join(folder.resources, '..new'));
    await rename(join(folder.resources, '..new'), join(folder.resources, '..data'));
    expect(retryOf(await until(store, (snapshot) => retryOf(snapshot) === 4))).toBe(4);
  });

  test('a link that leads back up is followed once', async () => {
    await folder.write('a/x.yaml', triggerDocument('hook'));
    await symlink('..', join(folder.resources, 'a/up'));
    const snapshot = await (await folder.open()).list();
    expect([names(snapshot), snapshot.refused]).toEqual([['hook'], []]);
  });

  test('the data folder is left out, wherever it is', async () => {
    const data = join(folder.resources, 'data');
    await mkdir(data);
    await folder.write('data/stray.json', '{"kind": "Broker"}');
    await using store = await openFiles({ paths: [folder.resources], data, clock: systemClock });
    expect((await store.list()).refused).toEqual([]);
  });
});

describe('what a folder may also hold', () => {
  test('objects of other kinds: listed, not run', async () => {
    await folder.write('web.yaml', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: {} });
    const { foreign, refused } = await (await folder.open()).list();
    expect(foreign.map(({ kind, name }) => [kind, name])).toEqual([['Deployment', 'web']]);
    expect(refused).toEqual([]);
  });

  test('files that hold no object at all: passed over, but not if they are named', async () => {
    const path = await folder.write('package.json', '{"name": "a", "version": "1.0.0"}');
    const inFolder = await (await folder.open()).list();
    expect([inFolder.refused, inFolder.ignored]).toEqual([[], [path]]);
    const named = await (await folder.open(path)).list();
    expect(messages(folder, named)).toEqual([
      'res/package.json:1: is no Kubernetes object; give it an apiVersion, a kind and metadata.name',
    ]);
  });

  test('a List, as kubectl prints it', async () => {
    const items = [triggerDocument('hook'), triggerDocument('bad', { delivery: { retry: -1 } })];
    await folder.write('list.yaml', { apiVersion: 'v1', kind: 'List', items });
    const snapshot = await (await folder.open()).list();
    expect(names(snapshot)).toEqual(['hook']);
    expect(messages(folder, snapshot)).toEqual([
      `res/list.yaml:${await lineOf(folder, 'list.yaml', ['retry: -1', 1])}: Trigger default/bad: spec.delivery.retry: is -1; write at least 0`,
    ]);
  });

  test('JSON', async () => {
    await folder.write('hook.json', JSON.stringify(triggerDocument('hook'), null, 2));
    expect(names(await (await folder.open()).list())).toEqual(['hook']);
  });
});

test('without a path there is one Broker, default/default', async () => {
  await using store = await openFiles({ paths: [], data: folder.data, clock: systemClock });
  const { resources } = await store.list();
  expect(resources.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
    ['Broker', 'default', 'default'],
  ]);
});
