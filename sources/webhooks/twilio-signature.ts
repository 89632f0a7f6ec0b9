import { createHash, timingSafeEqual } from 'node:crypto';
import { essence } from '../../events/media-type.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { queryValues } from './authentication.ts';
import { base64Digest, hexDigest, signedByOne } from './hmac.ts';
import type { WebhookConfig } from './provider.ts';
import { forged, provingHeader, unsigned } from './refusals.ts';
import { contentTypeOf } from './webhook-event.ts';

const PARAMETERS_MAX = 1000;

/**
 * Refuses a request that Twilio did not sign: HMAC-SHA1 over the URL as Twilio knows it, followed by the parameters of a form (sorted by name, each name and value; equal ones once), or, for any other body, over the
 * URL that holds the body's hash as `bodySHA256`. Twilio writes or leaves out the default port, so both are tried. [twilio.com/docs/usage/security]
 */
export function twilioSignatureRefusal(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const header = provingHeader(
    request,
    'X-Twilio-Signature',
    'have Twilio send to this address, and name the auth token of the account in spec.secrets',
  );
  if ('status' in header) return header;
  const digest = base64Digest(header.value, 'sha1');
  if (!digest) return forged('X-Twilio-Signature must be the base64 of 20 bytes');
  const parameters = bodySigned(request);
  if (typeof parameters !== 'string') return parameters;
  // `check` refused a source without it.
  const url = `${config.publicUrl ?? ''}${request.target}`;
  const { secrets } = config;
  let genuine = false;
  for (const address of withAndWithoutPort(url))
    if (signedByOne([digest], [address, parameters], { hash: 'sha1', secrets })) genuine = true;
  if (genuine) return undefined;
  return forged(
    `X-Twilio-Signature does not fit; spec.secrets must name the auth token, Twilio must call exactly ${config.publicUrl ?? 'the public URL'} and the path of this source, and nothing on the way may change the body`,
  );
}

/** What the signature covers of the body, beside the URL. */
function bodySigned(request: WebhookRequest): string | Refusal {
  const [hash, ...others] = queryValues(request.target, 'bodySHA256');
  if (others.length > 0) return forged('bodySHA256 comes more than once in the query');
  if (hash !== undefined) {
    const given = hexDigest(hash);
    const fits = given !== undefined && timingSafeEqual(createHash('sha256').update(request.body).digest(), given);
    return fits ? '' : forged('bodySHA256 does not fit the body; nothing on the way may change the body');
  }
  if (essence(contentTypeOf(request) ?? '') !== 'application/x-www-form-urlencoded')
    return unsigned('the body is no form, and no bodySHA256 is in the query: nothing signs it');
  const pairs = [...new URLSearchParams(new TextDecoder().decode(request.body))];
  if (pairs.length > PARAMETERS_MAX) return forged(`the form has more than ${PARAMETERS_MAX} parameters`);
  return pairs
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .filter(([name, value], i, sorted) => i === 0 || name !== sorted[i - 1]?.[0] || value !== sorted[i - 1]?.[1])
    .map(([name, value]) => name + value)
    .join('');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function withAndWithoutPort(url: string): readonly string[] {
  const [, scheme = '', host = '', port, rest = ''] = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url) ?? [];
  if (scheme === '') return [url];
  const other = port === undefined ? (scheme === 'https' ? ':443' : ':80') : '';
  return [url, `${scheme}://${host}${other}${rest}`];
}
