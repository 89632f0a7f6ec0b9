import { onlyHeader } from './headers.ts';
import type { Refusal, Reply, WebhookRequest } from './source.ts';

/** To whom a source grants that events are sent to its address. */
export interface HandshakeGrants {
  /** DNS names, compared without case; `*` grants everybody. Empty grants nobody. */
  readonly allowedOrigins: readonly string[];
  /** Requests per minute; undefined: any number. */
  readonly allowedRate?: number | undefined;
}

/** What is answered to whom no POST is refused, and no OPTIONS understood. */
const ALLOW = 'POST, OPTIONS';

/**
 * Answers the OPTIONS with which a sender of CloudEvents asks whether it may: consent is `WebHook-Allowed-Origin` (its name, or `*`) with `WebHook-Allowed-Rate` (what is granted, never more than was asked, or `*`),
 * and `Allow`. Whom nothing is granted to is answered 403 without any of those: the status alone is never consent. An address that grants nobody anything answers 405, as one that knows no handshake does.
 * `WebHook-Request-Callback` is never called: it is a URL that a stranger chose, and consent in the answer makes it needless. [CloudEvents HTTP webhook 4]
 */
export function cloudEventsHandshake(request: WebhookRequest, grants: HandshakeGrants): Reply | Refusal {
  const { allowedOrigins, allowedRate } = grants;
  if (allowedOrigins.length === 0)
    return refusal(405, 'OPTIONS is answered where spec.allowedOrigins says to whom; webhooks are sent with POST');
  const origin = onlyHeader(request.rawHeaders, 'webhook-request-origin');
  if (origin === undefined || origin === 'several' || !DNS_NAME.test(origin.value))
    return refusal(400, 'WebHook-Request-Origin must come once with the DNS name of the sender');
  const asked = requestedRate(request);
  if (asked === 'wrong')
    return refusal(400, 'WebHook-Request-Rate must come at most once with a whole number of requests per minute');
  const everybody = allowedOrigins.includes('*');
  const name = origin.value.toLowerCase();
  if (!everybody && !allowedOrigins.some((allowed) => allowed.toLowerCase() === name))
    return {
      status: 403,
      code: 'forbidden',
      message: `${origin.value} is not among spec.allowedOrigins, so it may not send here`,
    };
  const rate = allowedRate === undefined ? asked : Math.min(allowedRate, asked ?? allowedRate);
  return {
    events: [],
    answer: {
      status: 200,
      headers: {
        allow: ALLOW,
        'webhook-allowed-origin': everybody ? '*' : origin.value,
        'webhook-allowed-rate': allowedRate === undefined ? '*' : String(rate),
      },
      body: '',
    },
  };
}

const DNS_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d_-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d_-]{0,61}[a-z\d])?)*\.?$/i;

function requestedRate(request: WebhookRequest): number | undefined | 'wrong' {
  const header = onlyHeader(request.rawHeaders, 'webhook-request-rate');
  if (header === undefined) return undefined;
  return header !== 'several' && /^[1-9]\d{0,8}$/.test(header.value) ? Number(header.value) : 'wrong';
}

function refusal(status: 400 | 405, message: string): Refusal {
  if (status === 400) return { status, code: 'webhook-invalid', message };
  return { status, code: 'method-not-allowed', message, headers: { allow: 'POST' } };
}
