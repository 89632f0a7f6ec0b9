import type { WebhookRequest } from '../../../sources/source.ts';
import { hmac } from './open-webhook.ts';
import { ARRIVED, posted } from './posted.ts';

export const SECONDS: string = String(Date.parse(ARRIVED) / 1000);
export const STRIPE_SECRET = 'whsec_stripeEndpointSecret';
export const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
export const SHOPIFY_SECRET = 'shpss_clientSecret';
export const TWILIO_SECRET = 'twilio-auth-token';
export const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** Where SourceWorld is reached from outside. */
export const PUBLIC = 'https://weir.example.com';

type Headers = Readonly<Record<string, string | undefined>>;

/** A delivery of Stripe. */
export function stripeRequest(body: object | string, headers: Headers = {}, seconds = SECONDS): WebhookRequest {
  const request = posted(body);
  const signature = hmac(STRIPE_SECRET, [`${seconds}.`, request.body]);
  return posted(body, { 'Stripe-Signature': `t=${seconds},v1=${signature}`, ...headers });
}

/** A delivery of Slack. */
export function slackRequest(body: object | string, headers: Headers = {}, seconds = SECONDS): WebhookRequest {
  const request = posted(body);
  return posted(body, {
    'X-Slack-Request-Timestamp': seconds,
    'X-Slack-Signature': `v0=${hmac(SLACK_SECRET, [`v0:${seconds}:`, request.body])}`,
    ...headers,
  });
}

/** A delivery of Shopify. */
export function shopifyRequest(body: object | string, headers: Headers = {}): WebhookRequest {
  const request = posted(body);
  return posted(body, {
    'X-Shopify-Topic': 'orders/create',
    'X-Shopify-Shop-Domain': 'weir-test.myshopify.com',
    'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'X-Shopify-Event-Id': '98880550-7158-44d4-b7cd-2c97c8a091b5',
    'X-Shopify-Triggered-At': '2025-12-31T23:59:58.123456789Z',
    'X-Shopify-Hmac-SHA256': hmac(SHOPIFY_SECRET, [request.body], { encoding: 'base64' }),
    ...headers,
  });
}

/** A delivery of Twilio, signed for `PUBLIC`. */
export function twilioRequest(fields: Readonly<Record<string, string>>, headers: Headers = {}): WebhookRequest {
  const form = new URLSearchParams(fields);
  const signed = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat();
  const request = posted(form.toString());
  const pieces = [PUBLIC, request.target, ...signed];
  return posted(form.toString(), {
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'X-Twilio-Signature': hmac(TWILIO_SECRET, pieces, { hash: 'sha1', encoding: 'base64' }),
    ...headers,
  });
}

/** A delivery of a sender that keeps to Standard Webhooks. */
export function standardRequest(body: object | string, headers: Headers = {}, id = 'msg_1'): WebhookRequest {
  const request = posted(body);
  const key = Buffer.from(STANDARD_SECRET.slice('whsec_'.length), 'base64');
  return posted(body, {
    'webhook-id': id,
    'webhook-timestamp': SECONDS,
    'webhook-signature': `v1,${hmac(key, [`${id}.${SECONDS}.`, request.body], { encoding: 'base64' })}`,
    ...headers,
  });
}
