import { cloudEvent } from '../events/attributes.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { formField } from './form-field.ts';
import { githubFacts } from './github-events.ts';
import { onlyHeader } from './headers.ts';
import { hubSignatureRefusal } from './hub-signature.ts';
import { isObject } from './member.ts';
import type { Refusal, Webhook, WebhookRequest } from './source.ts';

/** One GitHubSource that is called. */
export interface GitHubConfig {
  /** `owner/repository` or `organization`. */
  readonly ownerAndRepository: string;
  readonly eventTypes: ReadonlySet<string>;
  /** What the webhook may be signed with: any of them. */
  readonly secrets: readonly string[];
}

/**
 * A delivery of GitHub as Knative's GitHubSource emits it: type `dev.knative.source.github.<event>`, source `https://github.com/<ownerAndRepository>` (for GitHub Enterprise too: what is emitted elsewhere
 * must match the same filters here), id = `X-GitHub-Delivery`, so that a redelivery is the same event; time = arrival. The data are the payload's bytes. `ping` is answered, and emitted only if asked for,
 * like any event type. Refuses with 401, then 400 (headers, JSON) and 415. [Knative GitHubSource; GitHub webhook events]
 */
export const githubWebhook: Webhook<GitHubConfig> = (request, config) => {
  const untrusted = hubSignatureRefusal(request, config.secrets);
  if (untrusted) return untrusted;
  const event = onlyHeader(request.rawHeaders, 'x-github-event');
  const delivery = onlyHeader(request.rawHeaders, 'x-github-delivery');
  if (event === undefined || event === 'several' || !EVENT_NAME.test(event.value))
    return invalid('X-GitHub-Event must come once and name an event, as GitHub sends it');
  if (delivery === undefined || delivery === 'several' || delivery.value === '')
    return invalid('X-GitHub-Delivery must come once with the id of the delivery, as GitHub sends it');
  const data = payloadBytes(request);
  if ('status' in data) return data;
  const payload = parsed(data);
  if (payload === undefined) return invalid('the payload is not a JSON object');
  if (!config.eventTypes.has(event.value)) return [];
  return emitted({ event: event.value, delivery: delivery.value, data, payload }, request, config);
};

const EVENT_NAME = /^[a-z0-9_]{1,100}$/;

function payloadBytes(request: WebhookRequest): Uint8Array | Refusal {
  const header = onlyHeader(request.rawHeaders, 'content-type');
  const given = header === undefined || header === 'several' ? undefined : header.value;
  switch (given?.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return request.body;
    case 'application/x-www-form-urlencoded':
      return (
        formField(request.body, 'payload') ??
        invalid('the form must have the field payload, once and correctly percent-coded')
      );
    default:
      return {
        status: 415,
        code: 'content-type-unsupported',
        message: `content type ${quoted(given ?? '')} is not accepted; set the webhook to application/json`,
      };
  }
}

function parsed(data: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Delivered {
  readonly event: string;
  readonly delivery: string;
  readonly data: Uint8Array;
  readonly payload: object;
}

function emitted(delivered: Delivered, request: WebhookRequest, config: GitHubConfig): readonly CloudEvent[] | Refusal {
  const { subject, extensions } = githubFacts(delivered.event, delivered.payload);
  try {
    const attributes = {
      specversion: '1.0',
      id: delivered.delivery,
      source: `https://github.com/${config.ownerAndRepository}`,
      type: `dev.knative.source.github.${delivered.event}`,
      ...(subject === undefined ? {} : { subject }),
      time: new Date(request.receivedAtMs).toISOString(),
      datacontenttype: 'application/json',
      ...extensions,
    };
    return [cloudEvent(attributes, delivered.data)];
  } catch (error) {
    if (error instanceof RefusedError) return invalid(error.message);
    throw error;
  }
}

function invalid(message: string): Refusal {
  return { status: 400, code: 'webhook-invalid', message };
}
