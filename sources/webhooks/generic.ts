import { attribute } from '../../events/event.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import { isTimestamp } from '../../events/timestamp.ts';
import { isUriReference } from '../../events/uri.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { authenticationRefusal } from './authentication.ts';
import { genericChallenge } from './challenge.ts';
import { evaluator } from './expression.ts';
import { genericSignatureRefusal } from './generic-signature.ts';
import { ownSource } from './part.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { unreadable } from './refusals.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** What an event is called where nothing says it. */
const TYPE = 'dev.weir.webhook';
/** Ids that senders are known to repeat with a request that is sent again; else what was sent. */
const ID = '{header:webhook-id|header:idempotency-key|sha256}';

/** Any sender: how it proves itself and what its requests mean is written in the spec. */
export const generic: WebhookProvider = {
  name: 'generic',
  about: {
    signature:
      '`authentication: hmac` as `generic.signature` says, `bearer`, `basic`, `apiKey`, or `none`: anybody, which must be written',
    type: '`generic.type`, an expression; without one `dev.weir.webhook`',
    source: '`generic.source`; without one, or without a value, that of the resource',
    subject: '`generic.subject`; none without a value',
    id: '`generic.id`; without one `webhook-id`, `Idempotency-Key` or the SHA-256 of the body: two bodies that are equal are then one event',
    time: '`generic.time` (RFC 3339, seconds or milliseconds since 1970); without one, or without a value, arrival',
    notes:
      'The data are the body, whatever it is, with the content type of the request. `eventTypes` names types. With `cloudEvents: true` a request that is an event passes unchanged, and another is refused.',
  },
  verify: (request, config) => {
    const { signature } = config.spec.generic ?? {};
    return config.spec.authentication === 'hmac' && signature
      ? genericSignatureRefusal(request, config, signature)
      : authenticationRefusal(request, config);
  },
  read,
  challenge: (request, config) => {
    const { challenge } = config.spec.generic ?? {};
    return genericChallenge(request, config, { challenge, verifyToken: config.verifyToken });
  },
};

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const { generic: mapping = {} } = config.spec;
  if (mapping.challenge?.crc === true) {
    // What answers a challenge signs what strangers choose: letters and digits, of which no JSON object is made.
    const body = jsonBody(request);
    if ('status' in body) return body;
  }
  if (mapping.cloudEvents === true) return passed(request);
  const evaluate = evaluator(request);
  const of = (text: string | undefined): string | undefined => (text === undefined ? undefined : evaluate(text));
  const id = evaluate(mapping.id ?? ID);
  if (id === undefined) return missing('id');
  const type = mapping.type === undefined ? TYPE : evaluate(mapping.type);
  if (type === undefined) return missing('type');
  const source = of(mapping.source) ?? ownSource(config);
  if (!isUriReference(source)) return unreadable('what spec.generic.source reads is no URI');
  const told = of(mapping.time);
  const time = told === undefined ? undefined : timeOf(told);
  if (told !== undefined && time === undefined) return unreadable('what spec.generic.time reads is no time');
  const event = webhookEvent(request, { id, source, type, subject: of(mapping.subject), time });
  return { happenings: [{ name: type, event }] };
}

function missing(field: 'id' | 'type'): Refusal {
  return unreadable(
    `spec.generic.${field} reads nothing in this request; send what it reads, or give it a fallback: {...|"text"}`,
  );
}

function passed(request: WebhookRequest): Understood | Refusal {
  const decoded = decodeHttp(request);
  if (decoded.kind === 'not-an-event')
    return unreadable(
      'the request is no CloudEvent; send ce- headers or application/cloudevents+json, or leave cloudEvents out',
    );
  const events = decoded.kind === 'batch' ? decoded.events : [decoded.event];
  return { happenings: events.map((event) => ({ name: attribute(event, 'type') ?? '', event })) };
}

function timeOf(text: string): string | undefined {
  if (isTimestamp(text)) return text;
  if (!/^\d{1,14}(\.\d{1,9})?$/.test(text)) return undefined;
  // Eleven digits of seconds are the year 5138.
  const ms = (text.split('.')[0] ?? '').length > 11 ? Number(text) : Number(text) * 1000;
  return ms < 253_402_300_800_000 ? new Date(ms).toISOString() : undefined;
}
