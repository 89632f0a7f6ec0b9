import { request } from 'undici';

const TIMEOUT_MS = 15_000;
/** More of an answer than this is not read: it is then cut, and will not parse. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** A request to the API of a webhook's sender. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever its status. Header names are in lower case. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Resolves with any complete answer; rejects when there is none (refused, timed out, aborted). Redirects are not followed: they would carry the token elsewhere. */
export type CallApi = (call: ApiRequest, signal: AbortSignal) => Promise<ApiAnswer>;

/** Calls over undici, at most 15 s to the first byte and 15 s between bytes. */
export const callApi: CallApi = async (call, signal) => {
  const answer = await request(call.url, {
    method: call.method,
    headers: call.headers,
    body: call.body ?? null,
    signal,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const data of answer.body) {
    const chunk: Uint8Array = data;
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) break;
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  }
  return { status: answer.statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
};
