import { quoted } from '../../events/errors.ts';
import { formField } from '../form-field.ts';
import { onlyHeader } from '../headers.ts';
import { isObject } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';

/** What one delivery of GitHub's webhooks consists of. */
export interface GitHubDelivery {
  /** As in `X-GitHub-Event`: `push`. */
  readonly event: string;
  /** As in `X-GitHub-Delivery`: the same when it is delivered again. */
  readonly delivery: string;
  /** The payload's bytes: the body, or its form field `payload`. */
  readonly data: Uint8Array;
  readonly payload: object;
}

/** Takes a genuine delivery apart: 400 for headers and JSON that GitHub does not send, 415 for another content type. [GitHub "Webhook events and payloads"] */
export function githubDelivery(request: WebhookRequest): GitHubDelivery | Refusal {
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
  return { event: event.value, delivery: delivery.value, data, payload };
}

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

function invalid(message: string): Refusal {
  return { status: 400, code: 'webhook-invalid', message };
}
