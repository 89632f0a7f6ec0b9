import { isUriReference } from '../../events/uri.ts';
import { isTimestamp } from '../../events/timestamp.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { base64Digest, signedByOne } from './hmac.ts';
import { firstText } from './payload.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, optionalHeader, provingHeader, tellingHeader, unreadable } from './refusals.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** Shopify. [shopify.dev "Verify webhook deliveries", "Delivery structure"] */
export const shopify: WebhookProvider = {
  name: 'shopify',
  about: {
    signature:
      '`X-Shopify-Hmac-SHA256: <base64>`: HMAC-SHA256 over the body, the key is the client secret of the app. No time is signed, and no header is',
    type: '`com.shopify.<X-Shopify-Topic>`, such as `com.shopify.orders/create`',
    source: '`https://<X-Shopify-Shop-Domain>`',
    subject: '`admin_graphql_api_id`, else `id` of the body',
    id: '`X-Shopify-Webhook-Id`; without it `X-Shopify-Event-Id` and the topic',
    time: '`X-Shopify-Triggered-At`',
    notes:
      'One action of a merchant may be several topics with one `X-Shopify-Event-Id`, which is the extension `shopifyeventid`: two subscriptions of one topic differ in `id` and agree in that.',
  },
  verify,
  read,
};

function verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const name = 'X-Shopify-Hmac-SHA256';
  const header = provingHeader(
    request,
    name,
    'have Shopify send to this address, and name the client secret of the app in spec.secrets',
  );
  if ('status' in header) return header;
  const digest = base64Digest(header.value);
  if (!digest) return forged(`${name} must be the base64 of 32 bytes`);
  if (signedByOne([digest], [request.body], config)) return undefined;
  return forged(
    `${name} does not fit the body; spec.secrets must name the client secret of the app, and nothing on the way may change the body`,
  );
}

function read(request: WebhookRequest): Understood | Refusal {
  const topic = tellingHeader(request, 'X-Shopify-Topic');
  if ('status' in topic) return topic;
  const shop = tellingHeader(request, 'X-Shopify-Shop-Domain');
  if ('status' in shop) return shop;
  const eventId = optionalHeader(request, 'X-Shopify-Event-Id');
  const id = optionalHeader(request, 'X-Shopify-Webhook-Id') ?? (eventId && `${eventId}/${topic.value}`);
  if (id === undefined) return unreadable('neither X-Shopify-Webhook-Id nor X-Shopify-Event-Id is there, once');
  const source = `https://${shop.value}`;
  if (!isUriReference(source)) return unreadable('X-Shopify-Shop-Domain is no domain');
  const body = jsonBody(request);
  if ('status' in body) return body;
  const triggered = optionalHeader(request, 'X-Shopify-Triggered-At');
  const event = webhookEvent(request, {
    id,
    source,
    type: `com.shopify.${topic.value}`,
    subject: firstText(body.payload, 'admin_graphql_api_id', 'id'),
    time: triggered !== undefined && isTimestamp(triggered) ? triggered : undefined,
    extensions: { shopifyeventid: eventId },
  });
  return { happenings: [{ name: topic.value, event }] };
}
