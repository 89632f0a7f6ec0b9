import { alertmanager } from './alertmanager.ts';
import { bitbucket } from './bitbucket.ts';
import { dockerRegistry } from './docker-registry.ts';
import { generic } from './generic.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { harbor } from './harbor.ts';
import type { WebhookProvider } from './provider.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { twilio } from './twilio.ts';

/** Every provider of a WebhookSource. A new one is a file, a test, a line here and one in crds/webhook-providers.ts. */
export const PROVIDERS: readonly WebhookProvider[] = [
  github,
  gitlab,
  bitbucket,
  gitea,
  dockerRegistry,
  harbor,
  alertmanager,
  stripe,
  slack,
  shopify,
  twilio,
  standardWebhooks,
  generic,
];
