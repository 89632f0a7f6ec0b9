import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeGitHub } from '../sources/github/fake-github.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { brokerYaml, document, TO_BROKER } from '../support/yaml.ts';

const HOOKS = '/repos/octo/repo/hooks';
const PUBLIC = 'https://weir.example';
const ENV = { WEIR_SECRET_DEFAULT_HOOK_SECRET: 'signed-with', WEIR_SECRET_DEFAULT_API_TOKEN: 'ghp_token' };

let api: FakeGitHub;
beforeEach(async () => {
  api = await FakeGitHub.start();
});
afterEach(() => api[Symbol.asyncDispose]());

function sourceYaml(): string {
  return document({
    apiVersion: 'sources.knative.dev/v1alpha1',
    kind: 'GitHubSource',
    metadata: { name: 'repo' },
    spec: {
      ownerAndRepository: 'octo/repo',
      eventTypes: ['push'],
      githubAPIURL: api.url,
      accessToken: { secretKeyRef: { name: 'api', key: 'token' } },
      secretToken: { secretKeyRef: { name: 'hook', key: 'secret' } },
      sink: TO_BROKER,
    },
  });
}

/** Serves a Broker and a GitHubSource until its webhook is registered, stops, and deletes the source's file. */
async function removedWhileStopped(): Promise<{ readonly folder: string; readonly data: string }> {
  const [folder, data] = [await ownFolder(), await ownFolder()];
  await writeFile(join(folder, 'broker.yaml'), brokerYaml());
  await writeFile(join(folder, 'source.yaml'), sourceYaml());
  const running = await serving({ paths: [folder], data, publicUrl: PUBLIC, env: ENV });
  await running.lines.first('source.registered');
  await running.stop();
  expect(api.hooks.get(HOOKS)).toHaveLength(1);
  await rm(join(folder, 'source.yaml'));
  return { folder, data };
}

test('the webhook of a source whose file was deleted while nothing ran is deleted by the next process, once', async () => {
  const { folder, data } = await removedWhileStopped();
  const second = await serving({ paths: [folder], data, publicUrl: PUBLIC, env: ENV });
  await second.lines.first('source.webhook-removed');
  await second.stop();
  expect([api.hooks.get(HOOKS), api.asked.at(-1)]).toEqual([[], `DELETE ${HOOKS}/12345`]);
  const calls = api.calls.length;
  const third = await serving({ paths: [folder], data, publicUrl: PUBLIC, env: ENV });
  await third.stop();
  expect(api.calls).toHaveLength(calls);
});

test('without the token one line says which webhook is left, where it calls and what to do', async () => {
  const { folder, data } = await removedWhileStopped();
  const second = await serving({ paths: [folder], data, publicUrl: PUBLIC });
  const { level, fields } = await second.lines.first('source.webhook-left');
  await second.stop();
  expect([level, fields]).toEqual([
    'warn',
    {
      source: 'default/githubsource/repo',
      hook: `${api.url}${HOOKS}/12345`,
      url: `${PUBLIC}/-/sources/default/githubsource/repo`,
      error: 'spec.accessToken.secretKeyRef: key token of Secret api is not there or empty; add it',
      what: 'declare that Secret again within a day and the webhook is removed; or remove it by hand',
    },
  ]);
  expect(second.lines.all.filter(({ name }) => name === 'source.webhook-left')).toHaveLength(1);
});

test('a file deleted while it runs: the webhook goes, and one that is written again gets a new one', async () => {
  const folder = await ownFolder();
  await writeFile(join(folder, 'broker.yaml'), brokerYaml());
  await writeFile(join(folder, 'source.yaml'), sourceYaml());
  const running = await serving({ paths: [folder], publicUrl: PUBLIC, env: ENV });
  await running.lines.first('source.registered');
  await rm(join(folder, 'source.yaml'));
  await running.lines.first('source.webhook-removed');
  running.lines.all.length = 0;
  await writeFile(join(folder, 'source.yaml'), sourceYaml());
  await running.lines.first('source.registered');
  expect(api.hooks.get(HOOKS)?.map(({ id }) => id)).toEqual([12346]);
});
