import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WEBHOOK_PROVIDERS, type ProviderRules } from '../../../crds/webhook-providers.ts';
import { RefusedError } from '../../../events/errors.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import type { WebhookProvider } from '../../../sources/webhooks/provider.ts';
import { PROVIDERS } from '../../../sources/webhooks/providers.ts';
import { openWebhook } from './open-webhook.ts';
import { ARRIVED, config } from './posted.ts';
import { SECONDS, STANDARD_SECRET } from './signed.ts';

const HEADERS = [
  'content-type',
  'authorization',
  'x-api-key',
  'x-hub-signature',
  'x-hub-signature-256',
  'x-github-event',
  'x-github-delivery',
  'x-gitlab-token',
  'x-gitlab-event',
  'x-event-key',
  'x-request-uuid',
  'stripe-signature',
  'x-slack-signature',
  'x-slack-request-timestamp',
  'x-shopify-hmac-sha256',
  'x-shopify-topic',
  'x-twilio-signature',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'svix-signature',
  'x-signature',
  'webhook-request-origin',
  'webhook-request-rate',
  'ce-id',
];
const VALUE = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    SECONDS,
    `t=${SECONDS},v1=${'0'.repeat(64)}`,
    `v0=${'0'.repeat(64)}`,
    `sha256=${'0'.repeat(64)}`,
    `v1,${'A'.repeat(43)}= v1a,${'A'.repeat(86)}==`,
    `${'A'.repeat(43)}=`,
    `${'A'.repeat(27)}=`,
    'Bearer x',
    'Basic eDp5',
    'application/json',
    'application/x-www-form-urlencoded',
    'application/cloudevents+json',
  ),
);
const BODY = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => new TextEncoder().encode(text)),
  fc.webQueryParameters().map((text) => new TextEncoder().encode(text)),
);
const REQUEST: fc.Arbitrary<WebhookRequest> = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'PUT'),
  target: fc.webQueryParameters().map((query) => `/-/sources/default/webhooksource/it?${query}`),
  rawHeaders: fc.array(fc.tuple(fc.constantFrom(...HEADERS), VALUE), { maxLength: 8 }).map((pairs) => pairs.flat()),
  body: BODY,
  receivedAtMs: fc.constant(Date.parse(ARRIVED)),
});

const SECRET = STANDARD_SECRET;
const SIGNATURE = {
  header: 'x-signature',
  prefix: 'sha256=',
  content: '{timestamp}.{body}',
  timestampHeader: 'webhook-timestamp',
};

/** A source of that provider that lets nobody in without a secret, in every way it knows. */
function closed({ name }: WebhookProvider): readonly object[] {
  const rules: ProviderRules = WEBHOOK_PROVIDERS[name];
  const ways = rules.authentication?.filter((way) => way !== 'none') ?? [undefined];
  return ways.map((authentication) => ({
    provider: name,
    ...(authentication === undefined ? {} : { authentication }),
    ...(authentication === 'hmac' ? { generic: { signature: SIGNATURE } } : {}),
  }));
}

describe.each(PROVIDERS.map((provider) => [provider.name, provider] as const))('%s', (_name, provider) => {
  test.each(closed(provider))('nobody gets in without the secret: $authentication', async (spec) => {
    const { world, source } = openWebhook(spec, [SECRET]);
    await fc.assert(
      fc.asyncProperty(REQUEST, async (request) => {
        const answer = await source.webhook?.(request);
        expect(answer?.status).toBeGreaterThanOrEqual(400);
        expect(answer?.status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    expect(world.emitted).toEqual([]);
  });

  test('what is genuine and makes no sense is refused, or is an event, never a bug', () => {
    const trusted = config(provider, [SECRET], { authentication: 'none' });
    fc.assert(
      fc.property(REQUEST, (request) => {
        try {
          const result = provider.read(request, trusted);
          if ('status' in result) expect([400, 401, 415]).toContain(result.status);
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
