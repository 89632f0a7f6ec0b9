import { alertmanager } from './alertmanager.ts';
import { bitbucket } from './bitbucket.ts';
import { dockerRegistry } from './docker-registry.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { harbor } from './harbor.ts';
import type { WebhookProvider } from './provider.ts';
import { stripe } from './stripe.ts';

/** Every provider of a WebhookSource. A new one is a file, a test, a line here and one in crds/webhook-providers.ts. */
export const PROVIDERS: readonly WebhookProvider[] = [
  github,
  gitlab,
  bitbucket,
  dockerRegistry,
  harbor,
  alertmanager,
  stripe,
];
