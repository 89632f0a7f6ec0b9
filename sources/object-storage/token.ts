import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { isOneOf } from '../webhooks/hmac.ts';
import { forged, unsigned } from '../webhooks/refusals.ts';

/** What a sender may prove itself with: any one of it. */
export interface TokenRule {
  readonly tokens: readonly string[];
  /** Beside `Authorization`: a header, in lower case, with the token as it is. */
  readonly header?: string | undefined;
  /** Whether the token may stand in the query as `access_token`: for senders that can set no header. [CloudEvents HTTP webhook 3.3] */
  readonly query: boolean;
  /** `user:password` of HTTP Basic. */
  readonly basic?: string | undefined;
}

/**
 * Refuses with 401 what shows no token, or another: in `Authorization` as MinIO writes it (a token of two words as it is, else behind `Bearer`), or in one of the other places. Compared in constant time with
 * all. Undefined = genuine.
 */
export function tokenRefusal(request: WebhookRequest, rule: TokenRule): Refusal | undefined {
  const shown = [
    ...inHeader(request, 'authorization').map((value) => [value, authorizations(rule)] as const),
    ...(rule.header === undefined ? [] : inHeader(request, rule.header)).map((value) => [value, rule.tokens] as const),
    ...(rule.query ? queryTokens(request.target) : []).map((value) => [value, rule.tokens] as const),
  ];
  if (shown.length === 0)
    return unsigned(`${places(rule)} is missing; the sender must show the token of spec.http.authToken there`);
  // Every one that is shown must be right: what decides about trust must not be ambiguous.
  const genuine = shown.map(([value, wanted]) => isOneOf(value, wanted));
  return genuine.every(Boolean)
    ? undefined
    : forged(
        `${places(rule)} does not hold the token of this source; the sender must show that of spec.http.authToken there`,
      );
}

function authorizations({ tokens, basic }: TokenRule): readonly string[] {
  const bearers = tokens.map((token) => (/\s/.test(token.trim()) ? token.trim() : `Bearer ${token.trim()}`));
  return basic === undefined ? bearers : [...bearers, `Basic ${Buffer.from(basic).toString('base64')}`];
}

function places({ header, query }: TokenRule): string {
  return ['Authorization', ...(header === undefined ? [] : [header]), ...(query ? ['access_token'] : [])].join(' or ');
}

function inHeader({ rawHeaders }: WebhookRequest, name: string): readonly string[] {
  const header = onlyHeader(rawHeaders, name);
  if (header === undefined) return [];
  // No token is two: neither will fit.
  return [header === 'several' ? '' : header.value];
}

/** The `access_token`s of a request's target. */
export function queryTokens(target: string): readonly string[] {
  const at = target.indexOf('?');
  return at === -1 ? [] : new URLSearchParams(target.slice(at + 1)).getAll('access_token');
}
