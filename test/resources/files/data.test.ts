import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '../../../resources/files/open.ts';
import { systemClock } from '../../../events/clock.ts';
import { brokerDocument, triggerDocument, until } from '../store-conformance.ts';
import { Folder } from './folder.ts';
import { names, retryOf, reopened } from './seen.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.make();
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('the data folder', () => {
  const path = (): string => join(folder.data, 'resources.json');

  test('keeps no value of a Secret, and no message repeats one', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hook' } };
    await folder.write('a.yaml', { ...secret, stringData: { token: 'S3NTINEL' } });
    const store = await folder.open();
    expect(await store.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'hook' })).toBeDefined();
    expect(await readFile(path(), 'utf8')).not.toContain('S3NTINEL');
    await folder.write('a.yaml', { ...secret, stringData: { token: ['S3NTINEL'] } });
    const refused = await until(store, (snapshot) => snapshot.refused.length > 0);
    await folder.write('a.yaml', { ...secret, data: { token: 'S3NTINEL!' } }, 'stringData: "S3NTINEL\n');
    const again = await until(store, (snapshot) => snapshot.refused.length > 1);
    expect(inspect([refused.refused, again.refused], { depth: 20 })).not.toContain('S3NTINEL');
    const next = await reopened(folder, store, async () => {});
    expect(inspect(await next.list(), { depth: 20 })).not.toContain('S3NTINEL');
    expect(await readFile(path(), 'utf8')).not.toContain('S3NTINEL');
  });

  test.each([
    ['{', 'data-folder-damaged'],
    ['{"format":1,"resources":[{"kind":1}]}', 'data-folder-damaged'],
    ['{"format":2,"resources":[]}', 'data-folder-newer'],
  ])('with %s in resources.json is refused, not guessed at', async (text, code) => {
    await writeFile(path(), text);
    await expect(folder.open()).rejects.toMatchObject({ code });
    expect(await readFile(path(), 'utf8')).toBe(text);
  });

  test('that cannot be written is said, and what is declared counts all the same', async () => {
    await mkdir(`${path()}.new`);
    await folder.declare(triggerDocument('hook'));
    const snapshot = await (await folder.open()).list();
    expect(names(snapshot)).toEqual(['hook']);
    expect(snapshot.refused.map(({ code }) => code)).toEqual(['disk-failed']);
  });
});

describe('apply', () => {
  test('changes one document and leaves the rest of the file as it is', async () => {
    const before = '# about hook\n';
    const after = '# about the broker\n';
    await folder.write('two.yaml', before, triggerDocument('hook'), after, brokerDocument('default'));
    const store = await folder.open();
    await store.apply(triggerDocument('hook', { delivery: { retry: 9 } }));
    const text = await readFile(join(folder.resources, 'two.yaml'), 'utf8');
    expect(text).toContain(before);
    expect(text).toContain(after);
    const snapshot = await store.list();
    expect([retryOf(snapshot), names(snapshot), snapshot.refused]).toEqual([9, ['default', 'hook'], []]);
  });

  test('adds to a file where there is no folder', async () => {
    const path = await folder.write('weir.yaml', brokerDocument('default'));
    const store = await folder.open(path);
    await store.apply(triggerDocument('hook'));
    expect(names(await store.list())).toEqual(['default', 'hook']);
  });

  test('has nowhere to write to where there are no files', async () => {
    await using store = await openFiles({ paths: [], data: folder.data, clock: systemClock });
    await expect(store.apply(triggerDocument('hook'))).rejects.toMatchObject({ code: 'resource-unsupported' });
  });
});
