import { type OpenSource, openSource } from '../../sources/open.ts';
import type { WebhookRequest } from '../../sources/source.ts';
import type { WebhookAnswer } from '../../sources/webhook.ts';
import { github } from './github/github-delivery.ts';
import { SourceWorld } from './source-world.ts';

/** A GitHubSource that is called by hand. */
export interface Hook {
  readonly world: SourceWorld;
  readonly source: OpenSource;
  readonly post: (request: WebhookRequest) => Promise<WebhookAnswer>;
}

/** Opens a GitHubSource for pushes and issues; `spec` over it. */
export function hook(
  spec: object = {},
  world: SourceWorld = new SourceWorld(),
  ceOverrides: Readonly<Record<string, string>> = {},
): Hook {
  const source = openSource(github(spec, { ceOverrides }), world.ports);
  return {
    world,
    source,
    post: async (request) => (await source.webhook?.(request)) ?? { status: 0, headers: {}, body: '' },
  };
}
