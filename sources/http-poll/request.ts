import { Agent, request } from 'undici';
import type { Clock } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';

/** A longer wait than this is not granted to a server that asks for one. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/** What came back: 200, or that nothing is new (304, 204). Header names are in lower case, values joined. */
export interface PolledAnswer {
  readonly status: 200 | 204 | 304;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** How requests are made. */
export interface PollRequests {
  readonly clock: Clock;
  readonly headers: readonly (readonly [string, string])[];
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

/** Sends GETs over connections of its own; disposal closes them. */
export class Poller implements AsyncDisposable {
  readonly #agent = new Agent();
  readonly #requests: PollRequests;

  constructor(requests: PollRequests) {
    this.#requests = requests;
  }

  /**
   * Rejects `UnavailableError` `source-unavailable` if there is no whole answer in time, if it is too large, or if it is none of these three statuses; after 429 and 503 not before what `Retry-After` asks for. Redirects are
   * not followed: they would carry the headers, and the secrets in them, elsewhere.
   */
  async get(url: URL, more: readonly (readonly [string, string])[], signal: AbortSignal): Promise<PolledAnswer> {
    const { clock, timeoutMs } = this.#requests;
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      return await this.#answer(url, more, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      const what = late.signal.aborted ? `no whole answer within ${timeoutMs} ms (spec.timeout)` : messageOf(error);
      throw new UnavailableError('source-unavailable', `GET ${shown(url)}: ${what}`, { cause: error });
    } finally {
      cancel();
    }
  }

  async #answer(url: URL, more: readonly (readonly [string, string])[], signal: AbortSignal): Promise<PolledAnswer> {
    const { headers: ours, timeoutMs } = this.#requests;
    const answer = await request(url, {
      dispatcher: this.#agent,
      headers: [...ours, ...more].flat(),
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const headers = new Map<string, string>();
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
    const { statusCode: status } = answer;
    const body = await this.#body(answer.body, url);
    if (status === 200 || status === 204 || status === 304) return { status, headers, body };
    throw refused(url, status, { headers, nowMs: this.#requests.clock.now() });
  }

  async #body(body: AsyncIterable<unknown>, url: URL): Promise<Uint8Array> {
    const { bodyBytesMax } = this.#requests;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      if (!(chunk instanceof Uint8Array)) continue;
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > bodyBytesMax)
        throw new UnavailableError(
          'source-unavailable',
          `GET ${shown(url)}: the answer is larger than the ${bodyBytesMax} bytes of spec.bodyBytesMax; raise it, or ask for less`,
        );
    }
    return Uint8Array.from(Buffer.concat(chunks));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The URL that `Link` calls the next; undefined if there is none. [RFC 8288] */
export function nextLink(header: string | undefined, base: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(
    /<([^>]*)>((?:\s*;\s*[^,;"]*(?:"[^"]*")?)*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next'))
      return URL.parse(target, base.href) ?? undefined;
  }
  return undefined;
}

/** A URL as it may be printed: its query may hold a key. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

interface Refused {
  readonly headers: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

function refused(url: URL, status: number, { headers, nowMs }: Refused): UnavailableError {
  const location = URL.parse(headers.get('location') ?? '', url.href);
  const todo = todoOf(status, location);
  const retryAfterMs = status === 429 || status === 503 ? waitMs(headers.get('retry-after'), nowMs) : undefined;
  return new UnavailableError(
    'source-unavailable',
    `GET ${shown(url)}: answered ${status}${todo}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

function todoOf(status: number, location: URL | null): string {
  if (status >= 300 && status < 400 && location)
    return `, it is at ${shown(location)}; redirects are not followed: write that into spec.url`;
  if (status === 401 || status === 403) return '; check the secrets of spec.headers';
  return status === 404 || status === 410 ? '; check spec.url' : '';
}

/** [RFC 9110 10.2.3] */
function waitMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,10}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
