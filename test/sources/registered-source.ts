import { type OpenSource, openSource } from '../../sources/open.ts';
import type { FakeGitHub } from './github/fake-github.ts';
import { github } from './github/github-delivery.ts';
import type { SourceWorld } from './source-world.ts';

/** Where the hooks of its repository are. */
export const LIST = '/repos/Codertocat/Hello-World/hooks';
/** Where its position is kept. */
export const KEY = 'default/githubsource/it';

/** A GitHubSource that registers at `api`; `spec` over it. */
export function source(api: FakeGitHub, spec: object = {}): ReturnType<typeof github> {
  return github({ accessToken: { secretKeyRef: { name: 'api', key: 'token' } }, githubAPIURL: api.url, ...spec });
}

/** Opens it, and waits until registering came to something. */
export async function opened(world: SourceWorld, api: FakeGitHub, spec: object = {}): Promise<OpenSource> {
  const running = openSource(source(api, spec), world.ports);
  await world.until(() => running.status().conditions['WebhookConfigured'] !== undefined);
  return running;
}

/** Opens it and stops it again once it said how that went. */
export async function once(
  world: SourceWorld,
  api: FakeGitHub,
  spec: object = {},
): Promise<ReturnType<OpenSource['status']>> {
  const running = await opened(world, api, spec);
  await running[Symbol.asyncDispose]();
  return running.status();
}
