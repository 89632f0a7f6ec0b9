import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { base64Bytes, isOneOf } from './hmac.ts';
import type { WebhookConfig } from './provider.ts';
import { forged, unsigned } from './refusals.ts';

const API_KEY_HEADER = 'X-Api-Key';

/**
 * Refuses a request that does not log in as `spec.authentication` says, with 401: `bearer` in `Authorization` or, where a sender cannot do that, as `access_token` in the query [RFC 6750 2.1, 2.3; CloudEvents
 * HTTP webhook 3]; `basic`, where each secret is `user:password` [RFC 7617]; `apiKey` in `spec.apiKeyHeader`. Every secret is compared in constant time. `none` is everybody. It says nothing of what was sent:
 * who can read one request can forge others, so it wants TLS. Undefined = genuine.
 */
export function authenticationRefusal(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  switch (config.spec.authentication) {
    case 'bearer':
      return bearerRefusal(request, config);
    case 'basic':
      return basicRefusal(request, config);
    case 'apiKey':
      return apiKeyRefusal(request, config);
    case 'none':
      return undefined;
    // A provider that comes here without knowing how lets nobody in.
    case 'hmac':
    case undefined:
      return forged('nothing says how this sender proves itself; write spec.authentication');
    default:
      return config.spec.authentication satisfies never;
  }
}

function bearerRefusal(request: WebhookRequest, { secrets }: WebhookConfig): Refusal | undefined {
  const header = onlyHeader(request.rawHeaders, 'authorization');
  const inQuery = queryValues(request.target, 'access_token');
  if (header === undefined && inQuery.length === 0)
    return challenged(unsigned('Authorization is missing; send Authorization: Bearer with the token'), 'Bearer');
  const [query, ...more] = inQuery;
  if (header === 'several' || more.length > 0 || (header !== undefined && query !== undefined))
    return challenged(forged('the token comes more than once; it must come once'), 'Bearer');
  const token = header === undefined ? query : /^bearer +(\S+)$/i.exec(header.value)?.[1];
  if (token !== undefined && isOneOf(token, secrets)) return undefined;
  return challenged(
    forged('the token is not one of spec.secrets; send Authorization: Bearer with one of them'),
    'Bearer',
  );
}

function basicRefusal(request: WebhookRequest, { secrets }: WebhookConfig): Refusal | undefined {
  const challenge = 'Basic realm="weir", charset="UTF-8"';
  const header = onlyHeader(request.rawHeaders, 'authorization');
  if (header === undefined)
    return challenged(
      unsigned('Authorization is missing; send Authorization: Basic with user and password'),
      challenge,
    );
  const text = header === 'several' ? undefined : /^basic +(\S+)$/i.exec(header.value)?.[1];
  const bytes = text === undefined ? undefined : base64Bytes(text);
  if (bytes && isOneOf(Buffer.from(bytes).toString('utf8'), secrets)) return undefined;
  return challenged(forged('user and password are not one of spec.secrets, which hold user:password'), challenge);
}

function apiKeyRefusal(request: WebhookRequest, { secrets, spec }: WebhookConfig): Refusal | undefined {
  const name = spec.apiKeyHeader ?? API_KEY_HEADER;
  const header = onlyHeader(request.rawHeaders, name.toLowerCase());
  if (header === undefined) return unsigned(`${name} is missing; send it with the key`);
  if (header !== 'several' && isOneOf(header.value, secrets)) return undefined;
  return forged(`${name} must come once, with one of spec.secrets`);
}

function challenged(refusal: Refusal, challenge: string): Refusal {
  return { ...refusal, headers: { 'www-authenticate': challenge } };
}

/** The values of a parameter of the query, decoded as forms are. */
export function queryValues(target: string, name: string): readonly string[] {
  const from = target.indexOf('?');
  return from < 0 ? [] : new URLSearchParams(target.slice(from + 1)).getAll(name);
}
