import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { CallApi } from '../api-call.ts';
import { onlyHeader } from '../headers.ts';
import { isObject, member, parsedJson } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { forged, unsigned } from '../webhooks/refusals.ts';
import { within } from '../within.ts';

const KEPT_MS = 3_600_000;
/** A key that is not there makes us look again, but not more often than this: anybody can name keys. */
const AGAIN_MS = 60_000;
const FETCH_MS = 10_000;
const CLOCK_TOLERANCE_S = 60;

/** Whose tokens are taken. */
export interface OidcTokens {
  readonly audience: string;
  readonly issuers: readonly string[];
  readonly jwksUrl: string;
  /** Claims that must be exactly so: any one of these sets. */
  readonly claims: readonly Readonly<Record<string, string | boolean>>[];
}

type Keys = JSONWebKeySet;

/** Refuses, with 401, a request without a valid token of OpenID Connect in `Authorization: Bearer`. Undefined = genuine. Rejects `source-unavailable` if the keys cannot be had now. */
export type OidcRefusal = (request: WebhookRequest, signal: AbortSignal) => Promise<Refusal | undefined>;

/** Verifies tokens with keys that are fetched by `call`, kept an hour, and fetched again (once a minute at most) for a token that names another. [RFC 7519, OpenID Connect Core 3.1.3.7] */
export function oidcRefusal(
  rule: OidcTokens,
  { call, clock }: { readonly call: CallApi; readonly clock: Clock },
): OidcRefusal {
  const keySet = keySetAt(rule.jwksUrl, { call, clock });
  return async (request, signal) => {
    const header = onlyHeader(request.rawHeaders, 'authorization');
    if (header === undefined)
      return unsigned('Authorization is missing; the sender must send a token of OpenID Connect');
    const token = header === 'several' ? undefined : /^Bearer ([\w.-]+)$/i.exec(header.value)?.[1];
    if (token === undefined) return forged('Authorization must come once and be Bearer with a token');
    const { jwtVerify, createLocalJWKSet, errors } = await import('jose');
    const check = async (again: boolean): Promise<{ readonly claims: object } | { readonly refusal: Refusal }> => {
      try {
        const { payload } = await jwtVerify(token, createLocalJWKSet(await keySet(again, signal)), {
          audience: rule.audience,
          issuer: [...rule.issuers],
          algorithms: ['RS256', 'ES256'],
          requiredClaims: ['exp'],
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(clock.now()),
        });
        return { claims: payload };
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey && !again) return check(true);
        // What jose says names the claim that is wrong, never the token.
        if (error instanceof errors.JOSEError) return { refusal: forged(`the token is not valid: ${error.message}`) };
        throw error;
      }
    };
    const checked = await check(false);
    if ('refusal' in checked) return checked.refusal;
    const fits = rule.claims.some((wanted) =>
      Object.entries(wanted).every(([name, value]) => member(name)(checked.claims) === value),
    );
    return fits ? undefined : forged('the token is of somebody else than spec.http.oidc names');
  };
}

function keySetAt(
  url: string,
  { call, clock }: { readonly call: CallApi; readonly clock: Clock },
): (again: boolean, signal: AbortSignal) => Promise<Keys> {
  let kept: { readonly keys: Keys; readonly atMs: number } | undefined;
  let underWay: Promise<Keys> | undefined;
  async function fetched(signal: AbortSignal): Promise<Keys> {
    const failed = `the keys at ${url} cannot be fetched; the request cannot be verified now`;
    const answer = await within(call({ method: 'GET', url, headers: {} }, signal), clock, {
      delayMs: FETCH_MS,
      late: failed,
    }).catch(() => undefined);
    const json = answer?.status === 200 ? parsedJson(answer.body) : undefined;
    const list = member('keys')(json);
    if (!Array.isArray(list)) {
      if (kept) return kept.keys;
      throw new UnavailableError('source-unavailable', failed);
    }
    const keys: Keys = { keys: list.filter((key: unknown): key is Keys['keys'][number] => isObject(key)) };
    kept = { keys, atMs: clock.now() };
    return keys;
  }
  return async (again, signal) => {
    const ageMs = kept ? clock.now() - kept.atMs : Infinity;
    if (kept && ageMs < (again ? AGAIN_MS : KEPT_MS)) return kept.keys;
    underWay ??= fetched(signal).finally(() => (underWay = undefined));
    return underWay;
  };
}
