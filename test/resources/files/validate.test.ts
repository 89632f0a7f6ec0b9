import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultPaths } from '../../../resources/files/paths.ts';
import { validatePaths } from '../../../resources/files/validate.ts';
import { brokerDocument, triggerDocument } from '../store-conformance.ts';
import { Folder } from './folder.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.make();
});
afterEach(() => folder[Symbol.asyncDispose]());

test('files are checked without a store: what is good, what is not, what is not ours', async () => {
  await folder.write('a.yaml', brokerDocument('default'), triggerDocument('hook', { delivery: { retry: -1 } }));
  await folder.write('b.yaml', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } });
  const result = await validatePaths([folder.resources]);
  expect(result.accepted.map(({ kind }) => kind)).toEqual(['Broker']);
  expect(result.refused.map(({ code }) => code)).toEqual(['resource-invalid']);
  expect(result.foreign.map(({ kind }) => kind)).toEqual(['Deployment']);
});

test('a Trigger whose Broker stands nowhere in the files is accepted, and waits', async () => {
  const file = await folder.write('a.yaml', brokerDocument('other'), triggerDocument('hook'));
  const { accepted, refused, waiting } = await validatePaths([folder.resources]);
  expect([accepted.length, refused]).toEqual([2, []]);
  expect(waiting).toEqual([
    {
      identity: expect.objectContaining({ kind: 'Trigger', namespace: 'default', name: 'hook' }),
      file,
      line: expect.any(Number),
      path: 'spec.broker',
      message: expect.stringMatching(
        /a\.yaml:\d+: Trigger default\/hook: spec\.broker: there is no Broker default\/default in these files; the Trigger waits until it is declared$/,
      ),
    },
  ]);
});

test('a Broker in another file will do, and one that is refused is told once', async () => {
  await folder.write('a.yaml', triggerDocument('hook'));
  await folder.write('b.yaml', { ...brokerDocument('default'), spec: { unknown: 1 } });
  const wrong = await validatePaths([folder.resources]);
  expect([wrong.refused.length, wrong.waiting]).toEqual([1, []]);
  await folder.write('b.yaml', brokerDocument('default'));
  expect((await validatePaths([folder.resources])).waiting).toEqual([]);
});

test('a path that cannot be read is refused like the rest', async () => {
  const { refused } = await validatePaths(['/nowhere/at/all']);
  expect(refused.map(({ message }) => message)).toEqual(['/nowhere/at/all: does not exist']);
});

test('without a path weir.yaml is read, if it is there', async () => {
  expect(await defaultPaths(folder.resources)).toEqual([]);
  const path = await folder.write('weir.yaml', brokerDocument('default'));
  expect(await defaultPaths(folder.resources)).toEqual([path]);
});
