import type { z } from 'zod';
import { genericWebhook, type GenericWebhook } from './webhook-providers/generic.ts';
import { standardWebhooks, type StandardWebhooks } from './webhook-providers/standard-webhooks.ts';

/** How a sender that has no scheme of its own proves who it is. `none`: not at all, anybody can send; it is never assumed, only written. */
export const AUTHENTICATIONS = ['hmac', 'bearer', 'basic', 'apiKey', 'none'] as const;

/** One of them. */
export type Authentication = (typeof AUTHENTICATIONS)[number];

/** What the schema must know of a provider. */
export interface ProviderRules {
  /** Which values `spec.authentication` may have: it must then be written. Undefined: the provider has a scheme of its own, the field is refused and `spec.secrets` must not be empty. */
  readonly authentication?: readonly Authentication[];
  /** Whether its scheme signs a time. If not, `toleranceSeconds` is refused: it would promise what nothing keeps. */
  readonly timestamped: boolean;
  /** The field of the spec that is this provider's alone. */
  readonly block?: keyof ProviderBlocks;
}

const OWN: ProviderRules = { timestamped: false };
const TIMESTAMPED: ProviderRules = { timestamped: true };
/** Its sender signs nothing, but can log in. */
const LOGS_IN: ProviderRules = { authentication: ['bearer', 'basic', 'apiKey', 'none'], timestamped: false };

/** Every provider that a WebhookSource knows. A new one is a line here and in sources/webhooks/providers.ts, and, if it has fields of its own, a file in webhook-providers/ and a line in both of the blocks. */
export const WEBHOOK_PROVIDERS = {
  github: OWN,
  gitlab: TIMESTAMPED,
  bitbucket: OWN,
  gitea: OWN,
  'docker-registry': LOGS_IN,
  harbor: LOGS_IN,
  alertmanager: LOGS_IN,
  stripe: TIMESTAMPED,
  slack: TIMESTAMPED,
  shopify: OWN,
  twilio: OWN,
  'standard-webhooks': { timestamped: true, block: 'standardWebhooks' },
  generic: { authentication: AUTHENTICATIONS, timestamped: true, block: 'generic' },
} as const satisfies Readonly<Record<string, ProviderRules>>;

/** One of them. */
export type ProviderName = keyof typeof WEBHOOK_PROVIDERS;

/** The fields that one provider alone has, each an object named as that provider. */
export interface ProviderBlocks {
  readonly standardWebhooks?: StandardWebhooks;
  readonly generic?: GenericWebhook;
}

/** Their schemas. */
export const providerBlocks: { readonly [B in keyof ProviderBlocks]-?: z.ZodType<NonNullable<ProviderBlocks[B]>> } = {
  standardWebhooks,
  generic: genericWebhook,
};
