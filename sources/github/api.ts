import { type Clock } from '../../events/clock.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import type { ApiAnswer, ApiRequest, CallApi } from '../api-call.ts';
import { isObject, member, parsedJson } from '../member.ts';
import { errorText, redact } from '../redact.ts';

/** What calls to GitHub's API are made with. */
export interface GitHubApi {
  readonly call: CallApi;
  readonly clock: Clock;
  readonly accessToken: string;
  /** Others that must not be printed either. */
  readonly secrets: readonly string[];
  /** The scope a classic token needs for what is called: `admin:repo_hook`. */
  readonly scope: string;
}

/** One call: JSON in, JSON out. */
export interface GitHubCall {
  readonly method: ApiRequest['method'];
  readonly url: string;
  readonly body?: unknown;
}

/**
 * Makes one call and answers the parsed body (undefined if it is empty), or `'gone'` for a 404 of a single hook. Rejects `registration-failed`: `RefusedError` if the token, the name or the request is wrong,
 * `UnavailableError` if GitHub is, with the time it asks to wait. [GitHub REST API "Webhooks", "Rate limits"]
 */
export async function callGitHub(api: GitHubApi, call: GitHubCall, signal: AbortSignal): Promise<unknown> {
  const secrets = [api.accessToken, ...api.secrets];
  let answer: ApiAnswer;
  try {
    answer = await api.call(
      {
        method: call.method,
        url: call.url,
        headers: headers(api),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      },
      signal,
    );
  } catch (error) {
    // No cause: an error of the connection may hold the whole request, token included.
    throw new UnavailableError(
      'registration-failed',
      `${call.method} ${call.url}: no answer (${errorText(error, secrets)}); it is tried again`,
    );
  }
  if (answer.status >= 200 && answer.status < 300) return json(answer, call);
  if (answer.status === 404 && /\/\d+$/.test(call.url)) return 'gone';
  const where = `${call.method} ${call.url} was answered ${answer.status}${said(answer, secrets)}`;
  const retryAfterMs = asksToWait(answer, api.clock);
  if (retryAfterMs !== undefined || answer.status >= 500) {
    throw new UnavailableError(
      'registration-failed',
      `${where}; it is tried again`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
  throw new RefusedError('registration-failed', `${where}; ${advice(answer.status, api.scope)}`);
}

function headers(api: GitHubApi): Record<string, string> {
  return {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${api.accessToken}`,
    'content-type': 'application/json',
    'user-agent': 'weir',
    'x-github-api-version': '2022-11-28',
  };
}

function json(answer: ApiAnswer, call: GitHubCall): unknown {
  if (answer.body === '') return undefined;
  const value = parsedJson(answer.body);
  if (value !== undefined) return value;
  throw new UnavailableError(
    'registration-failed',
    `${call.method} ${call.url}: the answer is not JSON; is spec.githubAPIURL the address of GitHub's API (for Enterprise https://HOST/api/v3)?`,
  );
}

/** What GitHub wrote, for people: its `message` and the messages of `errors`. */
function said(answer: ApiAnswer, secrets: readonly string[]): string {
  const body = parsedJson(answer.body);
  const errors = member('errors')(body);
  const parts = [body, ...(Array.isArray(errors) ? errors : [])].map((part: unknown) =>
    isObject(part) ? member('message')(part) : part,
  );
  const text = parts.filter((part) => typeof part === 'string').join('; ');
  return text === '' ? '' : ` (${JSON.stringify(redact(text, secrets))})`;
}

/** How long GitHub wants to be left alone: `Retry-After` in seconds, or until an exhausted rate limit is reset. */
function asksToWait(answer: ApiAnswer, clock: Clock): number | undefined {
  if (answer.status !== 403 && answer.status !== 429 && answer.status !== 503) return undefined;
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  const resetMs = Number(answer.headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
  if (answer.headers.get('x-ratelimit-remaining') === '0' && Number.isFinite(resetMs))
    return Math.max(resetMs - clock.now(), 0) + 1000;
  return answer.status === 429 ? 60_000 : undefined;
}

function advice(status: number, scope: string): string {
  if (status === 401) return 'the token of spec.accessToken is wrong or has expired; put a valid one in its Secret';
  if (status === 403)
    return `the token of spec.accessToken may not manage webhooks; give it the scope ${scope} (fine-grained: Webhooks read and write)`;
  if (status === 404)
    return `spec.ownerAndRepository does not exist, or the token of spec.accessToken lacks the scope ${scope} (GitHub answers 404 for both)`;
  if (status >= 300 && status < 400) return 'it was renamed or moved; put its present name in spec.ownerAndRepository';
  if (status === 422) return 'GitHub refuses what the source asks for; see spec.eventTypes and --public-url';
  return 'see spec.githubAPIURL and spec.ownerAndRepository';
}
