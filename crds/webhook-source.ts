import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';
import { headerName } from './webhook-providers/generic.ts';
import {
  AUTHENTICATIONS,
  providerBlocks,
  WEBHOOK_PROVIDERS,
  type Authentication,
  type ProviderBlocks,
  type ProviderName,
  type ProviderRules,
} from './webhook-providers.ts';

/** Who sends, and how it is known. What one provider alone has stands in a field with its name. */
export interface WebhookSourceSpec extends SourceSpec, ProviderBlocks {
  readonly provider: ProviderName;
  /** What the sender signs with, or proves itself with; several while one is replaced. For `basic` each is `user:password`. */
  readonly secrets: readonly SecretReference[];
  /** Only for providers without a scheme of their own, and there it must be written. */
  readonly authentication?: Authentication;
  /** With `apiKey`: the header that holds it; undefined: X-Api-Key. */
  readonly apiKeyHeader?: string;
  /** How far a signed time may be from ours, both ways; undefined: 300. */
  readonly toleranceSeconds?: number;
  /** The happenings that are wanted, as the provider writes them; undefined: all. */
  readonly eventTypes?: readonly string[];
  /** Whom the CloudEvents handshake (OPTIONS) is granted to: DNS names, `*` for all; undefined: nobody. [CloudEvents HTTP webhook 4.2] */
  readonly allowedOrigins?: readonly string[];
  /** How many requests per minute the handshake grants; undefined: any number. */
  readonly allowedRate?: number;
}

/** Emits what a sender of webhooks tells. */
export type WebhookSource = ResourceOf<'WebhookSource', WebhookSourceSpec>;

const provider = z.string().transform((name, context): ProviderName => {
  if (isProvider(name)) return name;
  refuse(context, { found: `is ${quoted(name)}`, allowed: `write ${Object.keys(WEBHOOK_PROVIDERS).join(', ')}` });
  return z.NEVER;
});

const spec = z
  .strictObject({
    ...sourceFields,
    provider,
    secrets: z.array(secretReference).default([]),
    authentication: z.enum(AUTHENTICATIONS).exactOptional(),
    apiKeyHeader: headerName.exactOptional(),
    toleranceSeconds: z.int().min(1).max(86_400).exactOptional(),
    eventTypes: z.array(z.string().min(1)).min(1).exactOptional(),
    allowedOrigins: z.array(z.string().min(1)).min(1).exactOptional(),
    allowedRate: z.int().min(1).exactOptional(),
    ...blocks(),
  })
  .superRefine((value, context) => {
    const rules: ProviderRules = WEBHOOK_PROVIDERS[value.provider];
    checkAuthentication(value, rules, context);
    checkSecrets(value, context);
    checkTolerance(value, rules, context);
    for (const block of Object.keys(providerBlocks))
      if (block !== rules.block && block in value)
        refuse(context, { found: `stands beside provider: ${value.provider}`, allowed: 'leave it out', at: [block] });
    if (value.allowedRate !== undefined && value.allowedOrigins === undefined)
      refuse(context, { found: 'stands without allowedOrigins', allowed: 'write those as well', at: ['allowedRate'] });
  });

/** A WebhookSource, checked. Without secrets only where `authentication: none` is written: nothing is open by omission. */
export const webhookSource: z.ZodType<WebhookSource> = z.strictObject({
  apiVersion: z.literal('sources.weir.dev/v1alpha1'),
  kind: z.literal('WebhookSource'),
  metadata,
  spec,
});

/** WebhookSource among the kinds. */
export const webhookSourceKind: Kind<WebhookSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'WebhookSource',
  plural: 'webhooksources',
  singular: 'webhooksource',
  schema: webhookSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'WebhookConfigured'],
  source: {
    emits: () => [],
    called: () => true,
    column: ['PROVIDER', 'provider'],
  },
};

type Checked = Omit<WebhookSourceSpec, 'sink' | 'ceOverrides'>;

function blocks(): { readonly [B in keyof ProviderBlocks]-?: z.ZodExactOptional<(typeof providerBlocks)[B]> } {
  const { standardWebhooks, generic } = providerBlocks;
  return { standardWebhooks: standardWebhooks.exactOptional(), generic: generic.exactOptional() };
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(WEBHOOK_PROVIDERS, name);
}

function checkAuthentication(value: Checked, rules: ProviderRules, context: z.RefinementCtx): void {
  const { provider, authentication, apiKeyHeader, generic } = value;
  const at = ['authentication'];
  if (rules.authentication === undefined) {
    if (authentication !== undefined)
      refuse(context, {
        found: `is ${authentication}`,
        allowed: `${provider} has a scheme of its own, which is always checked; leave it out`,
        at,
      });
  } else if (authentication === undefined || !rules.authentication.includes(authentication))
    refuse(context, {
      found: authentication === undefined ? 'is missing' : `is ${authentication}`,
      allowed: `write ${rules.authentication.join(', ')}; with none anybody can send`,
      at,
    });
  if (apiKeyHeader !== undefined && authentication !== 'apiKey')
    refuse(context, { found: 'stands without authentication: apiKey', allowed: 'leave it out', at: ['apiKeyHeader'] });
  if ((authentication === 'hmac') !== (generic?.signature !== undefined))
    refuse(context, {
      found: authentication === 'hmac' ? 'is missing' : 'stands without authentication: hmac',
      allowed: 'write both authentication: hmac and generic.signature, or neither',
      at: ['generic', 'signature'],
    });
}

function checkSecrets({ provider, authentication, secrets, generic }: Checked, context: z.RefinementCtx): void {
  if (authentication === 'none' && secrets.length > 0)
    refuse(context, {
      found: 'stands beside authentication: none',
      allowed: 'nothing would check them; write how the sender proves itself, or leave them out',
      at: ['secrets'],
    });
  if (authentication !== 'none' && secrets.length === 0)
    refuse(context, {
      found: 'is empty',
      allowed: `without one anybody could forge events: name what ${provider === 'generic' ? 'the sender' : provider} signs or logs in with by secretKeyRef`,
      at: ['secrets'],
    });
  if (generic?.challenge?.crc === true && authentication !== 'hmac')
    refuse(context, {
      found: 'stands without authentication: hmac',
      allowed: 'the answer is an HMAC: write that as well',
      at: ['generic', 'challenge', 'crc'],
    });
}

function checkTolerance(value: Checked, { timestamped }: ProviderRules, context: z.RefinementCtx): void {
  if (value.toleranceSeconds === undefined) return;
  if (!timestamped)
    refuse(context, {
      found: 'is written',
      allowed: `${value.provider} signs no time, so nothing would keep it; leave it out`,
      at: ['toleranceSeconds'],
    });
  else if (value.provider === 'generic' && !(value.generic?.signature?.content.includes('{timestamp}') ?? false))
    refuse(context, {
      found: 'is written',
      allowed: 'generic.signature.content signs no {timestamp}, so nothing would keep it; leave it out',
      at: ['toleranceSeconds'],
    });
}
