import { createHmac, timingSafeEqual } from 'node:crypto';
import { onlyHeader } from './headers.ts';
import type { Refusal } from './source.ts';

/**
 * Refuses a request that was not signed with one of `secrets`: HMAC-SHA256 over the body as it came, `X-Hub-Signature-256: sha256=<hex>`, compared in constant time with all of them (several are
 * active while one is replaced). SHA-1 alone is not enough. Undefined = it is genuine. [GitHub "Validating webhook deliveries"]
 */
export function hubSignatureRefusal(
  request: { readonly rawHeaders: readonly string[]; readonly body: Uint8Array },
  secrets: readonly string[],
): Refusal | undefined {
  const header = onlyHeader(request.rawHeaders, 'x-hub-signature-256');
  if (header === undefined) {
    const message = onlyHeader(request.rawHeaders, 'x-hub-signature')
      ? 'X-Hub-Signature-256 is missing; X-Hub-Signature is SHA-1 and not accepted: the sender must sign with SHA-256 as well'
      : 'X-Hub-Signature-256 is missing; set the secret of the source in the webhook';
    return { status: 401, code: 'signature-missing', message };
  }
  const given = header === 'several' ? undefined : digest(header.value);
  if (!given) return invalid('X-Hub-Signature-256 must come once and be sha256= with 64 hexadecimal digits');
  let genuine = false;
  // All are compared, so that the time taken does not say which one nearly fits. An empty secret is none: anybody could sign with it.
  for (const secret of secrets) {
    if (secret !== '' && timingSafeEqual(createHmac('sha256', secret).update(request.body).digest(), given))
      genuine = true;
  }
  return genuine
    ? undefined
    : invalid(
        'X-Hub-Signature-256 does not fit the body; the webhook must have the same secret as the source, and nothing on the way may change the body',
      );
}

function digest(header: string): Uint8Array | undefined {
  const hex = /^sha256=([\da-f]{64})$/i.exec(header)?.[1];
  return hex === undefined ? undefined : Uint8Array.from(Buffer.from(hex, 'hex'));
}

function invalid(message: string): Refusal {
  return { status: 401, code: 'signature-invalid', message };
}
