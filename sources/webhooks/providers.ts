import type { WebhookProvider } from './provider.ts';
import { stripe } from './stripe.ts';

/** Every provider of a WebhookSource. A new one is a file, a test, a line here and one in crds/webhook-providers.ts. */
export const PROVIDERS: readonly WebhookProvider[] = [stripe];
