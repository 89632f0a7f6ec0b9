import type * as Client from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../../events/clock.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { member, parsedJson } from '../member.ts';

/** For an answer to begin; for one that is not a stream, to be there. */
const ANSWER_MS = 30_000;
/** What arrives while changes are being taken is gathered up to this, and taken together then. */
const AHEAD_BYTES = 512 * 1024;
/** More of an answer than this is not read. An object of the API has at most 1.5 MiB, a page of a list 500 of them. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** Where the kubeconfig comes from, and in whose name its user speaks. */
export interface KubeAccess {
  /** Its text; undefined: the process's own, as kubectl finds it: KUBECONFIG, ~/.kube/config, the Pod's service account. */
  readonly kubeconfig: string | undefined;
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly impersonate: string | undefined;
  readonly clock: Clock;
}

/** A whole answer of the API. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/**
 * Speaks to one API server with the credentials of a kubeconfig, which are read anew for each request: tokens are exchanged while it runs. client-node reads them; its Watch is not used, as it cannot wait for who
 * takes the changes and drops what it cannot parse.
 */
export class KubeApi {
  /** Where the API is, as the kubeconfig has it. */
  readonly url: string;
  readonly #config: Client.KubeConfig;
  readonly #client: typeof Client;
  readonly #access: KubeAccess;

  private constructor(url: string, config: Client.KubeConfig, { client, access }: Parts) {
    this.url = url;
    this.#config = config;
    this.#client = client;
    this.#access = access;
  }

  /** Rejects `resource-invalid` for what is no kubeconfig, or one that is not taken from a Secret. */
  static async open(access: KubeAccess): Promise<KubeApi> {
    const client = await import('@kubernetes/client-node');
    const config = loadKubeconfig(access.kubeconfig, client);
    const url = (config.getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
    return new KubeApi(url, config, { client, access });
  }

  /** A whole answer, whatever its status. Rejects `source-unavailable` if there is none in time. */
  async get(path: string, signal: AbortSignal): Promise<KubeAnswer> {
    return this.#send(path, { method: 'GET', signal }, whole);
  }

  /** As `get`, with a body. */
  async post(path: string, body: object, signal: AbortSignal): Promise<KubeAnswer> {
    return this.#send(path, { method: 'POST', body: JSON.stringify(body), signal }, whole);
  }

  /**
   * Reads an answer line by line: `take` gets all lines that came together, and nothing more is read until it resolved. Resolves with the answer when the stream is at its end; with another status than 200 `take` is not
   * called. Rejects `source-unavailable` if the connection is lost, or if it lasts longer than `lastingMs`, which is then half open.
   */
  async lines(path: string, { take, lastingMs, signal }: LineReading): Promise<KubeAnswer> {
    // What `take` rejects with is no fault of the API's, and stays as it is.
    let refused: { readonly error: unknown } | undefined;
    try {
      return await this.#send(path, { method: 'GET', signal, lastingMs }, async (answer) => {
        if (answer.statusCode !== 200) return whole(answer);
        return eachLine(answer.body, (lines) =>
          take(lines).catch((error: unknown) => {
            refused = { error };
            throw error;
          }),
        );
      });
    } catch (error) {
      throw refused ? refused.error : error;
    }
  }

  async #send<T>(path: string, sending: Sending, read: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    const { method, body, signal, lastingMs } = sending;
    const { clock, impersonate } = this.#access;
    const late = new AbortController();
    let cancel = clock.after(ANSWER_MS, () => late.abort());
    const context = new this.#client.RequestContext(`${this.url}${path}`, this.#client.HttpMethod[method]);
    // client-node makes one for each request; its connections end with it.
    let dispatcher: Dispatcher | undefined;
    try {
      await this.#config.applySecurityAuthentication(context);
      dispatcher = context.getDispatcher() ?? new Agent();
      const answer = await request(context.getUrl(), {
        method,
        dispatcher,
        headers: {
          ...context.getHeaders(),
          accept: 'application/json',
          ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body ?? null,
        signal: AbortSignal.any([signal, late.signal]),
        headersTimeout: 0,
        bodyTimeout: 0,
        highWaterMark: AHEAD_BYTES,
      });
      if (lastingMs !== undefined) {
        cancel();
        cancel = clock.after(lastingMs, () => late.abort());
      }
      return await read(answer);
    } catch (error) {
      if (signal.aborted || error instanceof UnavailableError || error instanceof RefusedError) throw error;
      const what = late.signal.aborted ? 'it does not answer' : messageOf(error);
      throw new UnavailableError('source-unavailable', `${this.url}: ${what}`, { cause: error });
    } finally {
      cancel();
      await dispatcher?.destroy().catch(() => undefined);
    }
  }
}

/** What a stream is read with. */
export interface LineReading {
  readonly take: (lines: readonly Uint8Array[]) => Promise<void>;
  readonly lastingMs: number;
  readonly signal: AbortSignal;
}

/** What an answer that is not 2xx says, with what to do where that is known. */
export function kubeError(url: string, what: string, { status, body }: KubeAnswer): UnavailableError {
  const said = member('message')(parsedJson(new TextDecoder().decode(body)));
  const message = typeof said === 'string' ? said : new TextDecoder().decode(body.subarray(0, 200));
  return new UnavailableError('source-unavailable', `${url}: ${what}: answered ${status}: ${message}`);
}

interface Parts {
  readonly client: typeof Client;
  readonly access: KubeAccess;
}

interface Sending {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly lastingMs?: number;
}

async function whole({ statusCode, body }: Dispatcher.ResponseData): Promise<KubeAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const data of body) {
    const chunk: Uint8Array = data;
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
  }
  return { status: statusCode, body: Buffer.concat(chunks) };
}

async function eachLine(body: AsyncIterable<unknown>, take: LineReading['take']): Promise<KubeAnswer> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    const { lines, end } = split(bytes);
    rest = bytes.subarray(end);
    if (rest.byteLength > ANSWER_BYTES_MAX) throw new Error('a line of the answer is too long');
    if (lines.length > 0) await take(lines);
  }
  return { status: 200, body: rest };
}

function split(bytes: Uint8Array): { readonly lines: readonly Uint8Array[]; readonly end: number } {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
    if (at > from) lines.push(bytes.subarray(from, at));
    from = at + 1;
  }
  return { lines, end: from };
}

const NEWLINE = 0x0a;

function messageOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}
