import { createHmac } from 'node:crypto';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import type { WebhookAnswer } from '../../../sources/webhook.ts';
import { instance, SourceWorld } from '../source-world.ts';

/** An instance of WebhookSource; `secrets` are its values, named in `spec.secrets` in their order. */
export function webhookInstance(spec: object, secrets: readonly string[] = []): SourceInstance {
  return instance(
    'WebhookSource',
    {
      sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' } },
      secrets: secrets.map((_secret, i) => ({ secretKeyRef: { name: 'hook', key: `key${i}` } })),
      ...spec,
    },
    { secrets: new Map(secrets.map((secret, i) => [`hook/key${i}`, secret])) },
  );
}

/** A WebhookSource that is called by hand. */
export interface OpenWebhook {
  readonly world: SourceWorld;
  readonly source: OpenSource;
  readonly post: (request: WebhookRequest) => Promise<WebhookAnswer>;
}

/** Opens a WebhookSource. */
export function openWebhook(
  spec: object,
  secrets: readonly string[] = [],
  world: SourceWorld = new SourceWorld(),
): OpenWebhook {
  const source = openSource(webhookInstance(spec, secrets), world.ports);
  return {
    world,
    source,
    post: async (request) => (await source.webhook?.(request)) ?? { status: 0, headers: {}, body: '' },
  };
}

/** An HMAC over `pieces`. */
export function hmac(
  secret: string | Uint8Array,
  pieces: readonly (string | Uint8Array)[],
  { hash = 'sha256', encoding = 'hex' as const }: { readonly hash?: string; readonly encoding?: 'hex' | 'base64' } = {},
): string {
  const mac = createHmac(hash, secret);
  for (const piece of pieces) mac.update(piece);
  return mac.digest(encoding);
}
