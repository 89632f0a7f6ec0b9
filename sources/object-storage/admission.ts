import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import type { Clock } from '../../events/clock.ts';
import type { CallApi } from '../api-call.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { forged } from '../webhooks/refusals.ts';
import { certificates } from './certificates.ts';
import { mnsRefusal } from './mns.ts';
import { type OidcTokens, oidcRefusal } from './oidc.ts';
import { jsonOf } from './notification.ts';
import { snsRefusal } from './sns.ts';
import { type TokenRule, tokenRefusal } from './token.ts';

/** How requests are proven genuine, with the values of the secrets. Nothing at all: only where the spec says `authentication: none`. */
export interface Proofs {
  readonly provider: ObjectStorageProvider;
  readonly open: boolean;
  readonly token: TokenRule | undefined;
  readonly topicArns: readonly string[] | undefined;
  readonly mnsTopics: readonly string[] | undefined;
  readonly oidc: OidcTokens | undefined;
  readonly publicUrl: string | undefined;
}

/** Refuses what is not proven genuine, with 401 or 403. Undefined = genuine. Rejects `source-unavailable` if what it is verified with cannot be had now. */
export type Admission = (request: WebhookRequest, signal: AbortSignal) => Promise<Refusal | undefined>;

/** The admission of one source. Envelopes of SNS are always verified by their signature; everything else by what the spec gives. */
export function admission(proofs: Proofs, ports: { readonly call: CallApi; readonly clock: Clock }): Admission {
  const { provider, token, topicArns, mnsTopics, oidc, publicUrl } = proofs;
  const sns = certificates(ports, { expires: true });
  // The one certificate of MNS is out of date since 2016, and still what MNS signs with.
  const mns = certificates(ports, { expires: false });
  const byOidc = oidc && oidcRefusal(oidc, ports);
  return async (request, signal) => {
    if (proofs.open) return undefined;
    if (provider === 's3' && isSns(request) && topicArns)
      return snsRefusal(jsonOf(request.body), { topicArns, certificates: sns }, signal);
    if (provider === 'oss' && isMns(request) && mnsTopics) {
      // MNS's key is short enough to be broken: where a token is given too, both are wanted. MNS can show it in the query alone.
      const untrusted = token && tokenRefusal({ ...request, rawHeaders: [] }, token);
      return untrusted ?? mnsRefusal(request, { topics: mnsTopics, certificates: mns, publicUrl }, signal);
    }
    if (byOidc) {
      // Where a token is given too, both are wanted: Authorization holds the one that is signed.
      const untrusted = token && tokenRefusal(withoutAuthorization(request), token);
      return untrusted ?? byOidc(request, signal);
    }
    if (token) return tokenRefusal(request, token);
    return forged(`${wanted(proofs)}, and this is none`);
  };
}

/** Whether it says that it comes from SNS. */
export function isSns({ rawHeaders }: Pick<WebhookRequest, 'rawHeaders'>): boolean {
  return has(rawHeaders, 'x-amz-sns-message-type');
}

/** Whether it says that it comes from MNS. */
export function isMns({ rawHeaders }: Pick<WebhookRequest, 'rawHeaders'>): boolean {
  return has(rawHeaders, 'x-mns-signing-cert-url');
}

function withoutAuthorization(request: WebhookRequest): WebhookRequest {
  const names = request.rawHeaders.map((_text, i) => request.rawHeaders[i - (i % 2)] ?? '');
  return {
    ...request,
    rawHeaders: request.rawHeaders.filter((_text, i) => names[i]?.toLowerCase() !== 'authorization'),
  };
}

function has(rawHeaders: readonly string[], name: string): boolean {
  return rawHeaders.some((header, i) => i % 2 === 0 && header.toLowerCase() === name);
}

function wanted({ provider }: Proofs): string {
  return provider === 'oss'
    ? 'only signed messages of MNS are taken here'
    : 'only signed messages of SNS are taken here';
}
