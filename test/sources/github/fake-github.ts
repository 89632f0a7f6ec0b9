import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A webhook as GitHub keeps it. */
export interface Hook {
  readonly id: number;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: Readonly<Record<string, string>>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub's webhooks API as far as it is called: a real server on a free port, hooks per repository and organization, secrets shown as stars. */
export class FakeGitHub implements AsyncDisposable {
  readonly calls: Call[] = [];
  /** By the path of their list: `/repos/o/r/hooks`. */
  readonly hooks = new Map<string, Hook[]>();
  /** Answers instead of the API while it answers at all. */
  instead: (call: Call) => Answer | undefined = () => undefined;
  #nextId = 12345;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeGitHub> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeGitHub(server);
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  }

  /** `METHOD path` of each call, in order, without the query. */
  get asked(): string[] {
    return this.calls.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: await text(request) };
    this.calls.push(call);
    const answer = this.instead(call) ?? this.#answer(call);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  #answer({ method, path, body }: Call): Answer {
    const url = new URL(path, this.url);
    const [, list = '', id] = /^(\/(?:repos\/[^/]+\/[^/]+|orgs\/[^/]+)\/hooks)(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    if (list === '') return { status: 404, body: { message: 'Not Found' } };
    const hooks = this.hooks.get(list) ?? [];
    const hook = hooks.find((hook) => String(hook.id) === id);
    if (id === undefined) {
      if (method === 'GET') return { status: 200, body: page(hooks, url).map(shown) };
      const created: Hook = { id: this.#nextId++, ...JSON.parse(body) };
      this.hooks.set(list, [...hooks, created]);
      return { status: 201, body: shown(created) };
    }
    if (!hook) return { status: 404, body: { message: 'Not Found' } };
    const others = hooks.filter((other) => other !== hook);
    if (method === 'DELETE') {
      this.hooks.set(list, others);
      return { status: 204 };
    }
    const changed: Hook = { ...hook, ...JSON.parse(body) };
    this.hooks.set(list, [...others, changed]);
    return { status: 200, body: shown(changed) };
  }
}

function page(hooks: readonly Hook[], url: URL): readonly Hook[] {
  const size = Number(url.searchParams.get('per_page') ?? 30);
  const number = Number(url.searchParams.get('page') ?? 1);
  return hooks.slice((number - 1) * size, number * size);
}

function shown(hook: Hook): object {
  return { type: 'Repository', name: 'web', ...hook, config: { ...hook.config, secret: '********' } };
}
