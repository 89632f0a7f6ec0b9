import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import type { Log } from '../../events/log.ts';
import type { CallApi } from '../api-call.ts';
import { cloudEventsHandshake } from '../cloudevents-handshake.ts';
import { onlyHeader } from '../headers.ts';
import { member } from '../member.ts';
import type { WebhookRequest, WebhookResult } from '../source.ts';
import { notAllowed, unreadable } from '../webhooks/refusals.ts';
import { type Admission, isMns, isSns } from './admission.ts';
import { eventsOf, jsonOf, type Notification } from './notification.ts';
import { READERS } from './readers.ts';
import { confirmSubscription, text } from './sns.ts';
import { sourceKey } from '../source-key.ts';

const EVENT_GRID = 'eventgrid.azure.net';

/** One source that is called. */
export interface ObjectStorageWebhook {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly provider: ObjectStorageProvider;
  readonly admit: Admission;
  /** azure: undefined = Event Grid alone. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly call: CallApi;
  readonly log: Log;
}

/**
 * Answers one request. What proves itself is always answered 2xx, once its events are accepted: what cannot be read is a dead letter among them, because senders that keep a queue (MinIO) would send it again for
 * ever and keep everything behind it. Subscriptions of SNS are confirmed and handshakes of Event Grid answered. Refuses with 401, 403 and 405.
 */
export async function answerNotification(
  source: ObjectStorageWebhook,
  request: WebhookRequest,
  signal: AbortSignal,
): Promise<WebhookResult> {
  const { provider } = source;
  if (request.method === 'OPTIONS') return handshake(source, request, signal);
  const untrusted = await source.admit(request, signal);
  if (untrusted) return untrusted;
  if (provider === 's3' && isSns(request)) {
    const told = await ofSubscription(source, request, signal);
    if (told) return told;
  }
  if (provider === 'azure') {
    const code = validationCode(request.body);
    if (code !== undefined)
      return {
        events: [],
        answer: {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ validationResponse: code }),
        },
      };
  }
  return eventsOf(READERS[provider](provider === 'oss' && isMns(request) ? signedByMns(request) : request), source);
}

/** What MNS signs of a request that it makes: headers that somebody added on the way, such as `ce-id`, are no part of what it says. */
function signedByMns({ rawHeaders, body }: WebhookRequest): Notification {
  const type = onlyHeader(rawHeaders, 'content-type');
  return { rawHeaders: type === undefined || type === 'several' ? [] : ['content-type', type.value], body };
}

/** What SNS says of the subscription itself; undefined: it is a notification. */
async function ofSubscription(
  { call, log, namespace, kind, name }: ObjectStorageWebhook,
  request: WebhookRequest,
  signal: AbortSignal,
): Promise<WebhookResult | undefined> {
  const message = jsonOf(request.body);
  const type = text(message, 'Type');
  // Without a type it is the message alone, as raw delivery has it.
  if (type === 'Notification' || type === undefined) return undefined;
  const facts = { source: sourceKey({ namespace, kind, name }), topic: text(message, 'TopicArn') };
  if (type === 'SubscriptionConfirmation') {
    const refusal = await confirmSubscription(message, call, signal);
    if (!refusal) log.info('source.subscribed', facts);
    return refusal ?? [];
  }
  if (type !== 'UnsubscribeConfirmation') return unreadable('Type must be one that SNS sends');
  log.warn('source.unsubscribed', facts);
  return [];
}

/** What Event Grid wants back before it sends events of its own schema. [Azure Event Grid "Webhook event delivery"] */
function validationCode(body: Uint8Array): string | undefined {
  const json = jsonOf(body);
  const first: unknown = Array.isArray(json) ? json[0] : json;
  if (member('eventType')(first) !== 'Microsoft.EventGrid.SubscriptionValidationEvent') return undefined;
  const code = member('data.validationCode')(first);
  return typeof code === 'string' ? code : undefined;
}

async function handshake(
  source: ObjectStorageWebhook,
  request: WebhookRequest,
  signal: AbortSignal,
): Promise<WebhookResult> {
  if (source.provider !== 'azure') return notAllowed('notifications are sent with POST', ['POST']);
  // Event Grid asks at the address as it was given, with the token in its query, but without the headers of deliveries.
  if (request.target.includes('access_token=')) {
    const untrusted = await source.admit(request, signal);
    if (untrusted) return untrusted;
  }
  return cloudEventsHandshake(request, { allowedOrigins: source.allowedOrigins ?? [EVENT_GRID] });
}
