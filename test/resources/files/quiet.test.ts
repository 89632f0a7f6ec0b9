import { expect, onTestFinished, test } from 'vitest';
import { openFiles } from '../../../resources/files/open.ts';
import { brokerYaml } from '../../support/yaml.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { Folder } from './folder.ts';

test('files are read again once nothing has changed for as long as was asked', async () => {
  const folder = await Folder.make();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const clock = new FakeClock();
  const store = await openFiles({ paths: [folder.resources], data: folder.data, clock, quietMs: 10_000 });
  onTestFinished(() => store[Symbol.asyncDispose]());
  await folder.write('broker.yaml', brokerYaml('new'));
  await expect.poll(() => clock.pending, { timeout: 20_000 }).toBe(1);
  await clock.advance(9000);
  expect(clock.pending).toBe(1);
  await clock.advance(10_000);
  await expect.poll(async () => (await store.list()).resources.length, { timeout: 20_000 }).toBe(1);
});
