import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer as it is sent. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A real HTTP server that is asked again and again. Killed, it cuts every connection and listens no more; started again, it is where it was. */
export class PollServer implements AsyncDisposable {
  /** The requests it got: path, query and headers. */
  readonly requests: { readonly url: URL; readonly headers: IncomingMessage['headers'] }[] = [];
  /** What it answers; undefined: nothing, ever. */
  answer: (url: URL, headers: IncomingMessage['headers']) => Answer | undefined;
  #server: Server | undefined;
  #port = 0;
  readonly #watchers: (() => void)[] = [];

  constructor(answer: PollServer['answer']) {
    this.answer = answer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/items`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#respond(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = server.address();
    if (typeof address === 'object' && address) this.#port = address.port;
    this.#server = server;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Resolves when it got `count` requests in all. */
  async asked(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push({ url, headers: request.headers });
    const answer = this.answer(url, request.headers);
    for (const watcher of this.#watchers.splice(0)) watcher();
    if (!answer) return;
    const { status = 200, headers = {}, body = '' } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(status === 304 ? undefined : body);
  }
}

/** Answers with a body and its ETag, and 304 to who has it already. */
export function withEtag(body: string, headers: IncomingMessage['headers']): Answer {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  return headers['if-none-match'] === etag ? { status: 304, headers: { etag } } : { headers: { etag }, body };
}
